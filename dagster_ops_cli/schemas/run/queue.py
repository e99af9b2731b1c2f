"""The run queue, the runs in it, and the concurrency pools that their steps wait for."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator

from dagster_ops_cli.schemas.model import Model, Time
from dagster_ops_cli.schemas.run.why import Wait


class PendingStep(Model):
    """A step that waits for a slot of a concurrency pool, or has had one since ``assigned_at``."""

    run_id: str = Field(validation_alias="runId")
    step_key: str = Field(validation_alias="stepKey")
    enqueued_at: Time | None = Field(None, validation_alias="enqueuedTimestamp")
    assigned_at: Time | None = Field(None, validation_alias="assignedTimestamp")


class Pool(Model):
    """A concurrency pool: how many steps may run in it at once, and the runs that they belong to.

    ``first`` says that the first steps of the run in question need this pool.
    """

    name: str = Field(validation_alias="concurrencyKey")
    slots: int = Field(validation_alias="slotCount")
    run_ids: list[str] = Field(validation_alias="activeRunIds")
    pending: list[PendingStep] = Field(validation_alias="pendingSteps")
    first: bool


class TagLimit(Model):
    """How many runs with a tag may be in progress. ``value`` is a text, an object of options, or null for any value."""

    key: str
    limit: int
    value: Any = None

    def applies_to(self, tags: Mapping[str, str]) -> bool:
        """Whether runs with these tags count."""
        return self.key in tags and (not isinstance(self.value, str) or self.value == tags[self.key])

    @property
    def text(self) -> str:
        """One line that describes the limit."""
        value = f" value: {self.value}" if isinstance(self.value, str) else " for each value" if self.value else ""
        return f"- key: {self.key} limit: {self.limit}{value}"


class RunQueue(Model):
    """The run queue: its limits, the state of its daemon, and the number of runs in progress and queued.

    ``healthy`` is None if Dagster does not need the daemon.
    """

    limit: int | None
    tag_limits: str | None
    limits_by_tag: list[TagLimit] = Field(default_factory=list, exclude=True)
    healthy: bool | None
    heartbeat: Time | None
    daemon_errors: list[str]
    going: int
    queued: int

    def limits_for(self, tags: Mapping[str, str]) -> str | None:
        """Return one line with all limits that apply to a run with these tags, or None if no limit applies."""
        return " ".join(each.text for each in self.limits_by_tag if each.applies_to(tags)) or None

    @field_validator("limit")
    @classmethod
    def _no_limit(cls, limit: Any) -> Any:
        """Return None for -1, which means no limit."""
        return None if limit is not None and limit < 0 else limit


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
