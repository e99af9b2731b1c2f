"""`ops api run terminate`."""

from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.api.run.bulk import BulkChoice, bulk_options, change_runs
from dagster_ops_cli.cli.api.run.choose import choose_runs_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import CONFIRMATION, WAITING, option
from dagster_ops_cli.cli.options import connection_options, interval_option, sibling_command, wait_timeout_option
from dagster_ops_cli.cli.progress import show_runs
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES, UNFINISHED_RUN_STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dagster_ops_cli.schemas.run.result import RunResult


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops run terminate RUN_ID --wait",
        "ops run terminate --job ingestion_job --status QUEUED --dry-run",
        "ops run terminate --longer-than 6h --yes",
    ),
)
@choose_runs_options(destroys=True)
@bulk_options
@option("--force", heading=CONFIRMATION, is_flag=True, help="Mark runs as canceled at once; processes may continue")
@option("--wait", "-w", heading=WAITING, is_flag=True, help="Wait until the runs have ended")
@wait_timeout_option
@interval_option(2)
@connection_options
@click.pass_context
def terminate(
    ctx: click.Context,
    ops: Ops,
    choice: BulkChoice,
    force: bool,
    wait: bool,
    wait_timeout: float | None,
    interval: float,
) -> None:
    """Cancel runs.

    Choose runs by id or by filter; without --status, a filter chooses unfinished runs. Without --force, Dagster asks
    the processes to stop, and each run is canceled once its process does. Dagster refuses to cancel a run that is
    starting; with --wait, ops asks again until the run has ended.
    """
    if wait_timeout and not wait:
        raise InvalidRequestError("--wait-timeout needs --wait")
    if ended := FINISHED_RUN_STATUSES.intersection(choice.run_filter.statuses):
        raise InvalidRequestError(f"--status: {' or '.join(sorted(ended))} runs have ended and cannot be canceled")
    if force and not choice.dry_run:
        ops.warn("--force: runs are marked as canceled at once; their processes may continue.")

    def finish(results: "Sequence[RunResult]") -> "Iterable[Sequence[RunResult]]":
        if not wait:
            yield ops.run_bulk.refresh(results)
            if going := [result.id for result in results if result.is_still_going]:
                again = sibling_command(ctx, "terminate", [*going, "--wait", "--yes"])
                ops.note(f"To ask again until these runs have ended: {again}")
            return
        from dagster_ops_cli.api.run.bulk import with_outcomes

        ids = [result.id for result in results if result.done or result.is_still_going]
        for watched in show_runs(ops, ops.run_bulk.cancel(ids, interval, wait_timeout)):
            yield with_outcomes(results, watched, "CANCELED")

    from dagster_ops_cli.api.run.bulk import refuse_terminate

    # Runs that are being canceled need no second request.
    statuses = [status for status in UNFINISHED_RUN_STATUSES if force or status != "CANCELING"]
    made = "canceled" if force else "asked to stop"
    word_at_end = "canceled" if wait else made
    change_runs(
        ctx,
        ops,
        choice,
        statuses,
        "Cancel",
        refuse_terminate,
        lambda runs: ops.run_bulk.terminate(runs, force),
        finish,
        made,
        word_at_end,
    )
