"""How the runs of some time went."""

from dagster_ops_cli.schemas.model import Model, Time


class JobFailures(Model):
    """How often the runs of a job failed."""

    job_name: str
    count: int


class ErrorFailures(Model):
    """How often runs failed with an error: its class and message, without what wraps it.

    ``error`` is null for runs whose log tells none: their process died, say. ``run_id`` is the latest of the runs.
    """

    error: str | None
    count: int
    run_id: str


class Durations(Model):
    """How long runs took, in seconds: the median, and what 95 of 100 did not exceed.

    ``count`` is how many runs that is told of: those that began and ended. Both are null where there are none.
    """

    count: int
    median: float | None
    p95: float | None


class RunStatistics(Model):
    """How the runs that were created since some time went.

    ``statuses`` counts them by status, the most frequent first. ``failures_by_error`` is of the ``failures_read``
    latest failed runs, whose logs were looked into.
    """

    since: Time
    total: int
    statuses: dict[str, int]
    failures_by_job: list[JobFailures]
    failures_by_error: list[ErrorFailures]
    failures_read: int
    duration: Durations
