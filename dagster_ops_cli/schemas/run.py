"""A run."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from dagster_ops_cli.schemas.model import Model, Time


def _tags(value: Any) -> Any:
    """GraphQL has no maps: tags come as a list of keys and values."""
    return {tag["key"]: tag["value"] for tag in value} if isinstance(value, list) else value


# What tells the run of one request from all others, should its answer be lost.
TAG_REQUEST = "ops/request"
# Which launch of one file a run belongs to: the first, or one more that was asked for with --again.
TAG_ATTEMPT = "ops/attempt"

Tags = Annotated[dict[str, str], BeforeValidator(_tags)]


class RunStats(Model):
    """What a run did, in numbers, and when. Source: ``RunStatsSnapshot``."""

    steps_succeeded: int = Field(validation_alias="stepsSucceeded")
    steps_failed: int = Field(validation_alias="stepsFailed")
    materializations: int
    expectations: int
    enqueued_time: Time | None = Field(None, validation_alias="enqueuedTime")
    launch_time: Time | None = Field(None, validation_alias="launchTime")
    start_time: Time | None = Field(None, validation_alias="startTime")
    end_time: Time | None = Field(None, validation_alias="endTime")


def _stats(value: Any) -> Any:
    """Dagster answers with an error in place of the numbers when it can't read them; that says nothing of the run."""
    return None if isinstance(value, dict) and value.get("__typename") == "PythonError" else value


class Run(Model):
    """One run as Dagster tells it. Source: ``runOrError``.

    ``status`` is one of Dagster's, or what a newer server invents. ``started_at`` and ``ended_at`` are null as long as
    it has not; a run canceled from the queue has both although it never started. ``tags`` hide those that start with
    ``.dagster/``. ``url`` is its page in Dagster's UI.
    """

    id: str = Field(validation_alias="runId")
    status: str
    created_at: Time | None = Field(None, validation_alias="creationTime")
    started_at: Time | None = Field(None, validation_alias="startTime")
    ended_at: Time | None = Field(None, validation_alias="endTime")
    pipeline_name: str = Field(validation_alias="pipelineName")
    mode: str
    job_name: str = Field(validation_alias="jobName")
    parent_run_id: str | None = Field(None, validation_alias="parentRunId")
    root_run_id: str | None = Field(None, validation_alias="rootRunId")
    tags: Tags
    stats: Annotated[RunStats | None, BeforeValidator(_stats)] = None
    url: str

    def as_of(self, row: "RunRow | None") -> "Run":
        """Return the run as a later poll knows it; where Dagster retried it meanwhile, that is another run."""
        if row is None:
            return self
        names = self.__class__.model_fields.keys() & RunRow.model_fields.keys()
        later = {name: getattr(row, name) for name in names}
        return self.model_copy(update={**later, "url": self.url.replace(self.id, row.id)})


class RunStep(Model):
    """A step of a run that has begun. Source: ``RunStepStats``. ``status`` is null before its first event."""

    key: str = Field(validation_alias="stepKey")
    status: str | None
    started_at: Time | None = Field(None, validation_alias="startTime")
    ended_at: Time | None = Field(None, validation_alias="endTime")


class RunRow(Model):
    """One run in a list or in a poll: what can be had of many runs at once. Source: ``runsOrError``.

    ``partition`` is the key of the partition it is a run of, or the first and the last one of several; ``duration`` is
    in seconds, null as long as the run has not ended or where it never started.
    ``step_keys`` and ``steps`` are there only where they were asked for (not in JSON): what is to be run, unknown
    before the run has started, and what has begun.
    """

    id: str = Field(validation_alias="runId")
    status: str
    created_at: Time | None = Field(None, validation_alias="creationTime")
    started_at: Time | None = Field(None, validation_alias="startTime")
    ended_at: Time | None = Field(None, validation_alias="endTime")
    duration: float | None = Field(default_factory=lambda data: _duration(data["started_at"], data["ended_at"]))
    job_name: str = Field(validation_alias="jobName")
    parent_run_id: str | None = Field(None, validation_alias="parentRunId")
    root_run_id: str | None = Field(None, validation_alias="rootRunId")
    tags: Tags
    partition: str | None = Field(default_factory=lambda data: _partition(data["tags"]))
    step_keys: list[str] | None = Field(None, validation_alias="stepKeysToExecute", exclude=True)
    steps: list[RunStep] = Field(default_factory=list, validation_alias="stepStats", exclude=True)


def _duration(started_at: datetime | None, ended_at: datetime | None) -> float | None:
    # A run that is canceled from the queue is given one time for both.
    if started_at is None or ended_at is None or started_at == ended_at:
        return None
    return (ended_at - started_at).total_seconds()


def _partition(tags: dict[str, str]) -> str | None:
    first, last = (tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end"))
    return tags.get("dagster/partition") or (f"{first}...{last}" if first else None)
