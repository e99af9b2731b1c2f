"""Select which of several runs of a partition to launch again, and find the re-executions of a run."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from dagster_ops_cli.adapters.run import list_runs
from dagster_ops_cli.adapters.run.selection import list_run_selections
from dagster_ops_cli.api.run.listing import walk_runs
from dagster_ops_cli.api.waiting.paging import in_batches
from dagster_ops_cli.errors import ConflictError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.filter import RunFilter
from dagster_ops_cli.schemas.run.result import RunResult, RunSelection, facts_of

# How many ids one request may contain. Dagster's databases limit the size of a query.
_IDS_AT_ONCE = 1000


def latest_attempts(client: GraphQLClient, runs: Sequence[RunRow]) -> RunSelection:
    """Return the latest of ``runs`` for each partition, without the partitions that have succeeded since.

    A run without a partition is compared only with its own re-executions. A partition with an unfinished run is
    refused.
    """
    selected = {run.id for run in runs}
    chosen: list[RunRow] = []
    refused: list[RunResult] = []
    older = succeeded = 0
    for attempts in _by_partition(client, _since(client, runs), selected):
        own = [index for index, run in enumerate(attempts) if run.id in selected]
        if not own:
            continue
        older += len(own) - 1
        latest, later = attempts[own[0]], attempts[: own[0]]
        unfinished = next((run for run in later if run.status not in FINISHED_RUN_STATUSES), None)
        if any(run.status == "SUCCESS" for run in later):
            succeeded += 1
        elif unfinished:
            error = ConflictError(f"another run is unfinished: {unfinished.id} ({unfinished.status})")
            refused.append(RunResult.failed(latest.id, error, **facts_of(latest)))
        else:
            chosen.append(latest)
    order = {run.id: index for index, run in enumerate(runs)}
    return RunSelection(
        runs=sorted(chosen, key=lambda run: order[run.id]),
        unknown=[],
        refused=refused,
        older=older,
        succeeded=succeeded,
    )


def _since(client: GraphQLClient, runs: Sequence[RunRow]) -> list[RunRow]:
    """Return all runs of the jobs of ``runs``, newest first, back to the oldest of ``runs``."""
    missing = {run.id: run for run in runs}
    if not missing:
        return []
    jobs = {run.job_name for run in runs}
    job_name = jobs.pop() if len(jobs) == 1 else None
    found: list[RunRow] = []
    for page in walk_runs(client, RunFilter(job_name=job_name)):
        for run in page.items:
            # Keep the run as it was selected, even if its status has changed.
            found.append(missing.pop(run.id, run))
            if not missing:
                return found
    # These runs were deleted in the meantime.
    return [*found, *missing.values()]


def _by_partition(client: GraphQLClient, runs: Sequence[RunRow], selected: set[str]) -> Iterator[list[RunRow]]:
    """Yield groups of runs, newest first: the runs of a partition, or a run without one and its re-executions.

    Groups without a selected run may be left out.
    """
    groups: dict[tuple[str, str], list[RunRow]] = defaultdict(list)
    for run in runs:
        key = (run.job_name, run.partition) if run.partition else ("", run.root_run_id or run.id)
        groups[key].append(run)
    wanted = {key: group for key, group in groups.items() if any(run.id in selected for run in group)}
    contested = [run.id for key, group in wanted.items() if key[0] and len(group) > 1 for run in group]
    selections: dict[str, str] = {}
    for batch in in_batches(contested, _IDS_AT_ONCE):
        selections |= list_run_selections(client, batch)
    for group in wanted.values():
        parts: dict[str, list[RunRow]] = defaultdict(list)
        for run in group:
            parts[selections.get(run.id, "")].append(run)
        yield from parts.values()


def list_descendants(client: GraphQLClient, run: RunRow) -> list[RunRow]:
    """Return all direct and indirect re-executions of a run, oldest first. Dagster's own retries are included."""
    family = list_runs(client, RunFilter(tags={dagster_tags.ROOT_RUN: run.root_run_id or run.id}))
    ids = {run.id}
    found = []
    for each in reversed(family):
        if each.parent_run_id in ids:
            ids.add(each.id)
            found.append(each)
    return found


def refuse_unfinished(run: RunRow, descendants: Sequence[RunRow]) -> None:
    """Raise ConflictError if a re-execution of a run is unfinished, or if Dagster is about to retry the run."""
    for each in descendants:
        if each.status not in FINISHED_RUN_STATUSES:
            raise ConflictError(f"a re-execution is unfinished: {each.id} ({each.status})")
    for each in (run, *descendants):
        if dagster_tags.is_retry_due(each.status, each.tags):
            raise ConflictError(f"Dagster is about to retry run {each.id}")
