"""`ops api run delete`."""

import click

from dagster_ops_cli.cli.api.run.bulk import Choice, change_runs, run_choice_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.formatters.run.launches import format_deletions


@click.command(cls=OutcomeCommand)
@run_choice_options()
@click.option("--force", is_flag=True, help="Delete runs that are still going, too.")
@connection_options
@click.pass_context
def delete(ctx: click.Context, ops: Ops, choice: Choice, force: bool) -> None:
    """Delete runs with all that is known of them, by their ids or by a filter; there is no way back.

    A run that is still going is refused unless --force is given: its process would run on, and nothing could stop it.
    A deleted run counts as never run: where the launch of a file rests on it, you are told so first.
    """
    if force and not choice.dry_run:
        ops.warn("With --force the process of a run that is still going runs on, and Dagster can't stop it any more.")
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
