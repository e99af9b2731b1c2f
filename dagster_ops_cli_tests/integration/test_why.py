"""`ops api run why` on runs that failed, that wait and that were stopped."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LOCATION, REPOSITORY
from dagster_ops_cli_tests.invoke import invoke

pytestmark = pytest.mark.integration

_SET_LIMIT = 'mutation SetLimit { setConcurrencyLimit(concurrencyKey: "instrument", limit: 1) }'
_TERMINATE = "mutation Terminate($id: String!) { terminateRun(runId: $id) { __typename } }"


def explain(ops: Ops, run_id: str) -> dict[str, Any]:
    outcome = invoke(f"ops api run why {run_id} --json --url {ops.url}")
    assert outcome.exit_code == 0, outcome
    document: dict[str, Any] = json.loads(outcome.stdout)
    return document


def until(ops: Ops, run_id: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Explain the run repeatedly until the explanation is as expected, for at most three minutes."""
    deadline = time.monotonic() + 180
    while not holds(document := explain(ops, run_id)):
        assert time.monotonic() < deadline, document
        time.sleep(0.3)
    return document


def is_in(step_key: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a step is in progress. A run is in progress a moment before its first step."""
    return lambda why: any((wait["kind"], wait["step_key"]) == ("step", step_key) for wait in why["waiting_for"])


def finish(ops: Ops, *run_ids: str) -> None:
    for _ in ops.runs.watch(run_ids, interval=0.3):
        pass


def launch(ops: Ops, job: str, op: str, **config: float) -> str:
    return ops.runs.launch(LOCATION, REPOSITORY, job, None, {"ops": {op: {"config": config}}}).id


def terminate(ops: Ops, run_id: str) -> None:
    ops.client.execute(_TERMINATE, {"id": run_id})


@pytest.mark.parametrize("number", [0, 1], ids=["in_process", "in_processes"])
def test_a_failed_step_with_its_causes_and_what_was_skipped(ops: Ops, surveys: list[str], number: int) -> None:
    why = explain(ops, surveys[number])
    (step,) = why["failed_steps"]
    assert (step["step_key"], step["status"], step["attempts"]) == ("calibrate", "FAILURE", 2)
    assert [error["class_name"] for error in step["errors"]] == ["CalibrationError", "ZeroDivisionError"]
    assert [error["frame"]["function"] for error in step["errors"]] == ["_calibrate", "_calibrate"]
    assert step["errors"][0]["frame"]["file"].endswith("definitions_look.py")
    # Only the last attempt of this step: no output of other steps, and no stack, which "errors" already has.
    assert step["stderr"] == ["stderr of attempt 1"]
    assert why["skipped_steps"] == [
        {"step_key": "file_report", "because_of": ["calibrate"]},
        {"step_key": "mail_report", "because_of": ["calibrate"]},
    ]
    assert why["waiting_for"] == []


def test_it_fits_on_a_screen_and_holds_no_control_character(ops: Ops, surveys: list[str]) -> None:
    text = invoke(f"ops api run why {surveys[0]} --url {ops.url}").stdout
    assert len(text.splitlines()) < 25
    assert "\x1b" not in text
    assert "can't be right \\x1b[31m" in text


def test_a_process_that_died(ops: Ops) -> None:
    runs = [ops.runs.launch(LOCATION, REPOSITORY, job).id for job in ("lost_run_job", "lost_step_job")]
    finish(ops, *runs)
    of_run, of_step = (explain(ops, run) for run in runs)
    assert [(step["step_key"], step["status"]) for step in of_run["failed_steps"]] == [("vanish", "IN_PROGRESS")]
    assert any("unexpectedly exited with code 3" in word for word in of_run["engine"])
    assert [(step["step_key"], step["status"]) for step in of_step["failed_steps"]] == [("vanish", "FAILURE")]
    assert "unexpectedly exited with code 3" in of_step["failed_steps"][0]["engine"]


@pytest.fixture
def in_the_pool(ops: Ops) -> Iterator[list[str]]:
    """A run that has the only slot of the pool ``instrument``; runs that are added to it are stopped as well."""
    ops.client.execute(_SET_LIMIT)
    # Longer than another run takes to come to its step.
    runs = [launch(ops, "pool_job", "calibrate_alone", pause=300)]
    until(ops, runs[0], is_in("calibrate_alone"))
    yield runs
    for run in runs:
        terminate(ops, run)
    finish(ops, *runs)


def _is_held_up(why: dict[str, Any]) -> bool:
    return any(wait["kind"] == "concurrency" for wait in why["waiting_for"])


def test_a_step_that_waits_for_a_pool(ops: Ops, in_the_pool: list[str]) -> None:
    in_the_pool.append(launch(ops, "later_pool_job", "measure_alone", pause=0.1))
    wait = until(ops, in_the_pool[1], _is_held_up)["waiting_for"][0]
    assert wait["step_key"] == "measure_alone"
    assert wait["message"].endswith(f"needs the only slot of the pool 'instrument', taken by run {in_the_pool[0]}.")


def test_a_run_whose_first_step_needs_a_pool(ops: Ops, in_the_pool: list[str]) -> None:
    in_the_pool.append(launch(ops, "pool_job", "calibrate_alone", pause=0.1))
    why = until(ops, in_the_pool[1], _is_held_up)
    assert why["status"] == "QUEUED"
    told = [wait["message"] for wait in why["waiting_for"] if wait["kind"] == "concurrency"]
    assert told == [
        f"The run's first steps need the only slot of the pool 'instrument', taken by run {in_the_pool[0]}."
    ]
