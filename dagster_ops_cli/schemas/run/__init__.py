"""A run."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AliasPath, BeforeValidator, Field

from dagster_ops_cli import times
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.model import Model, Time

if TYPE_CHECKING:
    from datetime import datetime


def _tags(value: Any) -> Any:
    """Return tags as a dictionary; GraphQL has no maps and returns a list of keys and values."""
    return {tag["key"]: tag["value"] for tag in value} if isinstance(value, list) else value


Tags = Annotated[dict[str, str], BeforeValidator(_tags)]


# Null for a run that Python code created without a code location.
_LOCATION = AliasPath("repositoryOrigin", "repositoryLocationName")


def _duration(run: dict[str, Any]) -> float | None:
    started_at: datetime | None = run.get("started_at")
    ended_at: datetime | None = run.get("ended_at")
    if ended_at is None and run.get("status") not in FINISHED_RUN_STATUSES:
        ended_at = times.now()
    # A run that was canceled in the queue has the same time for both.
    if started_at is None or ended_at is None or started_at == ended_at:
        return None
    # The clocks of two machines may differ.
    return max(0.0, (ended_at - started_at).total_seconds())


class RunStats(Model):
    """The numbers and times of a run. Source: ``RunStatsSnapshot``."""

    steps_succeeded: int = Field(validation_alias="stepsSucceeded")
    steps_failed: int = Field(validation_alias="stepsFailed")
    materializations: int
    expectations: int
    enqueued_time: Time | None = Field(None, validation_alias="enqueuedTime")
    launch_time: Time | None = Field(None, validation_alias="launchTime")
    start_time: Time | None = Field(None, validation_alias="startTime")
    end_time: Time | None = Field(None, validation_alias="endTime")


def _stats(value: Any) -> Any:
    """Return None for an error: Dagster may fail to read the statistics of any run."""
    return None if isinstance(value, dict) and value.get("__typename") == "PythonError" else value


class Run(Model):
    """One run. Source: ``runOrError``.

    ``status`` is one of RUN_STATUSES, or one that a newer server added. ``started_at`` and ``ended_at`` are null until
    the run starts and ends; a run that was canceled in the queue has both. ``tags`` do not include hidden tags, which
    start with ``.dagster/``. ``url`` is the run's page in Dagster's UI. ``partition`` and ``duration`` are explained at
    RunRow.
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
    partition: str | None = Field(default_factory=lambda data: dagster_tags.partition_of(data.get("tags", {})))
    location_name: str | None = Field(None, validation_alias=_LOCATION)
    duration: float | None = Field(default_factory=_duration)

    @property
    def is_retried(self) -> bool:
        """Whether Dagster itself has retried the run, or will."""
        return dagster_tags.AUTO_RETRY_RUN in self.tags or dagster_tags.will_retry(self.tags) is True

    def as_of(self, row: "RunRow | None") -> "Run":
        """Return the run updated from a later poll, which may be of another run: Dagster's retry of this one."""
        if row is None:
            return self
        names = self.__class__.model_fields.keys() & RunRow.model_fields.keys()
        later = {name: getattr(row, name) for name in names}
        return self.model_copy(update=later)


class EndedAttempt(Model):
    """An attempt at a step that has ended. Source: ``RunMarker``."""

    started_at: Time | None = Field(None, validation_alias="startTime")
    ended_at: Time | None = Field(None, validation_alias="endTime")


class RunStep(Model):
    """A step of a run that has started. Source: ``RunStepStats``.

    ``status`` is null before its first event. ``attempts`` does not include the one that is in progress.
    """

    key: str = Field(validation_alias="stepKey")
    status: str | None
    started_at: Time | None = Field(None, validation_alias="startTime")
    ended_at: Time | None = Field(None, validation_alias="endTime")
    attempts: list[EndedAttempt] = Field(default_factory=list)


class RunRow(Model):
    """One run in a list or in a poll. Source: ``runsOrError``.

    ``partition`` is the partition's key, or ``first...last`` for a range. ``duration`` is in seconds, so far for an
    unfinished run; null if the run has not started. ``url`` is its page in Dagster's UI. Not in JSON, and only if they
    were requested: ``step_keys``, all steps (null before the run has started), and ``steps``, those that have started.
    """

    id: str = Field(validation_alias="runId")
    status: str
    created_at: Time | None = Field(None, validation_alias="creationTime")
    started_at: Time | None = Field(None, validation_alias="startTime")
    ended_at: Time | None = Field(None, validation_alias="endTime")
    duration: float | None = Field(default_factory=_duration)
    job_name: str = Field(validation_alias="jobName")
    parent_run_id: str | None = Field(None, validation_alias="parentRunId")
    root_run_id: str | None = Field(None, validation_alias="rootRunId")
    tags: Tags
    partition: str | None = Field(default_factory=lambda data: dagster_tags.partition_of(data.get("tags", {})))
    location_name: str | None = Field(None, validation_alias=_LOCATION)
    url: str
    step_keys: list[str] | None = Field(None, validation_alias="stepKeysToExecute", exclude=True)
    steps: list[RunStep] = Field(default_factory=list, validation_alias="stepStats", exclude=True)
