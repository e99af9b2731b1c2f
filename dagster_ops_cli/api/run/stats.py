"""Statistics of runs."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from math import ceil

from dagster_ops_cli.api.run.first_failure import error_line, first_failure
from dagster_ops_cli.errors import NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.stats import Durations, ErrorFailures, JobFailures, RunStatistics


def summarize_runs(client: GraphQLClient, since: datetime, runs: Iterable[RunRow], errors: int) -> RunStatistics:
    """Return statistics of the runs. Read the logs of the ``errors`` latest failed runs."""
    statuses: Counter[str] = Counter()
    jobs: Counter[str] = Counter()
    durations: list[float] = []
    failed: list[str] = []
    for run in runs:
        statuses[run.status] += 1
        if run.status == "FAILURE":
            jobs[run.job_name] += 1
            if len(failed) < errors:
                failed.append(run.id)
        if run.ended_at is not None and run.duration is not None:
            durations.append(run.duration)
    durations.sort()
    return RunStatistics(
        since=since,
        total=statuses.total(),
        statuses=dict(statuses.most_common()),
        failures_by_job=[JobFailures(job_name=name, count=count) for name, count in jobs.most_common()],
        failures_by_error=_by_error(client, failed),
        failures_read=len(failed),
        duration=Durations(count=len(durations), median=_rank(durations, 0.5), p95=_rank(durations, 0.95)),
    )


def _rank(ordered: Sequence[float], share: float) -> float | None:
    """Return the smallest value that at least this share of all values does not exceed."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None


def _by_error(client: GraphQLClient, run_ids: Sequence[str]) -> list[ErrorFailures]:
    counts: Counter[str | None] = Counter()
    latest: dict[str | None, str] = {}
    for run_id in run_ids:
        try:
            failure = first_failure(client, run_id)
        except NotFoundError:
            # The run was deleted after it was listed.
            continue
        error = error_line(failure.error) if failure and failure.error else None
        counts[error] += 1
        latest.setdefault(error, run_id)
    return [ErrorFailures(error=error, count=count, run_id=latest[error]) for error, count in counts.most_common()]
