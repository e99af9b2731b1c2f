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
from dagster_ops_cli_tests.reference import commands
from dagster_ops_cli_tests.test_compat import SINCE

pytestmark = [pytest.mark.integration, pytest.mark.compat]

DEFINITIONS = "dagster_ops_cli_tests.integration.definitions_compat"
# The oldest has no concurrency pools, but it has a run queue.
QUEUE = {
    "module": "dagster.core.run_coordinator",
    "class": "QueuedRunCoordinator",
    "config": {"dequeue_interval_seconds": 1, "max_concurrent_runs": 2},
}


@pytest.fixture(scope="module", params=["oldest", "newest"])
def served(request: pytest.FixtureRequest) -> Iterator[LocalDagster]:
    if request.param == "newest":
        with LocalDagster(DEFINITIONS) as server:
            yield server
        return
    if not python_of(OLDEST).exists():
        pytest.skip(f"Dagster {OLDEST} is installed by: make compat")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(dagster_ops_cli.__file__).parent.parent))
        instance = {"concurrency": None, "run_coordinator": QUEUE}
        with LocalDagster(DEFINITIONS, instance, python=str(python_of(OLDEST))) as server:
            yield server


# The commands that the oldest can't serve.
LATER = {command for command, names in COMMANDS.items() if not SINCE.keys().isdisjoint(names)}


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
    assert unserved == (LATER if diagnosis["version"] == OLDEST else set())


NOUNS = (
    *("schedule", "sensor", "automation", "code-location", "pool", "queue", "daemon"),
    *("asset", "asset-check", "dynamic-partition"),
)
# Every verb of these nouns and its exit code, in an order in which each finds what it needs.
WALK = (
    ("schedule list", 0),
    ("schedule get minute_schedule", 0),
    ("schedule ticks minute_schedule", 0),
    ("schedule preview nightly_schedule", 0),
    ("schedule start nightly_schedule", 0),
    ("schedule stop nightly_schedule", 0),
    ("schedule reset nightly_schedule", 0),
    ("sensor list", 0),
    ("sensor get upload_sensor", 0),
    ("sensor ticks upload_sensor", 0),
    ("sensor preview upload_sensor", 0),
    ("sensor stop upload_sensor", 0),
    ("sensor start upload_sensor", 0),
    ("sensor reset upload_sensor", 0),
    ("sensor set-cursor upload_sensor 5", 0),
    ("automation list", 0),
    ("automation freeze --save {file} --yes", 0),
    ("automation restore {file} --yes", 0),
    ("code-location list", 0),
    ("code-location get luchtmeetnet", 0),
    # This code server does not import code anew.
    ("code-location reload luchtmeetnet", 1),
    ("pool set warehouse 2", 0),
    ("pool list", 0),
    ("pool get warehouse", 0),
    ("pool free --stuck --yes", 0),
    ("pool unset warehouse", 0),
    ("queue get", 0),
    ("daemon list", 0),
    ("dynamic-partition add customers acme", 0),
    ("dynamic-partition list customers", 0),
    ("dynamic-partition delete customers acme --yes", 0),
    ("asset list", 0),
    ("asset get raw/orders", 0),
    ("asset report-materialization landing/files --metadata rows=3", 0),
    ("asset report-observation landing/files --description seen", 0),
    ("asset materialize raw/orders --wait --fail-on-checks", 1),
    ("asset events raw/orders", 0),
    ("asset health", 1),
    ("asset-check list", 0),
    ("asset-check run raw/orders --check has_rows --wait", 0),
    ("asset-check report raw/orders has_rows --failed --severity warn", 0),
    ("asset-check get raw/orders has_rows", 0),
    ("asset wipe landing/files --yes", 0),
)


def verb(line: str) -> str:
    return " ".join(line.split()[:2])


def test_the_walk_has_every_verb() -> None:
    verbs = {path.removeprefix("ops api ") for path, each in commands() if path.startswith("ops api ")}
    assert {each for each in verbs if " " in each and each.split()[0] in NOUNS} == {verb(line) for line, _ in WALK}


@pytest.mark.parametrize(("line", "exit_code"), WALK, ids=[verb(line) for line, _ in WALK])
def test_each_verb_works_or_says_that_the_server_is_too_old(
    served: LocalDagster, line: str, exit_code: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    saved = tmp_path_factory.getbasetemp() / f"frozen-{served.url.rpartition(':')[2]}.json"
    outcome = ops(served, f"{line.format(file=saved)} --json")
    if served.python != sys.executable and f"api {verb(line)}" in LATER:
        assert outcome.exit_code == 5, outcome
        assert json.loads(outcome.stderr.splitlines()[-1])["code"] == "UNSUPPORTED_BY_SERVER"
        return
    assert outcome.exit_code == exit_code, outcome
    assert json.loads(outcome.stdout)


def test_reports_are_stored(served: LocalDagster) -> None:
    (reported,) = json.loads(ops(served, "asset report-materialization landing/files --metadata rows=4 --json").stdout)[
        "items"
    ]
    asset = json.loads(ops(served, "asset get landing/files --json").stdout)
    assert asset["latest_materialization"]["time"] == reported["time"]
    assert asset["latest_materialization"]["metadata"] == {"rows": 4}


def test_a_read_only_server_takes_no_report(served: LocalDagster) -> None:
    """Its REST endpoints accept reports all the same if it is old."""
    served.stop("webserver")
    served.start("webserver", ["--read-only"])
    try:
        before = ops(served, "asset get landing/files --json").stdout
        for line in (
            "asset report-materialization landing/files",
            "asset report-observation landing/files",
            "asset-check report raw/orders has_rows --passed",
        ):
            assert ops(served, line).exit_code == 4
        assert ops(served, "asset get landing/files --json").stdout == before
    finally:
        served.stop("webserver")
        served.start("webserver")


def test_metrics_and_one_screen(served: LocalDagster) -> None:
    ops(served, "api run launch --job noisy_job --wait --interval 0.5")
    found = json.loads(ops(served, "metrics --json").stdout)
    assert (found["up"], found["faults"], found["queued"]) == (True, [], 0)
    assert "FAILURE" in {each["status"] for each in found["runs_ended"] if each["job_name"] == "noisy_job"}
    assert all(each["loaded"] for each in found["code_locations"])
    assert "ops_up 1.0\n" in ops(served, "metrics").stdout
    seen = json.loads(ops(served, "top --json").stdout)
    assert "RuntimeError: chatter failed at the very end" in {each["error"] for each in seen["failed"]}
