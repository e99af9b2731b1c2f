"""The run queue: its limits, the runs in it, and what they wait for."""

from pydantic import Field

from dagster_ops_cli.schemas.model import Model, Time
from dagster_ops_cli.schemas.run.why import Wait


class QueuedRun(Model):
    """A run in the queue. Dagster starts the highest ``priority`` first; within one priority, the oldest first.

    ``waiting_for`` is what keeps it from starting; empty if the daemon may start it in its next round.
    """

    id: str
    job_name: str
    partition: str | None
    location_name: str | None
    created_at: Time | None
    priority: int
    pools: list[str]
    waiting_for: list[Wait]
    url: str


class Queue(Model):
    """The run queue.

    ``max_concurrent_runs`` is null for no limit, ``tag_limits`` is YAML as configured. ``daemon_healthy`` is null if
    this Dagster needs no queue daemon. ``in_progress`` and ``queued`` are numbers of runs; ``runs`` are the first in
    the queue, in the order in which Dagster starts them.
    """

    max_concurrent_runs: int | None
    tag_limits: str | None
    daemon_healthy: bool | None
    daemon_heartbeat: Time | None
    in_progress: int
    queued: int
    runs: list[QueuedRun]
    count: int = Field(default_factory=lambda data: len(data.get("runs", ())))
    has_more: bool
