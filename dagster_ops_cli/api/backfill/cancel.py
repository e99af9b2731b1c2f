"""Cancel a backfill: launch no more of its runs, and cancel the unfinished ones."""

from dataclasses import replace

from dagster_ops_cli.adapters.backfill import cancel_backfill, poll_backfill
from dagster_ops_cli.adapters.run import list_runs, list_runs_by_id
from dagster_ops_cli.api.backfill.members import launch_runs
from dagster_ops_cli.api.backfill.state import BackfillView
from dagster_ops_cli.api.run.stop import can_stop, request_stop, stop_runs
from dagster_ops_cli.api.waiting.interrupt import on_interrupt
from dagster_ops_cli.api.waiting.lost_answer import make_change
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ConflictError, InterruptedByUserError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.backfill import ENDED_STATES, Backfill
from dagster_ops_cli.schemas.backfill.config import STRATEGY_BACKFILL
from dagster_ops_cli.schemas.enums import UNFINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.ops_tags import TAG_LAUNCH
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.filter import RunFilter

# Seconds in which a launching command or the daemon notices that the launch was canceled.
_NOTICED_AFTER = 7.0
# Seconds between two looks at whether a run that was asked to stop has stopped.
_LOOK_EVERY = 1.0
_CANCELED_STATUSES = ("CANCELING", "CANCELED")


def cancel(client: GraphQLClient, poll: Poll, backfill: Backfill, wait: bool, end: float | None) -> None:
    """Cancel an unfinished backfill. With ``wait``, continue until all its runs have ended, or until ``end``.

    Raises ConflictError if there is nothing to cancel, and WaitTimeoutError at ``end``, a time of the poll's clock.
    """
    if backfill.strategy == STRATEGY_BACKFILL:
        cancel_native(client, poll, backfill.id)
    else:
        _cancel_launch(client, poll, backfill.id, wait, end)
    stop_all_runs(client, poll, backfill.id, end)
    while wait and (runs := unfinished_runs(client, backfill.id)):
        left = None if end is None else end - poll.clock()
        for _ in stop_runs(client, replace(poll, interval=_LOOK_EVERY, timeout=left), [run.id for run in runs]):
            pass


def cancel_native(client: GraphQLClient, poll: Poll, backfill_id: str) -> None:
    """Have Dagster launch no more runs of a native backfill."""

    def is_canceled() -> bool:
        record = poll_backfill(client, backfill_id).record
        return record is not None and record.status in _CANCELED_STATUSES

    make_change(
        poll,
        lambda: cancel_backfill(client, backfill_id),
        is_canceled,
        "Dagster did not cancel the backfill",
        _again(backfill_id),
    )


def _cancel_launch(client: GraphQLClient, poll: Poll, backfill_id: str, wait: bool, end: float | None) -> None:
    """Stop a launch of strategy ``runs``: cancel its unfinished runs until one of them has the status CANCELED.

    A canceled run stops the commands that launch others. If no run is unfinished, there is nothing to cancel; with
    ``wait`` the next run that appears is canceled. Raises ConflictError, and WaitTimeoutError at ``end``.
    """
    view = BackfillView(client, backfill_id)
    has_reported = False
    with on_interrupt(
        lambda: InterruptedByUserError(
            f"Interrupted; backfill {backfill_id} is not canceled yet", commands=_again(backfill_id)
        )
    ):
        while True:
            asked = stop_unfinished_runs(client, poll, backfill_id)
            if any(run.status == "CANCELED" for run in launch_runs(client, {TAG_LAUNCH: backfill_id}).first.values()):
                return
            state = view.look(errors=False).state
            if state == "canceled":
                return
            if state in ENDED_STATES:
                raise ConflictError(f"backfill {backfill_id} is already finished ({state})")
            if not (wait or asked or unfinished_runs(client, backfill_id)):
                raise ConflictError(
                    f"backfill {backfill_id} has no unfinished run to cancel",
                    hint="Stop the command that launches it, or pass --wait to cancel the next run that it launches.",
                )
            if not asked and not has_reported:
                has_reported = True
                poll.tell(f"{backfill_id} has no unfinished run. Waiting for the next run, to cancel it ...")
            poll.pause(_LOOK_EVERY, end)


def unfinished_runs(client: GraphQLClient, backfill_id: str, limit: int | None = None) -> list[RunRow]:
    """Return the runs of a backfill that have not ended, newest first."""
    tag = BackfillView(client, backfill_id).run_tag
    wanted = RunFilter(tags={tag: backfill_id}, statuses=list(UNFINISHED_RUN_STATUSES))
    return list_runs(client, wanted, limit)


def stop_all_runs(client: GraphQLClient, poll: Poll, backfill_id: str, end: float | None = None) -> None:
    """Ask unfinished runs to stop until no new ones appear. Launching commands notice a cancellation late."""
    asked: set[str] = set()
    with on_interrupt(
        lambda: InterruptedByUserError(
            f"Interrupted; {len(asked)} runs were asked to stop, but runs launched since then continue",
            commands=_again(backfill_id),
        )
    ):
        while new := set(stop_unfinished_runs(client, poll, backfill_id)) - asked:
            asked |= new
            poll.pause(_NOTICED_AFTER, end)


def stop_unfinished_runs(client: GraphQLClient, poll: Poll, backfill_id: str) -> list[str]:
    """Ask the unfinished runs of a backfill to stop, and return their ids."""
    ids = [run.id for run in unfinished_runs(client, backfill_id) if can_stop(run.status)]
    if ids:
        make_change(
            poll,
            lambda: request_stop(client, ids),
            lambda: not any(can_stop(run.status) for run in list_runs_by_id(client, ids)),
            f"Not all of the {len(ids)} unfinished runs were asked to stop",
            _again(backfill_id),
        )
    return ids


def _again(backfill_id: str) -> dict[str, list[str]]:
    return {"To try again": ["ops", "backfill", "cancel", backfill_id]}
