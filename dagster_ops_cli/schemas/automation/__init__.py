"""Schedules and sensors, which Dagster calls instigators, and their ticks."""

from typing import Any

from pydantic import Field

from dagster_ops_cli import times
from dagster_ops_cli.schemas.enums import RUNNING, SCHEDULE, SENSOR
from dagster_ops_cli.schemas.job import CodeLocation
from dagster_ops_cli.schemas.model import Model, Time
from dagster_ops_cli.schemas.page import Page
from dagster_ops_cli.schemas.run import Tags

# A daemon may begin a tick this much later than it is due, in seconds, before the tick counts as missed.
GRACE = 60.0
# Users write the cursors of sensors of this kind; the cursor of any other kind is Dagster's own serialized state.
STANDARD = "STANDARD"


class TickError(Model):
    """The error of a tick. ``message`` is Dagster's own; the error of the user's code is the first of ``causes``."""

    message: str
    class_name: str | None = Field(None, validation_alias="className")
    causes: "list[TickError]" = Field(default_factory=list)

    @property
    def reason(self) -> str:
        """The message of the user's error if there is one, otherwise Dagster's."""
        return (self.causes[0] if self.causes else self).message.strip()


class PartitionRequest(Model):
    """Keys that a sensor added to a dynamic partitions definition, or deleted from it.

    ``skipped_keys`` existed already, or were deleted already.
    """

    type: str
    definition: str = Field(validation_alias="partitionsDefName")
    keys: list[str] | None = Field(None, validation_alias="partitionKeys")
    skipped_keys: list[str] = Field(default_factory=list, validation_alias="skippedPartitionKeys")


class Tick(Model):
    """One evaluation of a schedule or sensor. ``status`` is STARTED, SUCCESS, SKIPPED or FAILURE.

    ``run_ids`` are the runs that it launched. A SKIPPED tick with ``run_keys`` requested runs whose keys were used
    before. ``requested_materializations`` counts the assets that an automation sensor requested.
    """

    id: str
    timestamp: Time
    ended_at: Time | None = Field(None, validation_alias="endTimestamp")
    status: str
    skip_reason: str | None = Field(None, validation_alias="skipReason")
    run_ids: list[str] = Field(default_factory=list, validation_alias="runIds")
    run_keys: list[str] = Field(default_factory=list, validation_alias="runKeys")
    requested_materializations: int = Field(0, validation_alias="requestedAssetMaterializationCount")
    partition_requests: list[PartitionRequest] = Field(
        default_factory=list, validation_alias="dynamicPartitionsRequestResults"
    )
    cursor: str | None = None
    error: TickError | None = None


class LastTick(Model):
    """The last tick that has ended, in a list."""

    timestamp: Time
    status: str
    skip_reason: str | None = Field(None, validation_alias="skipReason")
    run_ids: list[str] = Field(default_factory=list, validation_alias="runIds")
    error: TickError | None = None


class AutomationId(Model):
    """What identifies a schedule or sensor; ``type`` is SCHEDULE or SENSOR."""

    type: str
    name: str
    location_name: str
    repository_name: str

    @property
    def identity(self) -> dict[str, str]:
        """The fields that identify it."""
        return {name: getattr(self, name) for name in AutomationId.model_fields}

    @property
    def key(self) -> tuple[str, str, str, str]:
        """The same fields as a tuple, to compare and sort by."""
        return self.type, self.location_name, self.repository_name, self.name

    @property
    def label(self) -> str:
        """The name in messages."""
        return f"{self.type.lower()} {self.name} ({self.location_name})"


def _is_failing(data: dict[str, Any]) -> bool:
    last: LastTick | None = data.get("last_tick")
    return data.get("status") == RUNNING and last is not None and last.status == "FAILURE"


def _is_late(data: dict[str, Any]) -> bool:
    due, last, since = data.get("due_at"), data.get("ticked_at"), data.get("running_since")
    return (
        data.get("status") == RUNNING
        and due is not None
        and (last is None or last < due)
        and (since is None or since < due)
        and (times.now() - due).total_seconds() > GRACE
    )


class Automation(AutomationId):
    """A schedule or sensor with its state.

    ``kind`` is SCHEDULE, or what Dagster calls the sensor's type. ``cron`` are a schedule's cron expressions,
    ``interval`` is a sensor's minimum time between ticks in seconds. ``last_tick`` is the last one that has ended.
    ``failing`` says that it is running and its last tick failed; ``late`` that it is running and missed a tick, because
    the daemon or its code location does not work, or because it has only just been started.
    """

    kind: str
    status: str
    default_status: str = Field(validation_alias="defaultStatus")
    cron: list[str]
    timezone: str | None
    interval: int | None
    job_names: list[str]
    next_tick: Time | None = None
    last_tick: LastTick | None = None
    # The time of the last tick, of the last one that was due, and the start of the time in which ticks are due.
    ticked_at: Time | None = Field(None, exclude=True)
    due_at: Time | None = Field(None, exclude=True)
    running_since: Time | None = Field(None, exclude=True)
    failing: bool = Field(default_factory=_is_failing)
    late: bool = Field(default_factory=_is_late)
    url: str
    origin_id: str = Field(exclude=True)
    selector_id: str = Field(exclude=True)
    can_reset: bool = Field(exclude=True, validation_alias="canReset")


class AutomationFilter(Model):
    """A filter for schedules and sensors; None means any. ``types`` holds SCHEDULE, SENSOR or both."""

    types: tuple[str, ...] = (SCHEDULE, SENSOR)
    location_name: str | None = None
    repository_name: str | None = None
    status: str | None = None
    failing: bool = False
    late: bool = False

    def passes(self, item: Automation) -> bool:
        """Whether a schedule or sensor matches."""
        return (
            item.type in self.types
            and self.location_name in (None, item.location_name)
            and self.repository_name in (None, item.repository_name)
            and self.status in (None, item.status)
            and (item.failing or not self.failing)
            and (item.late or not self.late)
        )


class AutomationPage(Page[Automation]):
    """Schedules and sensors; those of the ``broken`` code locations, which do not load, are missing (not in JSON)."""

    broken: list[CodeLocation] = Field(exclude=True)


class AutomationDetail(Automation):
    """A schedule or sensor with its next ticks, its last ones, and a sensor's cursor."""

    description: str | None
    next_ticks: list[Time]
    cursor: str | None
    ticks: list[Tick]


class AutomationResult(AutomationId):
    """The result of changing one schedule or sensor.

    ``done`` says whether it now has the wanted status, ``changed`` whether it had another one before. ``error`` and
    ``code`` say why it is not done. ``status`` was read back; null if it is not known.
    """

    done: bool
    changed: bool = False
    status: str | None = None
    error: str | None = None
    code: str | None = None
    # The status before, the wanted one, and the verb: start, stop or reset.
    before: str | None = Field(None, exclude=True)
    wanted: str | None = Field(None, exclude=True)
    verb: str | None = Field(None, exclude=True)


class RunRequest(Model):
    """A run that a tick would request. ``run_config`` is YAML; ``asset_keys`` are null for the whole job."""

    job_name: str | None = Field(None, validation_alias="jobName")
    run_key: str | None = Field(None, validation_alias="runKey")
    tags: Tags
    asset_keys: list[str] | None = None
    run_config: str = Field(validation_alias="runConfigYaml")


class Preview(AutomationId):
    """What a tick would do. ``at`` is the time of a schedule's tick.

    ``cursor_before`` is a sensor's cursor before the tick, ``cursor`` the one after it.
    """

    at: Time | None
    cursor_before: str | None
    cursor: str | None
    skip_reason: str | None = Field(validation_alias="skipReason")
    run_requests: list[RunRequest]
    partition_requests: list[PartitionRequest]
    error: TickError | None


class CursorChange(AutomationId):
    """A sensor's cursor before and after it was set; null for none."""

    kind: str
    old_cursor: str | None
    new_cursor: str | None
