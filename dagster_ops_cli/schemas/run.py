"""A run."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from dagster_ops_cli.schemas.model import Model, Time


def _tags(value: Any) -> Any:
    """GraphQL has no maps: tags come as a list of keys and values."""
    return {tag["key"]: tag["value"] for tag in value} if isinstance(value, list) else value


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


class RunRow(Model):
    """One run in a list or in a poll: what can be had of many runs at once. Source: ``runsOrError``."""

    id: str = Field(validation_alias="runId")
    status: str
    job_name: str = Field(validation_alias="jobName")


class LaunchedRun(Model):
    """A run that Dagster has just accepted. Source: ``LaunchRunSuccess``."""

    id: str = Field(validation_alias="runId")
    status: str
