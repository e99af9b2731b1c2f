"""How a backfill stands: what is true, computed from its runs where Dagster's own word is stale or misleading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from dagster_ops_cli.adapters.backfill import poll_backfill, poll_launch
from dagster_ops_cli.adapters.backfill_partitions import list_backfill_partitions
from dagster_ops_cli.api.backfill_launch import launched_at
from dagster_ops_cli.api.backfill_runs import (
    NOT_STARTED,
    PartitionRuns,
    failed_partitions,
    partition_runs,
    runs_with_tag,
)
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.errors import NotFoundError
from dagster_ops_cli.schemas.backfill import (
    TAG_LAUNCH,
    TAG_NAME,
    TAG_TOTAL,
    Backfill,
    BackfillPoll,
    BackfillRecord,
    is_launched_by_runs,
)
from dagster_ops_cli.schemas.backfill_config import STRATEGY_BACKFILL, STRATEGY_RUNS
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.run import RunRow

# Statuses after which Dagster starts no more runs.
_CLOSED = frozenset({"COMPLETED", "COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED"})
_BACKFILL_TAG = "dagster/backfill"
_RUN_QUEUE = "QUEUED_RUN_COORDINATOR"


@dataclass
class BackfillView:
    """Looks at one backfill again and again: one small question a time, and the runs themselves once it may have ended.

    ``missing_daemons`` are those without which nothing moves, as of the last look.
    """

    client: GraphQLClient
    id: str
    missing_daemons: list[str] = field(default_factory=list)
    _first_run: RunRow | None = None

    @property
    def is_native(self) -> bool:
        """Whether Dagster itself has it on record."""
        return not is_launched_by_runs(self.id)

    @property
    def run_tag(self) -> str:
        """The tag by which its runs are found; its value is the id."""
        return _BACKFILL_TAG if self.is_native else TAG_LAUNCH

    def look(self, detailed: bool = True) -> Backfill:
        """Return how it stands; what is not ``detailed`` takes its counts for the last word, and lists no partitions.

        Raises NotFoundError.
        """
        poll = poll_backfill(self.client, self.id) if self.is_native else poll_launch(self.client, TAG_LAUNCH, self.id)
        self._note_daemons(poll)
        return self._from_record(poll, poll.record, detailed) if poll.record else self._from_runs(poll, detailed)

    def _note_daemons(self, poll: BackfillPoll) -> None:
        needed = {_RUN_QUEUE, "BACKFILL"} if self.is_native else {_RUN_QUEUE}
        self.missing_daemons = [
            daemon.type for daemon in poll.daemons if daemon.required and not daemon.healthy and daemon.type in needed
        ]

    def _from_record(self, poll: BackfillPoll, record: BackfillRecord, detailed: bool) -> Backfill:
        total = record.total or sum((poll.partitions or {}).values())
        counts = poll.partitions if poll.partitions is not None else with_not_started(poll.runs, total)
        may_have_ended = record.status in _CLOSED or not (record.is_asset_backfill or counts.get(NOT_STARTED))
        if unfinished(poll.runs) or not may_have_ended:
            return self._backfill(_open_state(record.status, poll.runs), counts, total, record.tags, record)
        if not detailed:
            return self._backfill(_ended_state(record.status, counts), counts, total, record.tags, record)
        runs = partition_runs(self.client, self.run_tag, self.id)
        if poll.partitions is None:
            counts = with_not_started(runs.counts, total)
        if runs.is_open:
            return self._backfill(_open_state(record.status, poll.runs), counts, total, record.tags, record)
        state = _ended_state(record.status, counts)
        keys = list_backfill_partitions(self.client, self.id) if counts.get(NOT_STARTED) else []
        return self._backfill(state, counts, total, record.tags, record, runs, keys)

    def _from_runs(self, poll: BackfillPoll, detailed: bool) -> Backfill:
        if self._first_run is None:
            self._first_run = next(runs_with_tag(self.client, TAG_LAUNCH, self.id), None)
            if self._first_run is None:
                raise NotFoundError(f"there is no backfill {self.id!r}", code="BACKFILL_NOT_FOUND")
        tags = self._first_run.tags
        total = int(tags[TAG_TOTAL]) if tags.get(TAG_TOTAL, "").isdecimal() else sum(poll.runs.values())
        counts = with_not_started(poll.runs, total)
        runs = None
        if detailed and not unfinished(poll.runs):
            runs = partition_runs(self.client, self.run_tag, self.id)
            counts = with_not_started(runs.counts, total)
        # A run that somebody canceled stops the launch; without one, what is missing is still to come.
        to_come = counts.get(NOT_STARTED) and not counts.get("CANCELED")
        if unfinished(poll.runs) or to_come or (runs and runs.is_open):
            return self._backfill(_open_state(None, poll.runs), counts, total, tags)
        return self._backfill(_ended_state(None, counts), counts, total, tags, runs=runs)

    def _backfill(
        self,
        state: str,
        counts: Mapping[str, int],
        total: int,
        tags: Mapping[str, str],
        record: BackfillRecord | None = None,
        runs: PartitionRuns | None = None,
        keys: Sequence[str] = (),
    ) -> Backfill:
        shown = {key: value for key, value in tags.items() if not key.startswith("dagster/partition")}
        ended = [run.ended_at for run in runs.latest.values() if run.ended_at] if runs else []
        return Backfill(
            id=self.id,
            name=tags.get(TAG_NAME),
            state=state,
            status=record.status if record else None,
            strategy=STRATEGY_BACKFILL if record else STRATEGY_RUNS,
            created_at=record.created_at if record else launched_at(self.id),
            ended_at=(record.ended_at if record else None) or max(ended, default=None),
            job_name=record.job_name if record else self._first_run and self._first_run.job_name,
            asset_keys=record.asset_keys if record else None,
            total=total,
            counts=dict(counts),
            failed=failed_partitions(self.client, runs, keys) if runs and state != "succeeded" else [],
            tags=shown,
            error=record.error if record else None,
            url=backfill_url(self.client.url, self.id),
        )


def backfill_url(url: str, backfill_id: str) -> str:
    """Return the page of a backfill in Dagster's UI; that of its runs where Dagster has no record of it."""
    if is_launched_by_runs(backfill_id):
        return f"{url}/runs?q%5B0%5D={quote(f'tag:{TAG_LAUNCH}={backfill_id}', safe='')}"
    return f"{url}/runs/b/{quote(backfill_id)}"


def with_not_started(runs: Mapping[str, int], total: int) -> dict[str, int]:
    """Return counts of runs as counts of partitions: those without a run are NOT_STARTED."""
    missing = total - sum(runs.values())
    return {**runs, NOT_STARTED: runs.get(NOT_STARTED, 0) + missing} if missing > 0 else dict(runs)


def unfinished(runs: Mapping[str, int]) -> int:
    """Return how many runs have not ended."""
    return sum(count for status, count in runs.items() if status not in FINISHED_RUN_STATUSES)


def _open_state(status: str | None, runs: Mapping[str, int]) -> str:
    if status in ("CANCELING", "CANCELED"):
        return "canceling"
    return "running" if runs.keys() - {"QUEUED", NOT_STARTED} else "waiting"


def _ended_state(status: str | None, counts: Mapping[str, int]) -> str:
    if not counts:
        return {"CANCELED": "canceled", "FAILED": "failed", "COMPLETED_FAILED": "failed"}.get(status or "", "succeeded")
    if counts.keys() == {"SUCCESS"}:
        # Canceling a finished backfill rewrites its status, not what its runs have done.
        return "failed" if status == "FAILED" else "succeeded"
    if counts.get("FAILURE") or status in ("FAILED", "COMPLETED", "COMPLETED_FAILED", "COMPLETED_SUCCESS"):
        return "failed"
    return "canceled"
