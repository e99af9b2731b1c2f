"""Statistics of runs."""

from dagster_ops_cli.schemas.model import Model, Time


class JobFailures(Model):
    """The number of failed runs of a job."""

    job_name: str
    count: int


class ErrorFailures(Model):
    """The number of runs that failed with an error: its class and message, without Dagster's wrappers.

    ``error`` is null for runs without an error in their log, for example because their process died. ``run_id`` is the
    latest of the runs.
    """

    error: str | None
    count: int
    run_id: str


class Durations(Model):
    """The median and the 95th percentile of run durations, in seconds; null if no run has one.

    ``count`` is the number of runs with a duration, those that started and ended.
    """

    count: int
    median: float | None
    p95: float | None


class RunStatistics(Model):
    """Statistics of the runs created since a time.

    ``statuses`` counts them by status, the most frequent first. ``failures_by_error`` covers only the ``failures_read``
    latest failed runs, because the log of each must be read.
    """

    since: Time
    total: int
    statuses: dict[str, int]
    failures_by_job: list[JobFailures]
    failures_by_error: list[ErrorFailures]
    failures_read: int
    duration: Durations
