"""What monitoring wants to know of a Dagster, at one moment."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from dagster_ops_cli.schemas.daemon import Daemon
from dagster_ops_cli.schemas.model import Model, Time


class EndedRuns(Model):
    """How many runs of a job ended with a status. ``location_name`` is null for runs without a code location."""

    job_name: str
    location_name: str | None
    status: str
    count: int


class FailedTicks(Model):
    """How many ticks of a running schedule or sensor failed. ``type`` is SCHEDULE or SENSOR."""

    type: str
    location_name: str
    repository_name: str
    name: str
    failed: int


class DaemonState(Model):
    """A daemon that this Dagster needs. ``heartbeat_age`` is in seconds; null if there has been no heartbeat."""

    type: str
    healthy: bool | None
    last_heartbeat: Time | None
    heartbeat_age: float | None


class PoolUse(Model):
    """A concurrency pool: its limit (null: none), the slots that are claimed, and the steps that wait for one."""

    name: str
    limit: int | None
    claimed: int
    pending: int


class LocationState(Model):
    """A code location. ``error`` says why it is not loaded."""

    name: str
    loaded: bool
    error: str | None


class Fault(Model):
    """A part of the answer that is missing: ``dagster`` (all of it), ``runs``, ``queue`` or ``pools``."""

    part: str
    code: str
    message: str


class Metrics(Model):
    """The state of a Dagster. ``up`` says whether it answered; if not, the rest is empty.

    ``window`` and ``duration`` (of the scrape) are in seconds. ``runs_ended`` and ``ticks_failed`` count what happened
    in the window before ``taken_at``; everything else is the state at that time. ``runs_unfinished`` counts runs and
    ``backfills_unfinished`` backfills, by Dagster's status. ``oldest_queued_age`` is in seconds; null if nothing is
    queued. ``max_concurrent_runs`` is null for no limit. ``faults`` are the parts that could not be read.
    """

    up: bool
    url: str
    version: str | None = None
    taken_at: Time
    duration: float
    window: float
    runs_ended: list[EndedRuns] = Field(default_factory=list)
    runs_unfinished: dict[str, int] = Field(default_factory=dict)
    queued: int | None = None
    oldest_queued_age: float | None = None
    max_concurrent_runs: int | None = None
    backfills_unfinished: dict[str, int] = Field(default_factory=dict)
    ticks_failed: list[FailedTicks] = Field(default_factory=list)
    daemons: list[DaemonState] = Field(default_factory=list)
    pools: list[PoolUse] = Field(default_factory=list)
    code_locations: list[LocationState] = Field(default_factory=list)
    faults: list[Fault] = Field(default_factory=list)


def _no_limit(value: Any) -> Any:
    """Return None for -1, which means no limit."""
    return None if isinstance(value, int) and value < 0 else value


class Reading(Model):
    """The answer to the one document that reads most of it. ``queued_run_ids`` are the newest first."""

    version: str | None
    runs_unfinished: dict[str, int]
    queued_run_ids: list[str]
    max_concurrent_runs: Annotated[int | None, BeforeValidator(_no_limit)]
    backfills_unfinished: dict[str, int]
    ticks_failed: list[FailedTicks]
    daemons: list[Daemon]
    code_locations: list[LocationState]
