"""Dagster's enumerations; standard library only, so that the command line can complete and suggest their names.

Source: Dagster's GraphQL schema, 1.6.5 to 1.13.27. Other names, from a newer server, are passed on.
"""

RUN_STATUSES = (
    "QUEUED",
    "NOT_STARTED",
    "MANAGED",
    "STARTING",
    "STARTED",
    "SUSPENDED",
    "SUCCESS",
    "FAILURE",
    "CANCELING",
    "CANCELED",
)
# A run passes through these statuses; one that stays in them may be stuck.
PASSING_RUN_STATUSES = ("QUEUED", "NOT_STARTED", "STARTING", "CANCELING")
FINISHED_RUN_STATUSES = frozenset({"SUCCESS", "FAILURE", "CANCELED"})
UNFINISHED_RUN_STATUSES = tuple(name for name in RUN_STATUSES if name not in FINISHED_RUN_STATUSES)
# Servers before 1.13.27 refuse a query that names it.
NEWEST_RUN_STATUS = "SUSPENDED"

BACKFILL_STATUSES = (
    "REQUESTED",
    "CANCELING",
    "CANCELED",
    "FAILING",
    "FAILED",
    "COMPLETED",
    "COMPLETED_SUCCESS",
    "COMPLETED_FAILED",
)
# The states that `ops` computes, apart from those that have the name of a status of Dagster and mean the same.
BACKFILL_STATES = ("WAITING", "RUNNING", "SUCCEEDED")

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

# The name of the type of plain log messages, which have no type in Dagster.
LOG = "LOG"
# Runs were once called pipelines: these events have two names each.
_RUN_EVENTS = ("CANCELED", "CANCELING", "DEQUEUED", "ENQUEUED", "FAILURE", "START", "STARTING", "SUCCESS")
EVENT_TYPES = (
    *(f"RUN_{name}" for name in _RUN_EVENTS),
    *(f"PIPELINE_{name}" for name in _RUN_EVENTS),
    "RUN_RESUMED",
    "RUN_SUSPENDED",
    "ALERT_FAILURE",
    "ALERT_START",
    "ALERT_SUCCESS",
    "ASSET_CHECK_EVALUATION",
    "ASSET_CHECK_EVALUATION_PLANNED",
    "ASSET_FAILED_TO_MATERIALIZE",
    "ASSET_HEALTH_CHANGED",
    "ASSET_MATERIALIZATION",
    "ASSET_MATERIALIZATION_PLANNED",
    "ASSET_OBSERVATION",
    "ASSET_STORE_OPERATION",
    "ASSET_WIPED",
    "CODE_LOCATION_UPDATED",
    "ENGINE_EVENT",
    "FRESHNESS_STATE_CHANGE",
    "FRESHNESS_STATE_EVALUATION",
    "HANDLED_OUTPUT",
    "HOOK_COMPLETED",
    "HOOK_ERRORED",
    "HOOK_SKIPPED",
    "LOADED_INPUT",
    LOG,
    "LOGS_CAPTURED",
    "OBJECT_STORE_OPERATION",
    "RESOURCE_INIT_FAILURE",
    "RESOURCE_INIT_STARTED",
    "RESOURCE_INIT_SUCCESS",
    "STEP_EXPECTATION_RESULT",
    "STEP_FAILURE",
    "STEP_INPUT",
    "STEP_OUTPUT",
    "STEP_RESTARTED",
    "STEP_SKIPPED",
    "STEP_START",
    "STEP_SUCCESS",
    "STEP_UP_FOR_RETRY",
    "STEP_WORKER_STARTED",
    "STEP_WORKER_STARTING",
)


def same_event_type(name: str) -> str:
    """Return the name to compare an event type by: ``RUN_START`` for ``PIPELINE_START``."""
    upper = name.upper()
    return "RUN_" + upper.removeprefix("PIPELINE_") if upper.startswith("PIPELINE_") else upper


# The last two mean the same: a partition of an asset is materialized, a partition of a job succeeds.
PARTITION_STATUSES = ("MISSING", "FAILED", "IN_PROGRESS", "MATERIALIZED", "SUCCEEDED")

# Schedules and sensors, as Dagster calls their types, their statuses and those of their ticks.
SCHEDULE, SENSOR = "SCHEDULE", "SENSOR"
RUNNING, STOPPED = "RUNNING", "STOPPED"
TICK_STATUSES = ("STARTED", "SUCCESS", "SKIPPED", "FAILURE")
