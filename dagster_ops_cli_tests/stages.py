"""Separate Dagsters for nouns whose scenarios would affect the scenarios of other nouns."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dagster_ops_cli.api.backfill import BackfillApi
from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli.http.client import HttpClient
from dagster_ops_cli.schemas.backfill.config import BackfillConfig
from dagster_ops_cli.settings import Settings
from dagster_ops_cli_tests.integration.automation import automation_dagster, wait_for_tick
from dagster_ops_cli_tests.integration.instant import INSTANCE
from dagster_ops_cli_tests.integration.monitored import monitored_dagster
from dagster_ops_cli_tests.integration.servers import QuickDagster

_TESTS = "dagster_ops_cli_tests.integration"


@contextmanager
def code_locations() -> Iterator[LocalDagster]:
    """A code server that does not re-import code, a module that Dagster imports itself, and one that is broken."""
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


# The ticks that the scenarios of schedules and sensors show.
TICKS = (
    ("schedule", "minute_schedule", "SUCCESS"),
    ("schedule", "failing_schedule", "FAILURE"),
    ("sensor", "upload_sensor", "SKIPPED"),
)


@contextmanager
def automation() -> Iterator[LocalDagster]:
    """Schedules and sensors that have ticked."""
    with automation_dagster() as dagster:
        for noun, name, status in TICKS:
            wait_for_tick(dagster.url, noun, name, status)
        yield dagster


# Partitions of `ingestion_job` for pictures: most stations were down for some days, one for longer.
DAYS = [f"2024-01-{day:02}" for day in range(1, 32)] + [f"2024-02-{day:02}" for day in range(1, 18)]
DOWN = {"NL01497": range(12, 14), "NL01912": range(12, 15), "NL10001": range(9, 20)}


@contextmanager
def screens() -> Iterator[LocalDagster]:
    """A backfill of many partitions whose runs ended at once; the last days were not launched."""
    config = BackfillConfig.model_validate(
        {
            "job_name": "ingestion_job",
            "strategy": "runs",
            "max_concurrent": 20,
            "tags": {
                "name": "measurements",
                "partitions": [
                    {"name": "daily", "start_date": DAYS[0], "end_date": DAYS[-1]},
                    {"name": "stations", "values": "all"},
                ],
            },
        }
    )
    with QuickDagster(instance=INSTANCE, parts=("code", "webserver")) as dagster:
        (dagster.home / "measurements").mkdir()
        failing = [f"{DAYS[day]}|{station}" for station, days in DOWN.items() for day in days]
        (dagster.home / "measurements" / "fail").write_text("\n".join(failing))
        for _ in BackfillApi(HttpClient(Settings(dagster.url))).launch(config):
            pass
        yield dagster


STAGES: Mapping[str, Callable[[], AbstractContextManager[LocalDagster]]] = {
    "code_location": code_locations,
    "pool": pools,
    "queue": pools,
    "screen": screens,
    **dict.fromkeys(("metrics", "top"), monitored_dagster),
    **dict.fromkeys(("automation", "schedule", "sensor"), automation),
}

# Runs that exist even if no scenario names them.
PRESENT: Mapping[str, set[str]] = {
    "pool": {"waiting_run", "queued_run"},
    "queue": {"crashed_run", "holding_run", "waiting_run", "queued_run", "queued_run_2"},
}
