"""The run queue and concurrency pools, which runs and steps wait for."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator

from dagster_ops_cli.schemas.model import Model, Time


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


class RunQueue(Model):
    """The run queue: its limits, the state of its daemon, and the number of runs in progress and queued.

    ``healthy`` is None if Dagster does not need the daemon.
    """

    limit: int | None
    tag_limits: str | None
    healthy: bool | None
    heartbeat: Time | None
    daemon_errors: list[str]
    going: int
    queued: int

    def limits_for(self, tags: Mapping[str, str]) -> str | None:
        """Return the limits for runs with these tags, on one line; None if there are none."""
        if not self.tag_limits:
            return None
        import yaml

        def applies(limit: Mapping[str, Any]) -> bool:
            # Instead of a value, a limit may say that it counts each value by itself.
            value = limit.get("value")
            return limit["key"] in tags and (not isinstance(value, str) or value == tags[limit["key"]])

        found = [each for each in yaml.safe_load(self.tag_limits) or () if applies(each)]
        return " ".join(yaml.safe_dump(found).split()) if found else None

    @field_validator("limit")
    @classmethod
    def _no_limit(cls, limit: Any) -> Any:
        """Return None for -1, which means no limit."""
        return None if limit is not None and limit < 0 else limit
