"""Find the attempts at a file: its launches in both strategies, numbered from 1."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone

from dagster_ops_cli.adapters.backfill import count_launches, list_backfills, list_launch_values
from dagster_ops_cli.adapters.run import list_runs
from dagster_ops_cli.api.backfill.members import walk_members
from dagster_ops_cli.api.waiting.paging import in_batches, walk_pages
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.backfill import BackfillRecord
from dagster_ops_cli.schemas.backfill.config import STRATEGY_BACKFILL, STRATEGY_RUNS
from dagster_ops_cli.schemas.backfill.launch import LAUNCH_PREFIX, is_legacy_value, launch_value
from dagster_ops_cli.schemas.enums import UNFINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.ops_tags import TAG_ATTEMPT, TAG_CONFIG, TAG_LAUNCH, TAG_NAME
from dagster_ops_cli.schemas.run.filter import RunFilter

_PAGE = 1000
# How many attempts after the last known one, and how many launch values, one request looks for.
_AHEAD, _VALUES = 8, 100
_EPOCH = datetime.fromtimestamp(0, timezone.utc)
# Before version 0.2, a launch value contained the time at which the launch began.
_LAUNCH_TIME = "%Y%m%d-%H%M%S"
_OPEN_BACKFILLS = ("REQUESTED", "CANCELING", "FAILING")


@dataclass(frozen=True)
class Attempt:
    """One launch of a file. ``id`` is that of the native backfill, or in strategy ``runs`` its launch value.

    ``record`` is Dagster's record of a native backfill. If several commands launched the same attempt at once, the
    later launches don't count: ``duplicates`` are native backfills, ``lost_value`` is the launch value of runs.
    """

    number: int
    id: str
    strategy: str
    record: BackfillRecord | None = None
    duplicates: tuple[BackfillRecord, ...] = ()
    lost_value: str | None = None

    @property
    def value(self) -> str:
        """The launch value in the tags of its runs."""
        return self.record.tags.get(TAG_LAUNCH, "") if self.record else self.id


def all_backfills(client: GraphQLClient) -> Iterator[BackfillRecord]:
    """Yield all native backfills, newest first. Dagster can't filter them by tag."""

    def ask(cursor: str) -> tuple[list[BackfillRecord], str | None]:
        page = list_backfills(client, _PAGE, cursor or None)
        return page, page[-1].id if len(page) == _PAGE else None

    for page in walk_pages(ask, ""):
        yield from page


def file_tags(name: str, config_hash: str) -> dict[str, str]:
    """Return the tags that all launches of a file have."""
    return {TAG_NAME: name, TAG_CONFIG: config_hash}


def is_launch(record: BackfillRecord, tags: Mapping[str, str]) -> bool:
    """Whether a native backfill was launched with these tags. Re-executions from Dagster's UI only inherit them."""
    return tags.items() <= record.tags.items() and dagster_tags.PARENT_BACKFILL not in record.tags


def launched_at(value: str) -> datetime:
    """Return when a launch began, if its launch value says so. The time comes from the launching machine's clock."""
    with suppress(ValueError):
        text = value.removeprefix(LAUNCH_PREFIX).rpartition("-")[0]
        return datetime.strptime(text, _LAUNCH_TIME).replace(tzinfo=timezone.utc)
    return _EPOCH


def find_attempts(client: GraphQLClient, name: str, config_hash: str) -> list[Attempt]:
    """Return all attempts at a file, oldest first.

    Sends one request per thousand native backfills, and at most five for any number of runs. Launches by versions
    before 0.2, which wrote no attempt numbers, come first.
    """
    tags = file_tags(name, config_hash)
    natives: dict[int, list[BackfillRecord]] = {}
    legacy: list[tuple[datetime, str, BackfillRecord | None]] = []
    values = set()
    for record in reversed([record for record in all_backfills(client) if is_launch(record, tags)]):
        values.add(record.tags.get(TAG_LAUNCH, ""))
        number_text = record.tags.get(TAG_ATTEMPT, "")
        if number_text.isdecimal():
            natives.setdefault(int(number_text), []).append(record)
        else:
            legacy.append((record.created_at or _EPOCH, record.id, record))
    by_runs, has_others = _launched_by_runs(client, tags, values - {""}, max(natives, default=0))
    if has_others:
        legacy += [(launched_at(value), value, None) for value in _legacy_values(client, tags, values)]
    attempts = {
        number: _attempt(client, number, natives.get(number, ()), by_runs.get(number))
        for number in {*natives, *by_runs}
    }
    for number, (_, launch_id, found) in enumerate(sorted(legacy, key=lambda each: each[:2]), 1):
        # A version before 0.2 may have launched the file after a newer version did.
        free = number if number not in attempts else max(attempts) + 1
        attempts[free] = Attempt(free, launch_id, STRATEGY_BACKFILL if found else STRATEGY_RUNS, found)
    return [attempts[number] for number in sorted(attempts)]


def _attempt(client: GraphQLClient, number: int, natives: Sequence[BackfillRecord], value: str | None) -> Attempt:
    """Return the attempt with that number. If several launches share the number, the oldest one counts."""
    if natives and (value is None or not _is_older(client, value, natives[0])):
        return Attempt(number, natives[0].id, STRATEGY_BACKFILL, natives[0], tuple(natives[1:]), value)
    return Attempt(number, str(value), STRATEGY_RUNS, None, tuple(natives))


def _is_older(client: GraphQLClient, value: str, record: BackfillRecord) -> bool:
    """Whether a run of a launch is older than a backfill; False if the server does not say when runs were created."""
    if record.created_at is None:
        return False
    older = list_runs(client, RunFilter(tags={TAG_LAUNCH: value}, created_before=record.created_at), 1)
    return any(run.created_at for run in older)


def _launched_by_runs(
    client: GraphQLClient, tags: Mapping[str, str], natives: set[str], last: int
) -> tuple[dict[int, str], bool]:
    """Return the launch values of the attempts in strategy ``runs``, and whether the file has other runs too."""
    found: dict[int, str] = {}
    counted = 0
    asked = sorted(natives)
    number = 0
    while True:
        ahead = {
            launch_value(tags[TAG_NAME], tags[TAG_CONFIG], number + step): number + step
            for step in range(1, _AHEAD + 1)
        }
        batch, asked = asked[:_VALUES], asked[_VALUES:]
        total, counts = count_launches(client, tags, [*ahead, *batch])
        found |= {ahead[value]: value for value, count in counts.items() if count and value in ahead}
        counted += sum(counts.values())
        number += _AHEAD
        if not asked and number - _AHEAD // 2 > max([last, *found], default=0):
            return found, counted < total


def _legacy_values(client: GraphQLClient, tags: Mapping[str, str], natives: set[str]) -> Iterator[str]:
    values = [
        value for value in list_launch_values(client, LAUNCH_PREFIX) if is_legacy_value(value) and value not in natives
    ]
    for batch in in_batches(values, _VALUES):
        _, counts = count_launches(client, tags, batch)
        for value, count in counts.items():
            # Re-executed runs of a deleted backfill have its launch value too, but are not a launch.
            if count and any(
                run.parent_id is None and run.backfill is None
                for run in walk_members(client, {**tags, TAG_LAUNCH: value})
            ):
                yield value


def find_other_files(client: GraphQLClient, name: str, config_hash: str) -> str | None:
    """Return the id of an unfinished launch of another file with the same name, or None."""
    runs = list_runs(client, RunFilter(statuses=list(UNFINISHED_RUN_STATUSES), tags={TAG_NAME: name}), _PAGE)
    for run in runs:
        if run.tags.get(TAG_CONFIG) not in (None, config_hash):
            return run.tags.get(dagster_tags.BACKFILL) or run.tags.get(TAG_LAUNCH)
    for record in list_backfills(client, _PAGE):
        other = record.tags.get(TAG_NAME) == name and record.tags.get(TAG_CONFIG) not in (None, config_hash)
        if other and record.status in _OPEN_BACKFILLS:
            return record.id
    return None
