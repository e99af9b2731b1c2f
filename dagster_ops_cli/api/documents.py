"""Which operations a command sends: what a server has to know to serve it."""

import pkgutil
from collections.abc import Mapping
from importlib import import_module

from dagster_ops_cli import adapters

_PLAN = (
    "LIST_JOBS",
    "GET_JOB_PARTITIONING",
    "LIST_JOB_PARTITION_STATES",
    "GET_ASSET",
    "LIST_ASSET_KEYS",
    "LIST_ASSET_PLACES",
    "LIST_ASSET_PARTITION_STATES",
    "LIST_PARTITION_LAUNCHES",
    "CHECK_RUN_CONFIG",
    "LIST_BACKFILLS",
)
# By the names of the documents. A test holds that no command under `ops api` is missing.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "api backfill cancel": ("POLL_BACKFILL", "LIST_RUNS", "CANCEL_BACKFILL", "TERMINATE_RUNS"),
    "api backfill get": ("POLL_BACKFILL", "POLL_LAUNCH", "LIST_BACKFILL_PARTITIONS", "LIST_RUN_EVENTS"),
    "api backfill launch": (
        *_PLAN,
        "LAUNCH_BACKFILL",
        "POLL_BACKFILL",
        "POLL_LAUNCH",
        "LAUNCH_PARTITION_RUNS",
        "LIST_RUNS",
    ),
    "api backfill list": ("LIST_BACKFILLS", "LIST_LAUNCH_VALUES"),
    "api backfill plan": _PLAN,
    "api backfill resume": ("POLL_BACKFILL", "RESUME_BACKFILL"),
    "api backfill retry": (
        "POLL_BACKFILL",
        "LIST_BACKFILL_PARTITIONS",
        "GET_RUN_ORIGIN",
        "LAUNCH_BACKFILL",
        "LAUNCH_PARTITION_RUNS",
    ),
    "api backfill watch": ("POLL_BACKFILL", "POLL_LAUNCH", "LIST_BACKFILL_PARTITIONS", "LIST_RUN_EVENTS"),
    "api job get": ("LIST_JOBS", "GET_JOB_PARTITIONING", "LIST_JOB_ASSETS", "GET_RUN_CONFIG_SCHEMA"),
    "api job list": ("LIST_JOBS", "LIST_PARTITIONED_JOBS"),
    "api partition list": (
        "LIST_JOBS",
        "GET_JOB_PARTITIONING",
        "LIST_JOB_PARTITION_STATES",
        "GET_ASSET",
        "LIST_ASSET_KEYS",
        "LIST_ASSET_PLACES",
        "LIST_ASSET_PARTITION_STATES",
    ),
    "api run delete": ("LIST_RUNS", "DELETE_RUN"),
    "api run get": ("GET_RUN",),
    "api run launch": (
        "LIST_JOBS",
        "GET_JOB_PARTITIONING",
        "GET_ASSET",
        "LIST_ASSET_KEYS",
        "LIST_ASSET_PLACES",
        "CHECK_RUN_CONFIG",
        "LAUNCH_RUN",
        "LIST_RUNS",
        "GET_RUN",
    ),
    "api run list": ("LIST_RUNS", "LIST_JOBS"),
    "api run logs": ("LIST_RUN_EVENT_DETAILS", "GET_RUN_PLAN", "GET_CAPTURED_LOG"),
    "api run reexecute": ("LIST_RUNS", "LIST_RUN_SELECTIONS", "REEXECUTE_RUN", "TERMINATE_RUNS"),
    "api run stats": ("LIST_RUNS", "LIST_RUN_EVENTS"),
    "api run terminate": ("LIST_RUNS", "TERMINATE_RUNS"),
    "api run watch": ("LIST_RUNS",),
    "api run why": ("GET_RUN", "LIST_RUN_EVENT_DETAILS", "GET_RUN_PLAN", "GET_RUN_QUEUE", "LIST_POOLS"),
    "api run-events get": ("LIST_RUN_EVENTS", "FOLLOW_RUN_EVENTS", "LIST_EVENT_TYPES"),
    "doctor": ("GET_VERSION", "LIST_DAEMONS", "LIST_LOCATION_STATES", "LIST_PERMISSIONS"),
}


def documents() -> dict[str, str]:
    """Return the text of every document by its name."""
    modules = pkgutil.iter_modules(adapters.__path__, f"{adapters.__name__}.")
    named = (pair for module in modules for pair in vars(import_module(module.name)).items())
    return {
        name: value
        for name, value in named
        if name.isupper() and isinstance(value, str) and value.lstrip().startswith(("query ", "mutation "))
    }
