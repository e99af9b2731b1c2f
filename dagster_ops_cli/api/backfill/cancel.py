"""Stop a backfill, or let it go on, and know that it was done."""

from collections.abc import Sequence

from dagster_ops_cli.adapters.backfill import cancel_backfill, poll_backfill, resume_backfill
from dagster_ops_cli.adapters.run import list_runs, list_runs_by_id
from dagster_ops_cli.adapters.run.bulk import terminate_runs
from dagster_ops_cli.api.backfill.members import launch_runs
from dagster_ops_cli.api.backfill.state import BackfillView
from dagster_ops_cli.api.waiting.arrival import surely
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ConflictError, InterruptedByUserError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.backfill import ENDED_STATES
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES, UNFINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.ops_tags import TAG_LAUNCH
from dagster_ops_cli.schemas.run.filter import RunFilter

_TERMINATED_AT_ONCE = 100
# Seconds in which a launcher notices that a run of its launch was canceled, and launches no more.
_NOTICED_AFTER = 7.0
# Seconds between two looks whether a run that was asked to stop has stopped.
_LOOK_EVERY = 1.0
_CANCELED_STATUSES = ("CANCELING", "CANCELED")
# Dagster can resume a backfill with one of these.
RESUMABLE_STATUSES = ("FAILED", "CANCELED")


def cancel_native(client: GraphQLClient, poll: Poll, backfill_id: str) -> None:
    """Have Dagster launch no more runs of a native backfill."""
    surely(
        poll,
        lambda: cancel_backfill(client, backfill_id),
        lambda: _status(client, backfill_id) in _CANCELED_STATUSES,
        "Dagster shows nothing of it: it was not canceled",
        _again("cancel", backfill_id),
    )


def resume_native(client: GraphQLClient, poll: Poll, backfill_id: str) -> None:
    """Have Dagster launch the runs that a native backfill is missing."""
    surely(
        poll,
        lambda: resume_backfill(client, backfill_id),
        lambda: _status(client, backfill_id) not in RESUMABLE_STATUSES,
        "Dagster shows nothing of it: it was not resumed",
        _again("resume", backfill_id),
    )


def _status(client: GraphQLClient, backfill_id: str) -> str | None:
    record = poll_backfill(client, backfill_id).record
    return record.status if record else None


def cancel_launch(client: GraphQLClient, poll: Poll, backfill_id: str, wait: bool, end: float | None) -> None:
    """Stop a launch of strategy ``runs``: cancel its unfinished runs until one of them reads CANCELED.

    That is what stops the commands that launch it. Where no run is unfinished there is nothing to cancel it by: with
    ``wait`` the next run that appears is. Raises ConflictError, and WaitTimeoutError at ``end``, by the clock.
    """
    view = BackfillView(client, backfill_id)
    is_told = False
    try:
        while True:
            asked = terminate_unfinished(client, poll, backfill_id)
            if any(run.status == "CANCELED" for run in launch_runs(client, {TAG_LAUNCH: backfill_id}).first.values()):
                return
            state = view.look(errors=False).state
            if state == "canceled":
                return
            if state in ENDED_STATES:
                raise ConflictError(f"backfill {backfill_id} is already finished ({state})")
            if not (wait or asked or unfinished_runs(client, backfill_id)):
                raise ConflictError(
                    f"no run of backfill {backfill_id} is unfinished: there is nothing to cancel",
                    hint="Stop the command that launches it. With --wait, the next run that it launches is canceled.",
                )
            if not asked and not is_told:
                is_told = True
                poll.tell(f"No run of {backfill_id} is unfinished. Waiting for the next one, to cancel it ...")
            poll.pause(_LOOK_EVERY, end)
    except KeyboardInterrupt as interrupt:
        raise InterruptedByUserError(
            f"Interrupted; backfill {backfill_id} is not canceled yet", hint=_again("cancel", backfill_id)
        ) from interrupt


def unfinished_runs(client: GraphQLClient, backfill_id: str) -> list[str]:
    """Return the ids of the runs of a backfill that have not ended."""
    tag = BackfillView(client, backfill_id).run_tag
    wanted = RunFilter(tags={tag: backfill_id}, statuses=list(UNFINISHED_RUN_STATUSES))
    return [run.id for run in list_runs(client, wanted)]


def terminate_all(client: GraphQLClient, poll: Poll, backfill_id: str, end: float | None = None) -> None:
    """Ask all unfinished runs of a backfill to stop, until there are no new ones.

    The daemon, or another `ops`, may launch more until it notices the cancel.
    """
    asked: set[str] = set()
    try:
        while new := set(terminate_unfinished(client, poll, backfill_id)) - asked:
            asked |= new
            poll.pause(_NOTICED_AFTER, end)
    except KeyboardInterrupt as interrupt:
        told = f"Interrupted; {len(asked)} runs were asked to stop, and those that were launched meanwhile go on"
        raise InterruptedByUserError(told, hint=_again("cancel", backfill_id)) from interrupt


def terminate_unfinished(client: GraphQLClient, poll: Poll, backfill_id: str) -> list[str]:
    """Ask the runs of a backfill that are unfinished now to stop, and return their ids."""
    view = BackfillView(client, backfill_id)
    asked: list[str] = []
    wanted = RunFilter(tags={view.run_tag: backfill_id}, statuses=list(UNFINISHED_RUN_STATUSES))
    runs = [run.id for run in list_runs(client, wanted) if _can_stop(run.status)]
    for start in range(0, len(runs), _TERMINATED_AT_ONCE):
        batch = runs[start : start + _TERMINATED_AT_ONCE]
        _terminate(client, poll, batch, _again("cancel", backfill_id))
        asked += batch
    return asked


def _again(verb: str, backfill_id: str) -> str:
    return f"Again: ops api backfill {verb} {backfill_id}"


def _terminate(client: GraphQLClient, poll: Poll, run_ids: Sequence[str], hint: str) -> None:
    surely(
        poll,
        lambda: terminate_runs(client, run_ids),
        lambda: not any(_can_stop(run.status) for run in list_runs_by_id(client, run_ids)),
        f"Not all of its {len(run_ids)} unfinished runs were asked to stop",
        hint,
    )


def _can_stop(status: str) -> bool:
    return status not in FINISHED_RUN_STATUSES and status != "CANCELING"
