"""`ops api run-events get --follow` on a run that goes on, and on a webserver that does not."""

import json
import signal
import time
from collections.abc import Iterator

import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster
from dagster_ops_cli_tests.invoke import begun, invoke, spawn

pytestmark = pytest.mark.integration


@pytest.fixture
def slow_run(ops: Ops) -> Iterator[str]:
    """A run that says a word every 0.2 seconds for 8 seconds, and has begun."""
    config = {"ops": {"talk": {"config": {"lines": 40, "pause": 0.2}}}}
    run = ops.runs.launch(LOCATION, REPOSITORY, "slow_job", None, config)
    for page in ops.run_events.follow(run.id, types=["LOG"], limit=1, interval=0.2):
        assert page.run_id == run.id
    yield run.id
    for _ in ops.runs.watch([run.id], interval=0.2):
        pass


def _everything(ops: Ops, run_id: str) -> list[str]:
    return invoke(f"ops api run-events get {run_id} --all --jsonl --url {ops.url}").stdout.splitlines()


def test_outlives_a_restart_of_the_webserver(dagster: LocalDagster, ops: Ops, slow_run: str) -> None:
    with spawn(f"ops api run-events get {slow_run} --follow --jsonl --url {ops.url}") as following:
        first = begun(following)
        dagster.stop("webserver", force=True)
        time.sleep(2)
        dagster.start("webserver")
        out, err = following.communicate(timeout=90)
    assert following.returncode == 0
    lines = (first + out).splitlines()
    assert lines == _everything(ops, slow_run)
    assert [json.loads(line)["eventType"] for line in lines][-2:] == ["RUN_SUCCESS", "ENGINE_EVENT"]
    told = err.splitlines()
    # The question itself is asked again, long before the poll has to be.
    assert told
    assert all("; attempt " in line for line in told)


def test_ctrl_c_leaves_the_run_alone_and_says_how_to_go_on(ops: Ops, slow_run: str) -> None:
    with spawn(f"ops api run-events get {slow_run} --follow --jsonl --url {ops.url}") as following:
        first = begun(following)
        assert ops.runs.get(slow_run).status == "STARTED", "events come as they happen"
        time.sleep(1)
        following.send_signal(signal.SIGINT)
        out, err = following.communicate(timeout=10)
    assert following.returncode == 130
    error = json.loads(err.splitlines()[-1])
    assert error["error"] == f"Interrupted; run {slow_run} is still running."
    rest = invoke(error["hint"].partition(": ")[2])
    assert rest.exit_code == 0
    assert rest.stdout
    assert (first + out + rest.stdout).splitlines() == _everything(ops, slow_run)
