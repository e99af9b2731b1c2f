"""`ops script launch`: a file is launched once, however many commands run it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.errors import NoAnswerError
from dagster_ops_cli.scripts.config_file import load_config
from dagster_ops_cli.scripts.launch import LaunchConfig
from dagster_ops_cli_tests.cli.api.test_run import detail, launching, partitioned
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run
from dagster_ops_cli_tests.invoke import Outcome, invoke

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = dict[str, Any]
FILE = "job_name: nightly\ntags: {team: air}\n"


class World:
    """A Dagster whose runs end as soon as a command waits for them, and in which others launch the same file."""

    def __init__(self, folder: Path, text: str = FILE) -> None:
        self.path = folder / "launch.yaml"
        self.path.write_text(text)
        self.config_hash = load_config(str(self.path), LaunchConfig).config_hash
        self.dagster = launching(FakeDagster())
        self.dagster.answers |= {"OpsLaunchRun": self.launch, "OpsTerminateRuns": self.terminate}
        self.ends_as = "SUCCESS"
        # Called just before a run is made, and just after.
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        self.loses_the_answer = False

    def add(self, run_id: str, status: str, attempt: int = 1, **fields: Any) -> None:
        tags = {"ops/config": self.config_hash, "ops/attempt": str(attempt), **fields.pop("tags", {})}
        self.dagster.runs[run_id] = fake_run(run_id, status, tags=tags, **fields)

    def add_again(self, run_id: str, status: str, parent: str, **fields: Any) -> None:
        self.add(run_id, status, parentRunId=parent, rootRunId=parent, **fields)

    def launch(self, variables: Answer) -> Answer:
        self.before()
        run = fake_run(f"run-{len(self.dagster.runs)}", "QUEUED")
        run["tags"] = variables["params"]["executionMetadata"]["tags"]
        self.dagster.runs[run["runId"]] = run
        self.after()
        if self.loses_the_answer:
            error = NoAnswerError("the connection broke")
            error.in_doubt = True
            raise error
        return {"launchRun": {"__typename": "LaunchRunSuccess", "run": detail(run)}}

    def terminate(self, variables: Answer) -> Answer:
        for run_id in variables["runIds"]:
            self.dagster.runs[run_id]["status"] = "CANCELED"
        results = [{"__typename": "TerminateRunSuccess", "run": {"status": "QUEUED"}} for _ in variables["runIds"]]
        return {"terminateRuns": {"__typename": "TerminateRunsResult", "terminateRunResults": results}}

    def sleep(self, seconds: float) -> None:
        for run in self.dagster.runs.values():
            if run["status"] == "QUEUED":
                run["status"] = self.ends_as

    def run(self, options: str = "") -> Outcome:
        ops = Ops(connect=lambda settings, observe: self.dagster, sleep=self.sleep)
        return invoke(f"ops script launch {self.path} --json {options}", ops)

    @property
    def launches(self) -> int:
        return len([operation for operation, _ in self.dagster.asked if operation == "OpsLaunchRun"])

    @property
    def statuses(self) -> dict[str, str]:
        return {run["runId"]: run["status"] for run in self.dagster.runs.values()}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def ids(outcome: Outcome) -> tuple[int, str]:
    return outcome.exit_code, json.loads(outcome.stdout)["id"]


def test_a_file_is_launched_once(world: World) -> None:
    assert ids(world.run()) == (0, "run-0")
    again = world.run()
    assert ids(again) == (0, "run-0")
    assert "This file was launched before: run run-0 is SUCCESS. To launch it again, pass --again." in again.stderr
    assert world.launches == 1


def test_a_run_that_failed_keeps_its_exit_code_and_is_not_launched_again(world: World) -> None:
    world.ends_as = "FAILURE"
    assert ids(world.run()) == (1, "run-0")
    again = world.run("--url http://elsewhere:1")
    assert ids(again) == (1, "run-0")
    assert "ops run reexecute run-0 --from-failure --url http://elsewhere:1" in again.stderr
    assert world.launches == 1


def test_an_unfinished_run_is_followed(world: World) -> None:
    world.add("theirs", "QUEUED")
    for options in ("", "--again"):
        world.dagster.runs["theirs"]["status"] = "QUEUED"
        outcome = world.run(options)
        assert ids(outcome) == (0, "theirs")
        assert "Its run theirs is unfinished (QUEUED)" in outcome.stderr
    assert world.launches == 0


def test_again_launches_once_more_and_that_attempt_counts_from_then_on(world: World) -> None:
    world.run()
    world.ends_as = "FAILURE"
    assert ids(world.run("--again")) == (1, "run-1")
    assert ids(world.run()) == (1, "run-1")
    attempts = [
        tag["value"] for run in world.dagster.runs.values() for tag in run["tags"] if tag["key"] == "ops/attempt"
    ]
    assert attempts == ["1", "2"]


@pytest.mark.parametrize("status", ["QUEUED", "SUCCESS"])
@pytest.mark.parametrize("loses_the_answer", [False, True])
def test_the_first_of_two_runs_counts_and_the_other_is_canceled(
    status: str, loses_the_answer: bool, world: World
) -> None:
    world.before = lambda: world.add("theirs", status)
    world.loses_the_answer = loses_the_answer
    outcome = world.run()
    assert ids(outcome) == (0, "theirs")
    assert "Run theirs was launched first; canceling the duplicate run-1." in outcome.stderr
    # Until a lost answer is found, ours ends as well.
    assert world.statuses == {"theirs": "SUCCESS", "run-1": "SUCCESS" if loses_the_answer else "CANCELED"}
    assert ("The duplicate run-1 has already ended (SUCCESS)." in outcome.stderr) is loses_the_answer


def test_whoever_comes_first_keeps_its_run(world: World) -> None:
    world.after = lambda: world.add("theirs", "STARTED")
    assert ids(world.run()) == (0, "run-0")
    assert world.statuses == {"run-0": "SUCCESS", "theirs": "STARTED"}


def test_a_duplicate_that_a_killed_launcher_left_is_canceled_by_the_next(world: World) -> None:
    world.add("first", "SUCCESS")
    world.add("duplicate", "STARTED")
    assert ids(world.run()) == (0, "first")
    assert world.statuses == {"first": "SUCCESS", "duplicate": "CANCELED"}


def test_re_executions_count_for_the_outcome(world: World) -> None:
    world.add("first", "FAILURE")
    world.add_again("second", "SUCCESS", "first")
    assert ids(world.run()) == (0, "second")
    # A duplicate that was canceled in the queue changes nothing.
    world.add_again("duplicate", "CANCELED", "first", startTime=1.0, endTime=1.0)
    assert ids(world.run()) == (0, "second")
    world.add_again("canceled", "CANCELED", "first", startTime=1.0, endTime=2.0)
    assert ids(world.run()) == (1, "canceled")
    assert world.launches == 0


def test_a_run_that_dagster_will_retry_has_not_ended(world: World) -> None:
    world.add("first", "FAILURE", tags={"dagster/will_retry": "true"})

    def sleep(seconds: float) -> None:
        if "retry" not in world.dagster.runs:
            world.add("first", "FAILURE", tags={"dagster/auto_retry_run_id": "retry"})
            world.add_again("retry", "SUCCESS", "first")

    world.sleep = sleep  # type: ignore[method-assign]
    assert ids(world.run("--again")) == (0, "retry")
    assert world.launches == 0


def test_a_deleted_run_counts_as_never_launched(world: World) -> None:
    world.run()
    world.dagster.runs.clear()
    world.run()
    assert world.launches == 2


def test_a_re_execution_replaces_its_deleted_run(world: World) -> None:
    world.add("first", "FAILURE")
    world.add_again("second", "FAILURE", "first")
    world.add("third", "SUCCESS", parentRunId="second", rootRunId="first")
    del world.dagster.runs["first"]
    assert ids(world.run()) == (0, "third")
    assert world.launches == 0
    assert ids(world.run("--again")) == (0, "run-2")
    assert ids(world.run()) == (0, "run-2")


def test_a_dry_run_tells_of_the_launch_and_changes_nothing(world: World) -> None:
    assert world.run("--dry-run").stderr == ""
    world.add("first", "SUCCESS")
    world.add("duplicate", "STARTED")
    outcome = world.run("--dry-run")
    assert "This file was launched before: run first is SUCCESS." in outcome.stderr
    assert (world.launches, world.statuses["duplicate"]) == (0, "STARTED")


def test_a_missing_partition_is_to_be_named_in_the_file(world: World) -> None:
    partitioned(world.dagster, "p1")
    world.dagster.answers["OpsLaunchRun"] = world.launch
    error = json.loads(world.run().stderr)
    assert error["error"] == "job 'nightly' is partitioned; choose a partition"
    assert error["hint"] == "Add `partition` to the file: a key, or a key for each dimension."
    assert world.launches == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("job_name: a\ntags: {x: '1', y: '2'}", '{"tags": {"y": "2", "x": "1"}, "job_name": "a"}', True),
        ("job_name: a\npartition: {b: '2', a: '1'}", "job_name: a\npartition: 1|2", True),
        ("job_name: a\npartition: {day: '1'}", "job_name: a\npartition: '1'", True),
        ("job_name: a", "job_name: a\nrun_config: {}", False),
        ("job_name: a\nrun_config: {b: null}", "job_name: a\nrun_config: {}", False),
        ("job_name: a", "job_name: a\ntags: {x: '1'}", False),
        ("job_name: a", "job_name: a\nlocation_name: here", False),
        ("job_name: a\npartition: '1'", "job_name: a\npartition: '2'", False),
    ],
)
def test_the_same_request_has_the_same_identity_however_it_is_written(
    one: str, other: str, same: bool, tmp_path: Path
) -> None:
    hashes = []
    for name, text in (("one.yaml", one), ("other.yaml", other)):
        (tmp_path / name).write_text(text)
        hashes.append(load_config(str(tmp_path / name), LaunchConfig).config_hash)
    assert (hashes[0] == hashes[1]) is same


def test_the_identity_of_a_file_never_changes(tmp_path: Path) -> None:
    """A file that an earlier version launched must not be launched again by a later one."""
    path = tmp_path / "launch.yaml"
    path.write_text(
        "job_name: nightly\npartition: {daily: 2024-01-03, stations: NL01912}\n"
        "run_config: {ops: {a: 1}}\ntags: {team: air}"
    )
    assert load_config(str(path), LaunchConfig).config_hash == "1b699155ab990273"


@pytest.mark.parametrize("command", ["script launch FILE", "run launch --job nightly --wait"])
def test_a_run_that_is_deleted_meanwhile(world: World, command: str) -> None:
    ops = Ops(connect=lambda *_: world.dagster, sleep=lambda seconds: world.dagster.runs.clear())
    outcome = invoke(f"ops {command.replace('FILE', str(world.path))} --json", ops)
    assert (outcome.exit_code, outcome.stdout) == (3, "")
    assert json.loads(outcome.stderr.splitlines()[-1]) == {
        "error": "Run run-0 was deleted",
        "code": "RUN_NOT_FOUND",
        "status_code": 404,
        "run_id": "run-0",
    }


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("script launch FILE", "the run has ended (SUCCESS)"),
        ("run launch --job nightly --wait", "no run is unfinished"),
    ],
)
def test_an_interrupt_after_the_end_does_not_say_that_the_run_goes_on(world: World, command: str, said: str) -> None:
    def interrupt(operation: str, variables: Answer) -> None:
        if operation == "OpsGetRun" and world.statuses["run-0"] == "SUCCESS":
            raise KeyboardInterrupt

    world.dagster.before = interrupt
    ops = Ops(connect=lambda *_: world.dagster, sleep=world.sleep)
    outcome = invoke(f"ops {command.replace('FILE', str(world.path))} --json", ops)
    assert (outcome.exit_code, json.loads(outcome.stdout)["status"]) == (130, "SUCCESS")
    assert json.loads(outcome.stderr.splitlines()[-1])["error"] == f"Interrupted; {said}"
