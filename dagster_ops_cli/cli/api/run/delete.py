"""`ops api run delete`."""

import click

from dagster_ops_cli.cli.api.run.bulk import BulkChoice, bulk_options, change_runs
from dagster_ops_cli.cli.api.run.choose import choose_runs_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import CONFIRMATION, option
from dagster_ops_cli.cli.options import connection_options
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.formatters.run.launches import format_deletions


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops run delete RUN_ID",
        "ops run delete --created-before 30d --status SUCCESS --dry-run",
        "ops run delete --created-before 30d --status SUCCESS --yes",
    ),
)
@choose_runs_options()
@bulk_options
@option("--force", heading=CONFIRMATION, is_flag=True, help="Delete unfinished runs, too")
@connection_options
@click.pass_context
def delete(ctx: click.Context, ops: Ops, choice: BulkChoice, force: bool) -> None:
    """Delete runs and their logs.

    Choose runs by id or by filter. This cannot be undone. Unfinished runs are refused without --force: their processes
    would continue, and Dagster could not stop them any more. A deleted run counts as never run: you are warned if a
    file was launched as one of these runs.
    """
    if force and not choice.dry_run:
        ops.warn("--force: the processes of unfinished runs continue, and Dagster cannot stop them any more.")
    change_runs(
        ctx,
        ops,
        choice,
        (),
        "Delete",
        lambda runs: ops.run_bulk.delete(runs, force),
        lambda results: [],
        warnings=format_deletions,
    )
