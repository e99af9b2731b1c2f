"""Dagsters of their own for nouns whose scenarios would change what those of other nouns see."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.automation import automation_dagster, wait_for_tick
from dagster_ops_cli_tests.integration.monitored import monitored_dagster

_TESTS = "dagster_ops_cli_tests.integration"


@contextmanager
def code_locations() -> Iterator[LocalDagster]:
    """A code server that does not import code anew, a module that Dagster imports itself, and one that is broken."""
    modules = {"second": "definitions_second", "broken": "definitions_broken"}
    known = [
        {"python_module": {"module_name": f"{_TESTS}.{module}", "location_name": name}}
        for name, module in modules.items()
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "workspace.yaml"
        path.write_text(json.dumps({"load_from": known}))
        with LocalDagster(parts=("code", "webserver"), options=["-w", str(path)]) as dagster:
            yield dagster


POOLS = {"runs": {"max_concurrent_runs": 10}, "pools": {"granularity": "op", "default_limit": 1}}


def pools() -> LocalDagster:
    """Pools that take one step each."""
    return LocalDagster(f"{_TESTS}.definitions_pools", {"concurrency": POOLS})


# Ticks that the scenarios of schedules and sensors look at.
TICKS = (
    ("schedule", "minute_schedule", "SUCCESS"),
    ("schedule", "failing_schedule", "FAILURE"),
    ("sensor", "upload_sensor", "SKIPPED"),
)


@contextmanager
def automation() -> Iterator[LocalDagster]:
    """Schedules and sensors that have had ticks."""
    with automation_dagster() as dagster:
        for noun, name, status in TICKS:
            wait_for_tick(dagster.url, noun, name, status)
        yield dagster


STAGES: Mapping[str, Callable[[], AbstractContextManager[LocalDagster]]] = {
    "code_location": code_locations,
    "pool": pools,
    "queue": pools,
    **dict.fromkeys(("metrics", "top"), monitored_dagster),
    **dict.fromkeys(("automation", "schedule", "sensor"), automation),
}

# Runs that are there whether a scenario names them or not.
PRESENT: Mapping[str, set[str]] = {
    "pool": {"waiting_run", "queued_run"},
    "queue": {"crashed_run", "holding_run", "waiting_run", "queued_run", "queued_run_2"},
}
