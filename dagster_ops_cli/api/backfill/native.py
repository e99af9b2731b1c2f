"""Native backfills: one mutation that launches, and what decides between two that raced."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from dagster_ops_cli.adapters.backfill import launch_backfill, list_backfills
from dagster_ops_cli.api.backfill.attempts import all_backfills, is_launch
from dagster_ops_cli.api.backfill.cancel import cancel_native, stop_unfinished_runs
from dagster_ops_cli.api.waiting.lost_answer import make_change
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import OpsError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.backfill import BackfillRecord
from dagster_ops_cli.schemas.launch import LAUNCH_PREFIX, Launch
from dagster_ops_cli.schemas.ops_tags import TAG_LAUNCH

_OPEN = ("REQUESTED", "FAILING")
# How many of the newest backfills a launching command looks at for others of the same attempt.
_NEWEST = 25


def new_launch_value() -> str:
    """Return a value that no other launch has."""
    return f"{LAUNCH_PREFIX}{datetime.now(timezone.utc):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:8]}"


def launch_native(client: GraphQLClient, poll: Poll, launch: Launch) -> str:
    """Launch a native backfill, with one mutation, and return its id.

    Where the answer is lost, the launch value among its tags tells whether it arrived.
    """

    def look() -> str | None:
        return next((each.id for each in all_backfills(client) if each.tags.get(TAG_LAUNCH) == launch.value), None)

    return make_change(
        poll,
        lambda: launch_backfill(client, launch),
        look,
        "Dagster has no such backfill: nothing was launched",
        {"To check again later": ["ops", "api", "backfill", "list", "--limit", "1"]},
    )


def newest_of(client: GraphQLClient, tags: Mapping[str, str]) -> list[BackfillRecord]:
    """Return those of the newest backfills that were launched with these tags, newest first."""
    return [record for record in list_backfills(client, _NEWEST) if is_launch(record, tags)]


def cancel_younger(client: GraphQLClient, poll: Poll, followed: str, others: Sequence[BackfillRecord]) -> None:
    """Cancel those of the others that were launched for the same thing at the same time, and are unfinished."""
    for record in others:
        if record.id == followed or record.status not in _OPEN:
            continue
        poll.tell(f"The same file was launched at the same time: {followed} was first, so {record.id} is canceled.")
        try:
            cancel_native(client, poll, record.id)
            stop_unfinished_runs(client, poll, record.id)
        except OpsError as error:
            if not error.passing:
                raise
            # Whoever looks next tries it again.
            poll.tell(f"{record.id} is not canceled yet: {error.message}")
