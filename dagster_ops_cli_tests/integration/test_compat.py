"""The main commands on the oldest and on the newest supported Dagster."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import dagster_ops_cli
from dagster_ops_cli.api.doctor.requirements import COMMANDS
from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.compat import OLDEST, python_of
from dagster_ops_cli_tests.invoke import Outcome, invoke
from dagster_ops_cli_tests.test_compat import SINCE

pytestmark = [pytest.mark.integration, pytest.mark.compat]

# The oldest has no concurrency pools, but it has a run queue.
QUEUE = {
    "module": "dagster.core.run_coordinator",
    "class": "QueuedRunCoordinator",
    "config": {"dequeue_interval_seconds": 1, "max_concurrent_runs": 2},
}


@pytest.fixture(scope="module", params=["oldest", "newest"])
def served(request: pytest.FixtureRequest) -> Iterator[LocalDagster]:
    if request.param == "newest":
        with LocalDagster() as server:
            yield server
        return
    if not python_of(OLDEST).exists():
        pytest.skip(f"Dagster {OLDEST} is installed by: make compat")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(dagster_ops_cli.__file__).parent.parent))
        instance = {"concurrency": None, "run_coordinator": QUEUE}
        with LocalDagster(instance=instance, python=str(python_of(OLDEST))) as server:
            yield server


def ops(server: LocalDagster, command: str) -> Outcome:
    return invoke(f"ops {command} --url {server.url}")


def test_a_run_from_its_launch_to_its_log(served: LocalDagster) -> None:
    launched = ops(
        served,
        'api run launch --job noisy_job --wait --interval 0.5 --json --config-json \'{"ops": {"chatty_op": '
        '{"config": {"lines": 30}}}}\'',
    )
    assert launched.exit_code == 1, launched
    run = json.loads(launched.stdout)
    assert run["status"] == "FAILURE"
    got = json.loads(ops(served, f"api run get {run['id']} --json").stdout)
    assert (got["id"], got["status"], got["job_name"]) == (run["id"], "FAILURE", "noisy_job")
    assert got["ended_at"]
    failure = json.loads(ops(served, f"api run-events get {run['id']} --type step_failure --limit 1 --json").stdout)
    assert failure["events"][0]["error"]["cause"]["className"] == "RuntimeError"
    whole = ops(served, f"api run-events get {run['id']} --all --jsonl").stdout.splitlines()
    walked: list[str] = []
    cursor = ""
    while True:
        page = json.loads(ops(served, f"api run-events get {run['id']} --limit 7 --json {cursor}").stdout)
        walked += [json.dumps(event) for event in page["events"]]
        if not page["has_more"]:
            break
        cursor = f"--cursor {page['cursor']}"
    assert [json.loads(each) for each in walked] == [json.loads(each) for each in whole]
    assert len(whole) > 30


def test_a_partition_a_list_and_a_tag(served: LocalDagster) -> None:
    launched = ops(
        served,
        "api run launch --job ingestion_job --partition '2024-01-01|NL01497' --tag team=air --wait --json",
    )
    assert launched.exit_code == 0, launched
    run = json.loads(launched.stdout)
    assert run["tags"]["dagster/partition/stations"] == "NL01497"
    listed = json.loads(ops(served, "api run list --tag team=air --json").stdout)
    assert [each["id"] for each in listed["items"]] == [run["id"]]


def test_what_does_not_exist(served: LocalDagster) -> None:
    assert ops(served, "api run get nope").exit_code == 3
    assert ops(served, "api run-events get nope").exit_code == 3
    assert ops(served, "api run launch --job nope").exit_code == 3


def test_the_doctor(served: LocalDagster) -> None:
    for _ in range(60):
        outcome = ops(served, "doctor --json")
        if outcome.exit_code == 0:
            break
        time.sleep(0.5)
    diagnosis = json.loads(outcome.stdout)
    assert outcome.exit_code == 0, outcome
    assert diagnosis["version"] == (OLDEST if served.python != sys.executable else diagnosis["version"])
    unserved = {each["command"] for each in diagnosis["commands"] if not each["served"]}
    later = {command for command, names in COMMANDS.items() if not SINCE.keys().isdisjoint(names)}
    assert unserved == (later if diagnosis["version"] == OLDEST else set())
