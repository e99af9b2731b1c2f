"""The runs of a backfill, and what they say of each partition."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dagster_ops_cli.adapters.run import list_runs, list_runs_by_id
from dagster_ops_cli.adapters.run_events import list_run_events
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.schemas.backfill import FailedPartition
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run_filter import RunFilter

NOT_STARTED = "NOT_STARTED"
_PAGE = 1000
# Of how many failed partitions the error is looked up: it takes a question or more for each.
_ERRORS = 100


def runs_with_tag(client: GraphQLClient, tag: str, value: str) -> Iterator[RunRow]:
    """Yield the runs that carry a tag, newest first."""
    cursor = None
    while True:
        page = list_runs(client, RunFilter(tags={tag: value}), _PAGE, cursor)
        yield from page
        if len(page) < _PAGE:
            return
        cursor = page[-1].id


@dataclass(frozen=True)
class PartitionRuns:
    """The latest run of each partition of a backfill.

    ``is_open`` says that one of them has not ended, or that Dagster will retry it and has not yet begun.
    """

    latest: Mapping[str, RunRow] = field(default_factory=dict)
    is_open: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """How many partitions there are of each status."""
        counts: dict[str, int] = {}
        for run in self.latest.values():
            counts[run.status] = counts.get(run.status, 0) + 1
        return counts


def partition_runs(client: GraphQLClient, tag: str, value: str) -> PartitionRuns:
    """Look at all runs that carry a tag, and at those that Dagster launched itself to retry one of them.

    Its retries do not carry the tag that makes a run part of a backfill, but each run names the one that followed it.
    """
    latest: dict[str, RunRow] = {}
    for run in runs_with_tag(client, tag, value):
        latest.setdefault(run.partition or run.id, run)
    while retried := {
        key: next_ for key, run in latest.items() if (next_ := run.tags.get("dagster/auto_retry_run_id"))
    }:
        successors = {run.id: run for run in list_runs_by_id(client, list(retried.values()))}
        moved = {key: successors[next_] for key, next_ in retried.items() if next_ in successors}
        latest.update(moved)
        if not moved:
            break
    return PartitionRuns(latest, any(_is_open(run) for run in latest.values()))


def _is_open(run: RunRow) -> bool:
    if run.status not in FINISHED_RUN_STATUSES:
        return True
    waits = run.tags.get("dagster/will_retry") == "true" and "dagster/auto_retry_run_id" not in run.tags
    return waits and run.status == "FAILURE"


def failed_partitions(client: GraphQLClient, runs: PartitionRuns, keys: Sequence[str]) -> list[FailedPartition]:
    """Return every partition that has not succeeded: those with a run, and those of ``keys`` that never had one."""
    failed = [
        FailedPartition(partition=key, run_id=run.id, status=run.status)
        for key, run in sorted(runs.latest.items())
        if run.status != "SUCCESS"
    ]
    looked_up = [
        each.model_copy(update={"error": first_error(client, each.run_id) if each.run_id else None})
        for each in failed[:_ERRORS]
    ]
    never = [FailedPartition(partition=key, status=NOT_STARTED) for key in keys if key not in runs.latest]
    return [*looked_up, *failed[_ERRORS:], *never]


def first_error(client: GraphQLClient, run_id: str) -> str | None:
    """Return what the first error in a run's log says, or what the run's own failure does."""
    cursor, last = None, None
    while True:
        page = list_run_events(client, run_id, _PAGE, cursor)
        for event in page.events:
            if event.error and event.type != "STEP_UP_FOR_RETRY":
                raised = event.error.raised
                return f"{raised.class_name}: {raised.said}" if raised.class_name else raised.said
            if event.type in ("RUN_FAILURE", "RUN_CANCELED"):
                last = event.message.strip()
        if not page.has_more:
            return last
        cursor = page.cursor
