"""`ops api run delete`."""

import click

from dagster_ops_cli.cli.api.run.bulk import BulkChoice, bulk_options, change_runs
from dagster_ops_cli.cli.api.run.choose import choose_runs_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import CONFIRMATION, FILTERS, option
from dagster_ops_cli.cli.options import connection_options
from dagster_ops_cli.cli.params import Rate, WholeNumber
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.run.launches import format_deletions
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops run delete RUN_ID",
        "ops run delete --created-before 30d --status SUCCESS --dry-run",
        "ops run delete --created-before 30d --keep-last 10 --throttle 5/s --yes",
    ),
)
@choose_runs_options(destroys=True)
@bulk_options
@option(
    "--keep-last",
    heading=FILTERS,
    type=WholeNumber(min=0),
    metavar="N",
    help="Keep the newest N finished runs of each job",
)
@option("--throttle", heading=CONFIRMATION, type=Rate(), metavar="RATE", help="Delete no faster than this (5/s, 100/m)")
@option("--force", heading=CONFIRMATION, is_flag=True, help="Delete unfinished runs, too")
@connection_options
@click.pass_context
def delete(
    ctx: click.Context, ops: Ops, choice: BulkChoice, keep_last: int | None, throttle: float | None, force: bool
) -> None:
    """Delete runs and their logs.

    Choose runs by id or by filter. This cannot be undone. Unfinished runs are refused without --force: their processes
    would continue, and Dagster could not stop them any more. A deleted run counts as never run: a
    warning names the backfills and files that this changes.

    With --keep-last, unfinished runs are left alone. The newest runs are counted per job, and before the filters for
    times apply: --created-before 30d --keep-last 10 keeps the last 10 runs even if they are older than 30 days.
    """
    if keep_last is not None and choice.run_ids is not None:
        raise InvalidRequestError("--keep-last needs filters or --all; it can't be used with ids")
    from dagster_ops_cli.api.run.bulk import refuse_delete

    statuses = () if keep_last is None else sorted(FINISHED_RUN_STATUSES)
    if force and not choice.dry_run:
        ops.warn("--force: the processes of unfinished runs continue, and Dagster cannot stop them any more.")
    change_runs(
        ctx,
        ops,
        choice,
        statuses,
        "Delete",
        lambda run: refuse_delete(run, force),
        lambda runs: ops.run_bulk.delete(runs, force, throttle),
        lambda results: [],
        "deleted",
        keep_last=keep_last,
        warnings=format_deletions,
    )
