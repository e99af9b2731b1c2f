"""The operations that each command sends, and the permissions that these need."""

import pkgutil
from collections.abc import Mapping
from importlib import import_module

from dagster_ops_cli import adapters

# Groups of operations that several commands use.
_FIND_JOB_TARGET = ("LIST_JOBS", "GET_JOB_PARTITIONING", "LIST_PARTITION_LAUNCHES")
_FIND_ASSET = ("GET_ASSET", "LIST_ASSET_KEYS", "LIST_ASSET_PLACES", "LIST_JOBS")
_PARTITION_STATES = (
    "GET_JOB_PARTITIONING",
    "LIST_JOB_PARTITION_STATES",
    "LIST_ASSET_PARTITION_STATES",
    "LIST_HIDDEN_ASSET_PARTITION_STATES",
)
_SELECT_RUNS = ("LIST_RUNS", "LIST_JOBS")
_BACKFILL_STATE = (
    "POLL_BACKFILL",
    "POLL_LAUNCH",
    "LIST_RUNS",
    # To find out whether partitions without a run still exist, and which partitions a range has.
    "LIST_JOBS",
    "GET_JOB_PARTITIONING",
    "GET_ASSET",
    "LIST_BACKFILL_PARTITIONS",
)
_BACKFILL = (*_BACKFILL_STATE, "LIST_RUN_EVENTS")
_PLAN = (
    *_FIND_ASSET,
    *_PARTITION_STATES,
    "LIST_PARTITION_LAUNCHES",
    "CHECK_RUN_CONFIG",
    "LIST_BACKFILLS",
    "COUNT_LAUNCHES",
    "LIST_LAUNCH_VALUES",
    "LIST_RUNS",
)
# Launching includes canceling duplicates.
_WORK = (
    "LOOK_AT_LAUNCH",
    "LIST_BACKFILLS",
    "COUNT_LAUNCHES",
    "LAUNCH_BACKFILL",
    "LAUNCH_PARTITION_RUNS",
    "CANCEL_BACKFILL",
    "TERMINATE_RUNS",
)
_LAUNCH_BACKFILL = (*_PLAN, *_BACKFILL, *_WORK)
_LAUNCH_RUN = (*_FIND_JOB_TARGET, "GET_ASSETS", "LIST_ASSET_KEYS", "LAUNCH_RUN", "LIST_RUNS", "GET_RUN")
_PLAN_POOLS = ("LIST_ALL_POOLS", "LIST_RUNS", "LIST_DEFINED_POOLS")
_GET_POOL = (*_PLAN_POOLS, "LIST_QUEUED_NEEDS")
_ASSETS = ("LIST_ASSETS", "LIST_OLD_ASSETS")
_ASSET_DETAIL = ("GET_ASSET_DETAIL", "GET_TAGGED_ASSET_DETAIL", "GET_OLD_ASSET_DETAIL", "LIST_ASSET_PLACES")
_CHECKS = ("LIST_ASSET_CHECKS", "LIST_OLD_ASSET_CHECKS", "LIST_CHECK_EXECUTIONS", "LIST_OLD_CHECK_EXECUTIONS")
_REPORT = (*_FIND_ASSET, "LIST_PERMISSIONS", "LIST_LATEST_ASSET_EVENTS")
_DYNAMIC_PARTITIONS = ("LIST_DYNAMIC_DEFINITIONS", "LIST_DYNAMIC_PARTITIONS", "LIST_JOBS")
_FIND_MISSING = ("LIST_JOB_ASSETS", "LIST_DYNAMIC_DEFINITIONS")
_ADD_MISSING = (*_FIND_MISSING, *_DYNAMIC_PARTITIONS, "ADD_DYNAMIC_PARTITIONS")
_RUN_CHECKS = ("LIST_PLANNED_CHECKS", "LIST_CHECK_EVENTS")
# What --report needs besides the command's own documents: for one run, and for backfills and several runs.
_RUN_FILES = (
    *("LIST_RUNS", "GET_RUN", "LIST_RUN_EVENT_DETAILS", "GET_RUN_PLAN", "GET_CAPTURED_LOG", "LIST_CHECK_EVENTS"),
)
_FILES = (
    *("LIST_RUNS", "LIST_BACKFILL_PARTITIONS", "LIST_BACKFILLS", "COUNT_LAUNCHES", "LIST_LAUNCH_VALUES"),
    *("LIST_FIRST_EVENTS", "LIST_FIRST_LOGS"),
)
_FAILED_CHECKS = ("LIST_CHECKED_RUNS", "LIST_CHECK_EVENTS", "LIST_CHECK_EXECUTIONS", "LIST_OLD_CHECK_EXECUTIONS")
# To find the run or backfill that the beginning of an id, @latest or @failed stands for.
_ONE_RUN = ("LIST_RUNS", "LIST_JOBS")
_ONE_BACKFILL = ("LIST_BACKFILLS", "LIST_LAUNCH_VALUES", "LIST_FIRST_RUNS")
# The documents of each command, by name. Tests check that no command is missing and that no recorded one sends others.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "api asset-check get": (*_CHECKS, *_ASSETS, "LIST_JOBS"),
    "api asset-check report": (
        *_CHECKS,
        *_ASSETS,
        *_FIND_ASSET,
        "LIST_PERMISSIONS",
        "LIST_PARTITION_CHECK_EXECUTIONS",
    ),
    "api asset-check run": (*_CHECKS, *_ASSETS, "LAUNCH_RUN", "LIST_RUNS", "GET_RUN", *_RUN_CHECKS),
    "api asset-check list": (*_CHECKS, *_ASSETS, "LIST_JOBS", "LIST_LOCATION_STATES"),
    "api asset events": ("LIST_ASSET_EVENTS", *_ASSETS),
    "api asset get": (*_ASSET_DETAIL, *_CHECKS, *_ASSETS, "LIST_JOBS"),
    "api asset health": (*_ASSETS, "LIST_ASSET_STATES", "LIST_OLD_ASSET_STATES", *_CHECKS),
    "api asset materialize": (*_ASSETS, "LIST_REQUIRED_ASSETS", *_LAUNCH_RUN, *_RUN_CHECKS, *_RUN_FILES),
    "api asset report-materialization": _REPORT,
    "api asset report-observation": _REPORT,
    "api asset wipe": ("GET_ASSET_HISTORY", *_FIND_ASSET, *_ASSETS, "WIPE_ASSETS"),
    "api asset list": (*_ASSETS, "LIST_LATEST_MATERIALIZATIONS"),
    "api automation freeze": ("LIST_AUTOMATION", "STOP_SCHEDULE", "STOP_SENSOR"),
    "api automation list": ("LIST_AUTOMATION",),
    "api automation restore": ("LIST_AUTOMATION", "START_SCHEDULE", "START_SENSOR"),
    "api backfill cancel": (*_ONE_BACKFILL, *_BACKFILL, "CANCEL_BACKFILL", "TERMINATE_RUNS"),
    "api backfill get": (*_ONE_BACKFILL, *_BACKFILL, *_FILES),
    "api backfill launch": (*_LAUNCH_BACKFILL, *_ADD_MISSING, *_FAILED_CHECKS, *_FILES),
    "api backfill list": (*_BACKFILL_STATE, "LIST_BACKFILLS", "LIST_LAUNCH_VALUES", "LIST_FIRST_RUNS"),
    "api backfill plan": (*_PLAN, *_BACKFILL, *_FIND_MISSING),
    "api backfill resume": (*_ONE_BACKFILL, *_BACKFILL, "COUNT_LAUNCHES", "RESUME_BACKFILL"),
    "api backfill retry": (
        *_ONE_BACKFILL,
        *_BACKFILL,
        *_FIND_ASSET,
        "GET_RUN_ORIGIN",
        "LIST_PARTITION_LAUNCHES",
        *_WORK,
        *_FAILED_CHECKS,
        *_FILES,
    ),
    "api backfill watch": (*_ONE_BACKFILL, *_BACKFILL, "COUNT_LAUNCHES", *_FAILED_CHECKS, *_FILES),
    "api code-location get": ("LIST_CODE_LOCATIONS", "GET_REPOSITORY_CONTENT"),
    "api code-location list": ("LIST_CODE_LOCATIONS",),
    "api code-location reload": ("LIST_CODE_LOCATIONS", "RELOAD_CODE_LOCATION"),
    "api daemon list": ("LIST_DAEMONS",),
    "api dynamic-partition add": (*_DYNAMIC_PARTITIONS, "ADD_DYNAMIC_PARTITIONS"),
    "api dynamic-partition delete": (*_DYNAMIC_PARTITIONS, "DELETE_DYNAMIC_PARTITIONS"),
    "api dynamic-partition list": _DYNAMIC_PARTITIONS,
    "api job get": (*_FIND_JOB_TARGET, "LIST_JOB_ASSETS", "GET_RUN_CONFIG_SCHEMA"),
    "api job list": ("LIST_JOBS", "LIST_PARTITIONED_JOBS"),
    "api partition list": (*_FIND_ASSET, *_PARTITION_STATES),
    "api pool free": ("LIST_ALL_POOLS", "LIST_RUNS", "FREE_SLOTS"),
    "api pool get": _GET_POOL,
    "api pool list": ("LIST_ALL_POOLS", "LIST_RUNS"),
    "api pool set": (*_PLAN_POOLS, "SET_POOL_LIMIT"),
    "api pool unset": (*_PLAN_POOLS, *_GET_POOL, "DELETE_POOL_LIMIT"),
    "api queue get": ("GET_RUN_QUEUE", "LIST_RUNS", "LIST_QUEUED_NEEDS", "LIST_ALL_POOLS"),
    "api run delete": (*_SELECT_RUNS, "DELETE_RUN"),
    "api run get": (*_ONE_RUN, "GET_RUN", "LIST_RUN_EVENTS", *_RUN_FILES),
    "api run launch": (*_LAUNCH_RUN, *_FIND_ASSET, "LIST_RUN_EVENTS", *_ADD_MISSING, *_FAILED_CHECKS, *_RUN_FILES),
    "api run list": _SELECT_RUNS,
    "api run logs": (*_ONE_RUN, "LIST_RUN_EVENT_DETAILS", "GET_RUN_PLAN", "GET_CAPTURED_LOG"),
    "api run reexecute": (*_SELECT_RUNS, "LIST_RUN_SELECTIONS", "REEXECUTE_RUN", "TERMINATE_RUNS"),
    "api run stats": (*_SELECT_RUNS, "LIST_RUN_EVENTS"),
    "api run terminate": (*_SELECT_RUNS, "TERMINATE_RUNS"),
    "api run timeline": (*_SELECT_RUNS, "GET_RUN_PLAN"),
    "api run watch": (*_SELECT_RUNS, *_FAILED_CHECKS, *_FILES, *_RUN_FILES),
    "api run why": (
        *_ONE_RUN,
        "GET_RUN",
        "LIST_RUN_EVENT_DETAILS",
        "GET_RUN_PLAN",
        "GET_CAPTURED_LOG",
        "GET_RUN_QUEUE",
        "LIST_POOLS",
        "LIST_CHECK_EVENTS",
    ),
    "api run-events get": (*_ONE_RUN, "LIST_RUN_EVENTS", "FOLLOW_RUN_EVENTS", "LIST_EVENT_TYPES"),
    "api schedule get": ("LIST_AUTOMATION", "GET_SCHEDULE"),
    "api schedule list": ("LIST_AUTOMATION",),
    "api schedule preview": ("LIST_AUTOMATION", "GET_SCHEDULE", "PREVIEW_SCHEDULE"),
    "api schedule reset": ("LIST_AUTOMATION", "RESET_SCHEDULE"),
    "api schedule start": ("LIST_AUTOMATION", "START_SCHEDULE"),
    "api schedule stop": ("LIST_AUTOMATION", "STOP_SCHEDULE"),
    "api schedule ticks": ("LIST_AUTOMATION", "LIST_SCHEDULE_TICKS"),
    "api sensor get": ("LIST_AUTOMATION", "GET_SENSOR"),
    "api sensor list": ("LIST_AUTOMATION",),
    "api sensor preview": ("LIST_AUTOMATION", "GET_SENSOR", "PREVIEW_SENSOR"),
    "api sensor reset": ("LIST_AUTOMATION", "RESET_SENSOR"),
    "api sensor set-cursor": ("LIST_AUTOMATION", "GET_SENSOR", "SET_SENSOR_CURSOR"),
    "api sensor start": ("LIST_AUTOMATION", "START_SENSOR"),
    "api sensor stop": ("LIST_AUTOMATION", "STOP_SENSOR"),
    "api sensor ticks": ("LIST_AUTOMATION", "LIST_SENSOR_TICKS"),
    "doctor": ("GET_VERSION", "LIST_DAEMONS", "LIST_LOCATION_STATES", "LIST_PERMISSIONS"),
    "metrics": (
        "GET_METRICS",
        "GET_UNSUSPENDED_METRICS",
        "GET_OLD_METRICS",
        "GET_QUEUED_TIME",
        "LIST_ALL_POOLS",
        "LIST_RUNS",
    ),
    "script backfill": (*_LAUNCH_BACKFILL, *_ADD_MISSING, *_FAILED_CHECKS, *_FILES),
    "script launch": (*_LAUNCH_RUN, "TERMINATE_RUNS", *_FAILED_CHECKS, *_RUN_FILES),
    "top": ("GET_TOP", "GET_OLD_TOP", "GET_TOP_DETAILS"),
    "script pools": (*_PLAN_POOLS, "SET_POOL_LIMIT", "DELETE_POOL_LIMIT"),
}
# The replacement for a document that an older server can't serve; null if it can be left out.
OLDER: Mapping[str, str | None] = {
    "GET_ASSET_DETAIL": "GET_TAGGED_ASSET_DETAIL",
    "GET_TAGGED_ASSET_DETAIL": "GET_OLD_ASSET_DETAIL",
    "GET_METRICS": "GET_UNSUSPENDED_METRICS",
    "GET_TOP": "GET_OLD_TOP",
    "GET_UNSUSPENDED_METRICS": "GET_OLD_METRICS",
    "LIST_ASSET_STATES": "LIST_OLD_ASSET_STATES",
    "LIST_ASSETS": "LIST_OLD_ASSETS",
    "LIST_ASSET_CHECKS": "LIST_OLD_ASSET_CHECKS",
    "LIST_CHECK_EXECUTIONS": "LIST_OLD_CHECK_EXECUTIONS",
    "LIST_CHECKED_RUNS": "LIST_CHECK_EVENTS",
    "LIST_PLANNED_CHECKS": "LIST_CHECK_EVENTS",
    "LIST_PARTITION_CHECK_EXECUTIONS": None,
    "LIST_REQUIRED_ASSETS": None,
}
# The permission that each mutation needs.
PERMISSIONS: Mapping[str, str] = {
    "ADD_DYNAMIC_PARTITIONS": "edit_dynamic_partitions",
    "CANCEL_BACKFILL": "cancel_partition_backfill",
    "DELETE_POOL_LIMIT": "edit_concurrency_limit",
    "DELETE_DYNAMIC_PARTITIONS": "edit_dynamic_partitions",
    "DELETE_RUN": "delete_pipeline_run",
    "FREE_SLOTS": "edit_concurrency_limit",
    "LAUNCH_BACKFILL": "launch_partition_backfill",
    "LAUNCH_PARTITION_RUNS": "launch_pipeline_execution",
    "LAUNCH_RUN": "launch_pipeline_execution",
    "PREVIEW_SCHEDULE": "schedule_dry_run",
    "PREVIEW_SENSOR": "sensor_dry_run",
    "REEXECUTE_RUN": "launch_pipeline_reexecution",
    "RELOAD_CODE_LOCATION": "reload_repository_location",
    "SET_POOL_LIMIT": "edit_concurrency_limit",
    "RESET_SCHEDULE": "start_schedule",
    "RESET_SENSOR": "edit_sensor",
    "RESUME_BACKFILL": "launch_partition_backfill",
    "SET_SENSOR_CURSOR": "update_sensor_cursor",
    "START_SCHEDULE": "start_schedule",
    "START_SENSOR": "edit_sensor",
    "STOP_SCHEDULE": "stop_running_schedule",
    "STOP_SENSOR": "edit_sensor",
    "TERMINATE_RUNS": "terminate_pipeline_execution",
    "WIPE_ASSETS": "wipe_assets",
}
# The permission that a command needs for a REST endpoint, by the start of the endpoint's path.
ENDPOINTS: Mapping[str, tuple[str, str]] = {
    "api asset report-materialization": ("/report_asset_materialization/", "report_runless_asset_events"),
    "api asset report-observation": ("/report_asset_observation/", "report_runless_asset_events"),
    "api asset-check report": ("/report_asset_check/", "report_runless_asset_events"),
}


def commands_by_permission() -> dict[str, list[str]]:
    """Return, by the name of each permission, the commands that need it."""
    needed: dict[str, list[str]] = {}
    for command, names in COMMANDS.items():
        _, *also = ENDPOINTS.get(command, ("",))
        for permission in sorted({*also, *(PERMISSIONS[name] for name in names if name in PERMISSIONS)}):
            needed.setdefault(permission, []).append(command)
    return needed


def may_change(command: str) -> bool:
    """Return whether a command may change something in Dagster. Previews are mutations that change nothing."""
    return command in ENDPOINTS or any(
        name in PERMISSIONS and not PERMISSIONS[name].endswith("_dry_run") for name in COMMANDS[command]
    )


def documents_by_name() -> dict[str, str]:
    """Return the GraphQL text of every operation by the name of its constant."""
    modules = pkgutil.walk_packages(adapters.__path__, f"{adapters.__name__}.")
    named = (pair for module in modules for pair in vars(import_module(module.name)).items())
    return {
        name: value
        for name, value in named
        if name.isupper() and isinstance(value, str) and value.lstrip().startswith(("query ", "mutation "))
    }
