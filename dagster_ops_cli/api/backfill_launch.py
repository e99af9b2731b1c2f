"""Launch a backfill once: find what was launched before, send one mutation, and see whether somebody raced."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from dagster_ops_cli.adapters.backfill import launch_backfill, list_backfills
from dagster_ops_cli.adapters.run import list_runs
from dagster_ops_cli.api.arrival import surely
from dagster_ops_cli.api.poll import Poll
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.errors import UnsupportedError
from dagster_ops_cli.schemas.backfill import (
    LAUNCH_PREFIX,
    TAG_CONFIG,
    TAG_LAUNCH,
    TAG_NAME,
    BackfillRecord,
)
from dagster_ops_cli.schemas.backfill_config import STRATEGY_BACKFILL, STRATEGY_RUNS
from dagster_ops_cli.schemas.run_filter import RunFilter

_PAGE = 500
# What Dagster refuses in a title, and how long one may be.
_TITLE_REFUSED, _TITLE_LENGTH = '%*"', 100
_EPOCH = datetime.fromtimestamp(0, timezone.utc)


# A launch value tells when the launch began.
_LAUNCH_TIME = "%Y%m%d-%H%M%S"


def new_launch_value() -> str:
    """Return a value that no other launch has."""
    return f"{LAUNCH_PREFIX}{datetime.now(timezone.utc):{_LAUNCH_TIME}}-{uuid.uuid4().hex[:8]}"


def launched_at(value: str) -> datetime:
    """Return when the launch of a value began, by the clock of whoever launched it."""
    with suppress(ValueError):
        text = value.removeprefix(LAUNCH_PREFIX).rpartition("-")[0]
        return datetime.strptime(text, _LAUNCH_TIME).replace(tzinfo=timezone.utc)
    return _EPOCH


@dataclass(frozen=True)
class Launch:
    """One launch of a file: a native backfill's id, or in strategy ``runs`` the launch value of its runs."""

    id: str
    strategy: str
    created_at: datetime


def all_backfills(client: GraphQLClient) -> Iterator[BackfillRecord]:
    """Yield all backfills that Dagster has on record, newest first; it has no filter for what is asked of them."""
    cursor = None
    while True:
        page = list_backfills(client, _PAGE, cursor)
        yield from page
        if len(page) < _PAGE:
            return
        cursor = page[-1].id


def find_launches(client: GraphQLClient, name: str, config_hash: str) -> list[Launch]:
    """Return all launches of a file, in both strategies, newest first."""
    wanted = {TAG_NAME: name, TAG_CONFIG: config_hash}
    launches = [
        Launch(record.id, STRATEGY_BACKFILL, record.created_at or _EPOCH)
        for record in all_backfills(client)
        if wanted.items() <= record.tags.items()
    ]
    # The first run of a launch tells when it began; runs come newest first.
    began: dict[str, datetime] = {}
    for run in list_runs(client, RunFilter(tags=wanted)):
        if "dagster/backfill" not in run.tags and TAG_LAUNCH in run.tags:
            began[run.tags[TAG_LAUNCH]] = run.created_at or _EPOCH
    launches += [Launch(value, STRATEGY_RUNS, created_at) for value, created_at in began.items()]
    return sorted(launches, key=lambda launch: (launch.created_at, launch.id), reverse=True)


def find_by_launch_value(client: GraphQLClient, value: str) -> BackfillRecord | None:
    """Return the native backfill that carries a launch value."""
    return next((record for record in all_backfills(client) if record.tags.get(TAG_LAUNCH) == value), None)


def launch_native(client: GraphQLClient, poll: Poll, params: Mapping[str, Any]) -> str:
    """Launch a native backfill, with one mutation, and return its id.

    Where the answer is lost, the launch value among its tags tells whether it arrived.
    """
    value = next(tag["value"] for tag in params["tags"] if tag["key"] == TAG_LAUNCH)

    def look() -> str | None:
        found = find_by_launch_value(client, value)
        return found.id if found else None

    return surely(
        poll,
        lambda: _send(client, params),
        look,
        "Dagster has no such backfill: nothing was launched",
        "Should it come after all, this shows it: ops api backfill list --limit 1",
    )


def _send(client: GraphQLClient, params: Mapping[str, Any]) -> str:
    try:
        return launch_backfill(client, params)
    except UnsupportedError as error:
        # A server that lacks a field of the input has done nothing.
        if "title" not in params or "title" not in error.message:
            raise
        return launch_backfill(client, {name: value for name, value in params.items() if name != "title"})


def title(name: str) -> dict[str, str]:
    """Return the ticket's name as a backfill's title, where Dagster takes it."""
    return {} if any(char in name for char in _TITLE_REFUSED) else {"title": name[:_TITLE_LENGTH]}


def yield_to_older(poll: Poll, mine: str, known: Sequence[Launch], launches: Sequence[Launch]) -> str | None:
    """Return the id of whoever launched the same file at the same time and was first; None where that is ``mine``.

    ``known`` are the launches from before, ``launches`` those of now. The younger one has to be canceled, before
    anything of it has started where possible.
    """
    rivals = [launch for launch in launches if launch.id not in {each.id for each in known}]
    oldest = min(rivals, key=lambda launch: (launch.created_at, launch.id), default=None)
    if oldest is None or oldest.id == mine:
        return None
    poll.tell(f"The same file was launched at the same time: {oldest.id} was first, so {mine} is canceled.")
    return oldest.id
