"""Launch native backfills, and cancel duplicates that were launched at the same time."""

import uuid
from collections.abc import Mapping, Sequence

from dagster_ops_cli import times
from dagster_ops_cli.adapters.backfill import launch_backfill, list_backfills, poll_backfill
from dagster_ops_cli.api.backfill.attempts import all_backfills, is_launch
from dagster_ops_cli.api.backfill.cancel import cancel_native, stop_unfinished_runs
from dagster_ops_cli.api.waiting.lost_answer import make_change
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import OpsError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.backfill import BackfillRecord
from dagster_ops_cli.schemas.backfill.launch import LAUNCH_PREFIX, Launch
from dagster_ops_cli.schemas.ops_tags import TAG_LAUNCH

_OPEN = ("REQUESTED", "FAILING")
# The statuses of runs that ended before they could be canceled.
_RAN = ("SUCCESS", "FAILURE")
# How many of the newest backfills a launching command checks for duplicates.
_NEWEST = 25


def new_launch_value() -> str:
    """Return a value that no other launch has."""
    return f"{LAUNCH_PREFIX}{times.now():%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:8]}"


def launch_native(client: GraphQLClient, poll: Poll, launch: Launch) -> str:
    """Launch a native backfill with one mutation and return its id.

    If the answer is lost, find the backfill by the launch value in its tags.
    """

    def look() -> str | None:
        return next((each.id for each in all_backfills(client) if each.tags.get(TAG_LAUNCH) == launch.value), None)

    return make_change(
        poll,
        lambda: launch_backfill(client, launch),
        look,
        "Dagster has no such backfill: nothing was launched",
        {"To check again later": ["ops", "backfill", "list", "--limit", "1"]},
    )


def newest_of(client: GraphQLClient, tags: Mapping[str, str]) -> list[BackfillRecord]:
    """Return the backfills with these tags among the newest ones, newest first."""
    return [record for record in list_backfills(client, _NEWEST) if is_launch(record, tags)]


def cancel_younger(client: GraphQLClient, poll: Poll, followed: str, others: Sequence[BackfillRecord]) -> None:
    """Cancel the unfinished ones of the other backfills, which were launched for the same attempt."""
    for record in others:
        if record.id == followed or record.status not in _OPEN:
            continue
        poll.tell(f"Backfill {followed} of the same file was launched first; canceling the duplicate {record.id}.")
        try:
            cancel_native(client, poll, record.id)
            stop_unfinished_runs(client, poll, record.id)
            if ended := sum(poll_backfill(client, record.id).runs.get(status, 0) for status in _RAN):
                runs = "1 run" if ended == 1 else f"{ended} runs"
                poll.tell(f"{runs} of the duplicate {record.id} had already ended.")
        except OpsError as error:
            if not error.passing:
                raise
            # The next look tries again.
            poll.tell(f"Could not cancel the duplicate {record.id} yet: {error.message}")
