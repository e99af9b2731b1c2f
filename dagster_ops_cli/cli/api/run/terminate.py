"""`ops api run terminate`."""

from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.api.run.bulk import Choice, change_runs, run_choice_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, interval_option, sibling_command, wait_timeout_option
from dagster_ops_cli.cli.progress import show_runs
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES, UNFINISHED_RUN_STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dagster_ops_cli.schemas.run.result import RunResult


@click.command(cls=OutcomeCommand)
@run_choice_options()
@click.option("--force", is_flag=True, help="Mark the runs as canceled at once, whatever their processes do.")
@click.option("--wait", "-w", is_flag=True, help="Go on until the runs have ended.")
@wait_timeout_option
@interval_option(2)
@connection_options
@click.pass_context
def terminate(
    ctx: click.Context,
    ops: Ops,
    choice: Choice,
    force: bool,
    wait: bool,
    wait_timeout: float | None,
    interval: float,
) -> None:
    """Cancel runs, by their ids or by a filter.

    A filter without --status means all that have not ended. Without --force this is a request: a run is canceled when
    its process has heard of it. Dagster refuses to cancel a run that is just starting; with --wait it is asked again
    until the run has ended.
    """
    if wait_timeout and not wait:
        raise InvalidRequestError("--wait-timeout goes with --wait")
    if ended := FINISHED_RUN_STATUSES.intersection(choice.run_filter.statuses):
        raise InvalidRequestError(f"what is {' or '.join(sorted(ended))} has ended and can't be canceled")
    if force and not choice.dry_run:
        ops.warn("With --force a run counts as canceled at once; the process behind it may go on working.")

    def settle(results: "Sequence[RunResult]") -> "Iterable[Sequence[RunResult]]":
        if not wait:
            yield ops.run_bulk.refresh(results)
            if going := [result.id for result in results if result.is_still_going]:
                again = sibling_command(ctx, "terminate", [*going, "--wait", "--yes"])
                ops.note(f"To go on asking until Dagster cancels what is still going: {again}")
            return
        from dagster_ops_cli.api.run.bulk import settled

        ids = [result.id for result in results if result.done or result.is_still_going]
        for watched in show_runs(ops, ops.run_bulk.cancel(ids, interval, wait_timeout)):
            yield settled(results, watched, "CANCELED")

    # Those that are being canceled need no second request.
    statuses = [status for status in UNFINISHED_RUN_STATUSES if force or status != "CANCELING"]
    change_runs(ctx, ops, choice, statuses, "Cancel", lambda runs: ops.run_bulk.terminate(runs, force), settle)
