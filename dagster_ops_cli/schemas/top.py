"""What `ops top` shows: what runs, waits and has failed, at one moment."""

from pydantic import Field

from dagster_ops_cli.schemas.daemon import Daemon
from dagster_ops_cli.schemas.model import Model, Time
from dagster_ops_cli.schemas.pool import PoolState, QueuedNeeds
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.queue import RunQueue
from dagster_ops_cli.schemas.run.why import Wait


class RunningRun(Model):
    """A run in progress. ``steps_total`` is null where Dagster does not know the steps (yet)."""

    id: str
    status: str
    job_name: str
    partition: str | None
    started_at: Time | None
    steps_succeeded: int | None
    steps_failed: int | None
    steps_total: int | None
    url: str


class WaitingRun(Model):
    """A queued run. ``waiting_for`` is empty if the daemon may start it in its next round."""

    id: str
    job_name: str
    partition: str | None
    queued_at: Time | None
    priority: int
    waiting_for: list[Wait]
    url: str


class FailedRun(Model):
    """A run that failed. ``error`` is its first error; null if it is not known (yet)."""

    id: str
    job_name: str
    partition: str | None
    ended_at: Time | None
    step_key: str | None
    error: str | None
    url: str


class BackfillProgress(Model):
    """An unfinished backfill. ``counts`` are partitions by status, ``total`` is null where Dagster does not tell it."""

    id: str
    name: str | None
    status: str
    job_name: str | None
    asset_keys: list[str] | None
    created_at: Time | None
    total: int | None
    counts: dict[str, int]
    url: str

    @property
    def done(self) -> int:
        """How many partitions have ended."""
        return sum(self.counts.get(status, 0) for status in ("SUCCESS", "FAILURE", "CANCELED"))


class Top(Model):
    """What goes on in a Dagster.

    The numbers count everything; the lists hold the newest running and failed runs and backfills, and the oldest queued
    runs, at most 20 each. ``failed`` are runs that failed since ``failed_since``. ``max_concurrent_runs`` is null for
    no limit.
    """

    taken_at: Time
    url: str
    version: str | None
    max_concurrent_runs: int | None
    running_count: int
    running: list[RunningRun]
    queued_count: int
    waiting: list[WaitingRun]
    failed_since: Time
    failed_count: int
    failed: list[FailedRun]
    backfills: list[BackfillProgress]
    daemons: list[Daemon]


class TopReading(Model):
    """The answer to the document that is sent at each refresh. ``queued_run_ids`` are the newest first.

    ``steps`` are the numbers of steps that succeeded and that failed, by the id of the run. ``is_old`` says that the
    server knows only the older document.
    """

    version: str | None
    queue: RunQueue
    running: list[RunRow]
    steps: dict[str, tuple[int, int]]
    queued_run_ids: list[str]
    failed_count: int
    failed: list[RunRow]
    backfills: list[BackfillProgress]
    daemons: list[Daemon]
    is_old: bool


class QueuedRow(RunRow):
    """A queued run, with when it was queued."""

    queued_at: Time | None = Field(None, validation_alias="updateTime")


class TopDetails(Model):
    """The answer to the second document: queued runs with what they need, and the pools.

    ``plans`` are the numbers of steps by the id of the run.
    """

    queued: list[QueuedRow]
    needs: list[QueuedNeeds]
    pools: list[PoolState]
    plans: dict[str, int | None]
