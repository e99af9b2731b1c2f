"""A Dagster with the same schedules and sensors in several code locations, which one process serves."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.servers import QuickDagster
from dagster_ops_cli_tests.invoke import invoke

DEFINITIONS = "dagster_ops_cli_tests.integration.definitions_automation"


@contextmanager
def automation_dagster(
    locations: Sequence[str] = ("etl", "twin"),
    *more: object,
    definitions: str = DEFINITIONS,
    instance: Mapping[str, Any] | None = None,
) -> Iterator[LocalDagster]:
    """``more`` are entries of the workspace beside these code locations."""
    with QuickDagster(definitions, instance, parts=("code",)) as dagster:
        path = dagster.home / "workspace.yaml"
        server = json.loads(path.read_text())["load_from"][0]["grpc_server"]
        entries = [{"grpc_server": {**server, "location_name": name}} for name in locations]
        path.write_text(json.dumps({"load_from": [*entries, *more]}))
        dagster.start("webserver")
        dagster.start("daemon")
        yield dagster


def wait_until(condition: Callable[[], bool], what: str, timeout: float = 300) -> None:
    """Wait for a condition. Fails after ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.2)


def statuses(url: str, noun: str, name: str, location: str = "etl") -> list[str]:
    """The statuses of the ticks of a schedule or sensor, the last one first."""
    outcome = invoke(f"ops api {noun} ticks {name} --location {location} --all --jsonl --url {url}")
    return [json.loads(line)["status"] for line in outcome.stdout.splitlines()]


def wait_for_tick(url: str, noun: str, name: str, status: str, location: str = "etl") -> None:
    """Wait until a schedule or sensor has had a tick with this status."""
    wait_until(lambda: status in statuses(url, noun, name, location), f"a {status} tick of {name}")
