"""The runs of a launch: which of them count, and the status of each partition."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from dagster_ops_cli.adapters.run import list_runs_by_id
from dagster_ops_cli.api.run.first_failure import first_failure, full_error
from dagster_ops_cli.api.run.listing import walk_runs
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.backfill import DuplicateRun, FailedPartition
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.ops_tags import TAG_LAUNCH, TAG_WORKER
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.filter import RunFilter

NOT_STARTED = "NOT_STARTED"
# The size of a page. Dagster's own lists have the same limit.
_PAGE = 1000
# For how many failed partitions to look up the error. Each takes at least one request.
_ERRORS = 100
CANCELED = ("CANCELED", "CANCELING")


class Member(NamedTuple):
    """What a launch needs to know about one of its runs. It is small: a launch may have 100,000 runs."""

    id: str
    status: str
    key: str
    value: str
    worker: str
    backfill: str | None
    parent_id: str | None
    root_id: str | None
    created_at: datetime | None
    ended_at: datetime | None
    is_retry_due: bool
    retried_by: str | None
    started_at: datetime | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the run has ended and Dagster will not retry it."""
        return self.status in FINISHED_RUN_STATUSES and not self.is_retry_due


def member_of(run: RunRow) -> Member:
    """Return a run as a member of its launch. The key of a run without a partition is the run's id."""
    tags = run.tags
    return Member(
        run.id,
        run.status,
        run.partition or run.id,
        tags.get(TAG_LAUNCH, ""),
        tags.get(TAG_WORKER, ""),
        tags.get(dagster_tags.BACKFILL),
        run.parent_run_id,
        run.root_run_id,
        run.created_at,
        run.ended_at,
        dagster_tags.is_retry_due(run.status, tags),
        tags.get(dagster_tags.AUTO_RETRY_RUN),
        run.started_at,
    )


def walk_members(client: GraphQLClient, tags: Mapping[str, str]) -> Iterator[Member]:
    """Yield the runs that have all of these tags, newest first."""
    for page in walk_runs(client, RunFilter(tags=dict(tags)), page_limit=_PAGE):
        yield from map(member_of, page.items)


@dataclass(frozen=True)
class LaunchRuns:
    """The runs of one launch, grouped by their role.

    ``first`` is the first run of each partition: the oldest in Dagster's list that is not a re-execution. ``latest`` is
    the run that counts: the first one or its newest re-execution. ``duplicates`` are further runs of a partition.
    """

    first: Mapping[str, Member] = field(default_factory=dict)
    latest: Mapping[str, Member] = field(default_factory=dict)
    duplicates: Sequence[Member] = ()

    @property
    def counts(self) -> dict[str, int]:
        """The number of partitions per status."""
        counts: dict[str, int] = {}
        for run in self.latest.values():
            counts[run.status] = counts.get(run.status, 0) + 1
        return counts

    @property
    def is_open(self) -> bool:
        """Whether a run is unfinished or will be retried by Dagster."""
        return not all(run.has_ended for run in self.latest.values())

    @property
    def is_canceled(self) -> bool:
        """Whether a run was canceled. Canceling a run stops a launch of strategy ``runs``."""
        return any(run.status in CANCELED for run in self.first.values())

    @property
    def ended_at(self) -> datetime | None:
        """When the last run ended."""
        return max((run.ended_at for run in self.latest.values() if run.ended_at), default=None)

    def reported_duplicates(self) -> list[DuplicateRun]:
        """Return the duplicates that ran or may still run."""
        return [
            DuplicateRun(partition=run.key, run_id=run.id, status=run.status)
            for run in self.duplicates
            if run.status != "CANCELED"
        ]


def sort_members(
    client: GraphQLClient, newest_first: Iterable[Member], keys: Iterable[str] | None = None
) -> LaunchRuns:
    """Group the runs of a launch. If its ``keys`` are known, runs of other partitions are duplicates too.

    Automatic retries without the tags of the launch are looked up.
    """
    members = list(newest_first)
    known = {run.id for run in members}
    roots = []
    for run in reversed(members):
        root = run.root_id or run.parent_id
        if run.parent_id is None or root not in known:
            # If a run was deleted, its oldest re-execution replaces it, so that the partition is not launched again.
            roots.append(run)
            known.add(root or run.id)
    wanted = None if keys is None else set(keys)
    first: dict[str, Member] = {}
    duplicates = []
    for run in roots:
        if run.key in first or (wanted is not None and run.key not in wanted):
            duplicates.append(run)
        else:
            first[run.key] = run
    key_of = {run.root_id or run.id: key for key, run in first.items()} | {run.id: key for key, run in first.items()}
    latest: dict[str, Member] = {}
    for run in members:
        key = key_of.get(run.id) or key_of.get(run.root_id or "")
        if key is not None:
            latest.setdefault(key, run)
    _follow_retries(client, latest)
    return LaunchRuns(first, {key: latest[key] for key in first}, duplicates)


def latest_runs(client: GraphQLClient, newest_first: Iterable[Member]) -> LaunchRuns:
    """Return the newest run of each partition of a native backfill. Dagster launches no partition twice."""
    latest: dict[str, Member] = {}
    first: dict[str, Member] = {}
    for run in newest_first:
        latest.setdefault(run.key, run)
        first[run.key] = run
    _follow_retries(client, latest)
    return LaunchRuns(first, latest)


def _follow_retries(client: GraphQLClient, latest: dict[str, Member]) -> None:
    while retried := {key: run.retried_by for key, run in latest.items() if run.retried_by}:
        found = {run.id: run for run in map(member_of, list_runs_by_id(client, list(retried.values())))}
        moved = {key: found[run_id] for key, run_id in retried.items() if run_id in found}
        latest.update(moved)
        if not moved:
            return


def launch_runs(client: GraphQLClient, tags: Mapping[str, str], keys: Iterable[str] | None = None) -> LaunchRuns:
    """Read and group all runs that have these tags."""
    return sort_members(client, walk_members(client, tags), keys)


def failed_partitions(
    client: GraphQLClient, runs: LaunchRuns, keys: Sequence[str], errors: bool = True
) -> list[FailedPartition]:
    """Return every partition that has not succeeded, including those of ``keys`` that never had a run.

    With ``errors``, look up why the first hundred of them failed.
    """
    failed = [
        FailedPartition(partition=key, run_id=run.id, status=run.status)
        for key, run in sorted(runs.latest.items())
        if run.status != "SUCCESS"
    ]
    if errors:
        looked_up = [
            each.model_copy(update={"error": full_error(first_failure(client, each.run_id))})
            if each.run_id and each.status == "FAILURE"
            else each
            for each in failed[:_ERRORS]
        ]
        failed[:_ERRORS] = looked_up
    never = [FailedPartition(partition=key, status=NOT_STARTED) for key in keys if key not in runs.latest]
    return [*failed, *never]
