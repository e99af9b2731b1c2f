"""Commands that follow a run while the webserver is restarted, and tests that need all slots of the queue."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster
from dagster_ops_cli.schemas.run_events import RunEventFilter
from dagster_ops_cli_tests.integration.test_why import explain, finish, is_in, launch, terminate, until
from dagster_ops_cli_tests.invoke import begun, invoke, spawn, wait_for_line

pytestmark = [pytest.mark.integration, pytest.mark.thorough]

# A run logs them for 20 seconds, within which a command that follows it begins, on a slow machine too.
WORDS = 100


@pytest.fixture(scope="module")
def ops(fragile: LocalDagster) -> Ops:
    return Ops(url=fragile.url)


@pytest.fixture
def slow_run(ops: Ops) -> Iterator[str]:
    """A run that has started and logs a word every 0.2 seconds."""
    config = {"ops": {"talk": {"config": {"lines": WORDS, "pause": 0.2}}}}
    run = ops.runs.launch(LOCATION, REPOSITORY, "slow_job", None, config)
    for page in ops.run_events.follow(run.id, RunEventFilter(types=["LOG"]), limit=1, interval=0.2):
        assert page.run_id == run.id
    yield run.id
    finish(ops, run.id)


def _everything(ops: Ops, run_id: str) -> list[str]:
    return invoke(f"ops api run-events get {run_id} --all --jsonl --url {ops.url}").stdout.splitlines()


def test_outlives_a_restart_of_the_webserver(fragile: LocalDagster, ops: Ops, slow_run: str) -> None:
    with spawn(f"ops api run-events get {slow_run} --follow --jsonl --url {ops.url}") as following:
        first = begun(following)
        fragile.stop("webserver", force=True)
        trouble = wait_for_line(following, "")
        fragile.start("webserver")
        out, err = following.communicate(timeout=240)
    assert following.returncode == 0
    lines = (first + out).splitlines()
    assert lines == _everything(ops, slow_run)
    assert [json.loads(line)["eventType"] for line in lines][-2:] == ["RUN_SUCCESS", "ENGINE_EVENT"]
    # The request is repeated long before the next poll.
    assert all("; attempt " in line for line in [trouble, *err.splitlines()])


def test_ctrl_c_leaves_the_run_alone_and_says_how_to_go_on(ops: Ops, slow_run: str) -> None:
    with spawn(f"ops api run-events get {slow_run} --follow --jsonl --url {ops.url}") as following:
        first = begun(following)
        assert ops.runs.get(slow_run).status == "STARTED", "events come as they happen"
        following.send_signal(signal.SIGINT)
        out, err = following.communicate(timeout=240)
    assert following.returncode == 130
    error = json.loads(err.splitlines()[-1])
    assert error["error"] == f"Interrupted; run {slow_run} is still running."
    rest = invoke(error["hint"].partition(": ")[2])
    assert rest.exit_code == 0
    assert rest.stdout
    assert (first + out + rest.stdout).splitlines() == _everything(ops, slow_run)


def test_following_outlives_a_restart_of_the_webserver(fragile: LocalDagster, ops: Ops) -> None:
    run = launch(ops, "slow_job", "talk", lines=WORDS, pause=0.2)
    with spawn(f"ops api run logs {run} --follow --stdout --url {ops.url}") as following:
        first = begun(following)
        fragile.stop("webserver", force=True)
        trouble = wait_for_line(following, "; attempt 2 in ")
        fragile.start("webserver")
        out, _ = following.communicate(timeout=240)
    assert trouble
    assert following.returncode == 0
    files = Path(fragile.home, "storage", run, "compute_logs").glob("*.out")
    assert [(first + out).encode()] == [path.read_bytes() for path in files]
    assert first + out == "".join(f"said {number} 🙂\n" for number in range(WORDS))


def test_ctrl_c_and_a_restart_of_the_webserver_leave_a_run_alone(fragile: LocalDagster, ops: Ops) -> None:
    run_id = launch(ops, "sleepy_job", "sleep", seconds=3600)
    until(ops, run_id, is_in("sleep"))
    with spawn(f"ops api run watch {run_id} --interval 0.5 --json --url {fragile.url}") as process:
        assert "STARTED" in wait_for_line(process, "")
        fragile.stop("webserver")
        wait_for_line(process, "")
        fragile.start("webserver")
        # Long enough for a successful poll, which shows no message.
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=240)
    assert process.returncode == 130
    assert json.loads(out)["items"][0]["status"] == "STARTED"
    assert f"run {run_id} is still running" in json.loads(err.splitlines()[-1])["error"]
    assert ops.runs.get(run_id).status == "STARTED"
    assert invoke(f"ops api run terminate {run_id} --yes --wait --interval 0.5 --url {fragile.url}").exit_code == 0


def test_a_run_in_the_queue_and_a_step_in_progress_and_a_stop(ops: Ops) -> None:
    runs = [launch(ops, "slow_job", "talk", lines=600, pause=0.3) for _ in range(4)]
    going = until(ops, runs[0], is_in("talk"))
    assert [wait["step_key"] for wait in going["waiting_for"]] == ["talk"]
    for run in runs[1:3]:
        until(ops, run, lambda why: why["status"] == "STARTED")
    (queue,) = explain(ops, runs[3])["waiting_for"]
    assert queue["kind"] == "queue"
    assert queue["message"] == "3 of 3 run slots in use."
    for run in runs:
        terminate(ops, run)
    finish(ops, *runs)
    stopped = explain(ops, runs[0])
    assert stopped["status"] == "CANCELED"
    assert stopped["waiting_for"] == []
    assert stopped["failed_steps"][0]["errors"][0]["class_name"] == "DagsterExecutionInterruptedError"
