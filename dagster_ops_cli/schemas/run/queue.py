"""What holds up runs and steps that could begin."""

from typing import Any

from pydantic import Field, field_validator

from dagster_ops_cli.schemas.model import Model, Time


class PendingStep(Model):
    """A step that waits for a slot of a concurrency pool, or has one since ``assigned_at``."""

    run_id: str = Field(validation_alias="runId")
    step_key: str = Field(validation_alias="stepKey")
    enqueued_at: Time | None = Field(None, validation_alias="enqueuedTimestamp")
    assigned_at: Time | None = Field(None, validation_alias="assignedTimestamp")


class Pool(Model):
    """A concurrency pool: how many steps may go on in it at once, and which runs have them.

    ``first`` says that the first steps of the run that was asked for need it.
    """

    name: str = Field(validation_alias="concurrencyKey")
    slots: int = Field(validation_alias="slotCount")
    run_ids: list[str] = Field(validation_alias="activeRunIds")
    pending: list[PendingStep] = Field(validation_alias="pendingSteps")
    first: bool


class RunQueue(Model):
    """The queue of runs: what limits it, who empties it, and how much is in it.

    ``healthy`` is None where Dagster does not need the daemon; ``going`` and ``queued`` are numbers of runs.
    """

    limit: int | None
    tag_limits: str | None
    healthy: bool | None
    heartbeat: Time | None
    daemon_errors: list[str]
    going: int
    queued: int

    @field_validator("limit")
    @classmethod
    def _no_limit(cls, limit: Any) -> Any:
        """Dagster says -1 for none."""
        return None if limit is not None and limit < 0 else limit
