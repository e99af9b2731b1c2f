"""A Dagster with something to see: runs that run, wait and have failed, a backfill, pools, ticks, a broken location."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.automation import automation_dagster, wait_for_tick, wait_until
from dagster_ops_cli_tests.invoke import invoke

_TESTS = "dagster_ops_cli_tests.integration"
_INSTANCE: dict[str, Any] = {
    "concurrency": {
        "runs": {"max_concurrent_runs": 4},
        "pools": {"granularity": "op", "default_limit": 1},
    },
}
_BROKEN = {"python_module": {"module_name": f"{_TESTS}.definitions_broken", "location_name": "broken"}}
_BACKFILL = {
    "job_name": "still_job",
    "tags": {
        "name": "#issue1234",
        "partitions": [
            {"name": "daily", "values": [f"2024-01-{day:02}" for day in range(1, 31)]},
            {"name": "stations", "values": ["a", "b", "c"]},
        ],
    },
}


@contextmanager
def monitored_dagster() -> Iterator[LocalDagster]:
    """The runs that run do so until Dagster is stopped; the backfill needs a minute or more."""
    with automation_dagster(
        ("etl",), _BROKEN, definitions=f"{_TESTS}.definitions_monitored", instance=_INSTANCE
    ) as dagster:
        failing = [_ask(dagster, f"run launch --job {job}")["id"] for job in ("survey_job", "lost_run_job")]
        _ask(dagster, f"run watch {' '.join(failing)}")
        # Stopped, so that its runs take no slot.
        _ask(dagster, "schedule stop minute_schedule --yes")
        holding, waiting = (_ask(dagster, f"run launch --job {job}")["id"] for job in ("hold_job", "wait_job"))
        wait_until(lambda: {_status(dagster, each) for each in (holding, waiting)} == {"STARTED"}, "runs to start")
        _ask(dagster, "run launch --job hold_job")
        _ask(dagster, "run launch --job sleepy_job")
        path = Path(dagster.home, "backfill.yaml")
        path.write_text(json.dumps(_BACKFILL))
        backfill = _ask(dagster, f"backfill launch {path}")["id"]
        wait_until(
            lambda: _ask(dagster, f"backfill get {backfill}")["counts"].get("SUCCESS", 0) > 0, "a partition to succeed"
        )
        wait_for_tick(dagster.url, "sensor", "failing_sensor", "FAILURE")
        yield dagster


def _ask(dagster: LocalDagster, line: str) -> Any:
    return json.loads(invoke(f"ops {line} --json --url {dagster.url}").stdout)


def _status(dagster: LocalDagster, run_id: str) -> str:
    return str(_ask(dagster, f"run get {run_id}")["status"])
