"""Which runs are launched again, and that each is launched again only once."""

from typing import Any

import pytest

from dagster_ops_cli.api.run.bulk import RunBulkApi
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import NoAnswerError
from dagster_ops_cli.schemas.run.filter import RunFilter
from dagster_ops_cli.schemas.run.result import RunResult, RunSelection
from dagster_ops_cli_tests.api.clock import Clock
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run

Answer = dict[str, Any]


def of_partition(run_id: str, status: str, key: str = "p1", **fields: Any) -> Answer:
    return fake_run(run_id, status, tags={"dagster/partition": key}, **fields)


def again(run_id: str, status: str, parent: str, root: str | None = None, tags: Answer | None = None) -> Answer:
    """A re-execution."""
    family = {"dagster/parent_run_id": parent, "dagster/root_run_id": root or parent}
    return fake_run(run_id, status, parentRunId=parent, rootRunId=root or parent, tags={**family, **(tags or {})})


def dagster_of(*runs: Answer, assets: dict[str, str] | None = None) -> FakeDagster:
    """A Dagster whose runs are of the assets given, or of whole jobs."""

    def selections(variables: Answer) -> Answer:
        results = [
            {
                "runId": run_id,
                "assetSelection": [{"path": [assets[run_id]]}] if assets else None,
                "solidSelection": None,
                "repositoryOrigin": {"repositoryLocationName": "here", "repositoryName": "__repository__"},
            }
            for run_id in variables["filter"]["runIds"]
        ]
        return {"runsOrError": {"__typename": "Runs", "results": results}}

    dagster = FakeDagster.of(*runs)
    dagster.answers = {"OpsListRunSelections": selections}
    return dagster


def selected(dagster: FakeDagster, *statuses: str) -> RunSelection:
    return RunBulkApi(dagster).select(RunFilter(statuses=list(statuses or ["FAILURE"])), latest=True)


def ids(selection: RunSelection) -> list[str]:
    return [run.id for run in selection.runs]


def test_of_the_runs_of_a_partition_only_the_latest_is_selected() -> None:
    dagster = dagster_of(
        of_partition("first", "FAILURE"),
        of_partition("second", "FAILURE"),
        of_partition("elsewhere", "FAILURE", "p2"),
        of_partition("other job", "FAILURE", jobName="weekly"),
    )
    selection = selected(dagster)
    assert ids(selection) == ["other job", "elsewhere", "second"]
    assert (selection.older, selection.succeeded) == (1, 0)


def test_a_partition_that_has_succeeded_since_is_left_out() -> None:
    dagster = dagster_of(
        of_partition("before", "SUCCESS", "p2"),
        of_partition("failed", "FAILURE"),
        of_partition("failed too", "FAILURE", "p2"),
        of_partition("launched anew", "SUCCESS"),
    )
    selection = selected(dagster)
    assert (ids(selection), selection.succeeded) == (["failed too"], 1)


def test_a_canceled_duplicate_does_not_hide_that_the_partition_has_succeeded() -> None:
    dagster = dagster_of(
        of_partition("failed", "FAILURE"), of_partition("good", "SUCCESS"), of_partition("duplicate", "CANCELED")
    )
    assert ids(selected(dagster)) == []


def test_an_unfinished_run_of_the_partition_is_a_conflict() -> None:
    dagster = dagster_of(of_partition("failed", "FAILURE"), of_partition("new", "QUEUED"))
    selection = selected(dagster)
    assert ids(selection) == []
    assert [(each.id, each.code, each.error) for each in selection.refused] == [
        ("failed", "CONFLICT", "another run is unfinished: new (QUEUED)")
    ]


def test_runs_of_different_assets_are_not_attempts_at_the_same_partition() -> None:
    job = {"jobName": "__ASSET_JOB"}
    dagster = dagster_of(
        of_partition("a", "FAILURE", **job),
        of_partition("b", "SUCCESS", **job),
        assets={"a": "air", "b": "water"},
    )
    assert ids(selected(dagster)) == ["a"]


def test_runs_without_a_partition_are_compared_within_their_family() -> None:
    dagster = dagster_of(
        fake_run("monday", "FAILURE"),
        fake_run("tuesday", "FAILURE"),
        again("repaired", "SUCCESS", "monday"),
        fake_run("wednesday", "SUCCESS"),
        again("once more", "FAILURE", "tuesday"),
    )
    assert ids(selected(dagster)) == ["once more"]
    assert [run.id for run in RunBulkApi(dagster).select(RunFilter(statuses=["FAILURE"])).runs] == [
        "once more",
        "tuesday",
        "monday",
    ]


def test_the_list_is_walked_back_to_the_oldest_selected_run_only() -> None:
    dagster = dagster_of(*(of_partition(f"old {n}", "SUCCESS") for n in range(2000)), of_partition("failed", "FAILURE"))
    assert ids(selected(dagster)) == ["failed"]
    assert len([operation for operation, _ in dagster.asked if operation == "OpsListRuns"]) == 2


class Reexecutions:
    """A Dagster in which another user launches re-executions at the same time."""

    def __init__(self, *runs: Answer) -> None:
        self.dagster = FakeDagster.of(*runs)
        self.dagster.answers = {"OpsReexecuteRun": self.launch, "OpsTerminateRuns": self.terminate}
        self.clock = Clock()
        self.told: list[str] = []
        # What the other user launches just before ours, and just after.
        self.before: list[Answer] = []
        self.after: list[Answer] = []
        self.loses_the_answer = False
        self.refusals = 0

    def launch(self, variables: Answer) -> Answer:
        params = variables["params"]
        new = again("ours", "QUEUED", params["parentRunId"])
        new["tags"] += params["extraTags"]
        for run in (*self.before, new, *self.after):
            self.dagster.runs[run["runId"]] = run
        if self.loses_the_answer:
            error = NoAnswerError("the connection broke")
            error.in_doubt = True
            raise error
        return {
            "launchRunReexecution": {
                "__typename": "LaunchRunSuccess",
                "run": {**new, "pipelineName": "nightly", "mode": "default"},
            }
        }

    def terminate(self, variables: Answer) -> Answer:
        results: list[Answer] = []
        for run_id in variables["runIds"]:
            if self.refusals:
                self.refusals -= 1
                message = f"Run {run_id} could not be terminated due to having status STARTING."
                results.append({"__typename": "TerminateRunFailure", "message": message})
            else:
                self.dagster.runs[run_id]["status"] = "CANCELED"
                results.append({"__typename": "TerminateRunSuccess", "run": {"status": "QUEUED"}})
        return {"terminateRuns": {"__typename": "TerminateRunsResult", "terminateRunResults": results}}

    def reexecute(self, run_id: str) -> RunResult:
        poll = Poll(sleep=self.clock.sleep, clock=self.clock.time, tell=self.told.append)
        bulk = RunBulkApi(self.dagster, poll, lambda: "unique")
        ((result,),) = bulk.reexecute(bulk.find([run_id]).runs, "ALL_STEPS")
        return result

    @property
    def launches(self) -> int:
        return len([operation for operation, _ in self.dagster.asked if operation == "OpsReexecuteRun"])


@pytest.mark.parametrize("loses_the_answer", [False, True])
@pytest.mark.parametrize("status", ["QUEUED", "SUCCESS", "FAILURE"])
def test_the_first_of_two_re_executions_counts_and_the_other_is_canceled(status: str, loses_the_answer: bool) -> None:
    world = Reexecutions(fake_run("run", "FAILURE"))
    world.before = [again("theirs", status, "run")]
    world.loses_the_answer = loses_the_answer
    result = world.reexecute("run")
    assert (result.done, result.new_run_id, result.status) == (True, "theirs", status)
    assert world.dagster.runs["ours"]["status"] == "CANCELED"
    assert world.dagster.runs["theirs"]["status"] == status
    assert world.told[-1] == "Run run was already re-executed as theirs; canceling the duplicate ours."


def test_whoever_comes_first_keeps_its_run() -> None:
    world = Reexecutions(fake_run("run", "FAILURE"))
    world.after = [again("theirs", "QUEUED", "run")]
    assert world.reexecute("run").new_run_id == "ours"
    assert {run["runId"]: run["status"] for run in world.dagster.runs.values()} == {
        "run": "FAILURE",
        "ours": "QUEUED",
        "theirs": "QUEUED",
    }


def test_a_duplicate_that_is_starting_is_canceled_as_soon_as_dagster_can() -> None:
    world = Reexecutions(fake_run("run", "FAILURE"))
    world.before = [again("theirs", "QUEUED", "run")]
    world.refusals = 3
    assert world.reexecute("run").new_run_id == "theirs"
    assert world.dagster.runs["ours"]["status"] == "CANCELED"


def test_a_duplicate_that_can_not_be_canceled_is_reported() -> None:
    world = Reexecutions(fake_run("run", "FAILURE"))
    world.before = [again("theirs", "QUEUED", "run")]
    world.refusals = 1000
    assert world.reexecute("run").new_run_id == "theirs"
    assert world.told[-1] == "Could not cancel the duplicates ours: they are still running"
    assert 59 < sum(world.clock.slept) < 61


def test_an_earlier_re_execution_that_has_ended_does_not_count() -> None:
    world = Reexecutions(fake_run("run", "FAILURE"), again("earlier", "FAILURE", "run"))
    assert world.reexecute("run").new_run_id == "ours"
    assert world.launches == 1


@pytest.mark.parametrize(
    ("family", "error"),
    [
        ([again("new", "QUEUED", "run")], "a re-execution is unfinished: new (QUEUED)"),
        (
            [again("old", "FAILURE", "run"), again("newest", "STARTED", "old", "run")],
            "a re-execution is unfinished: newest (STARTED)",
        ),
        (
            [again("retry", "FAILURE", "run", tags={"dagster/will_retry": "true"})],
            "Dagster is about to retry run retry",
        ),
    ],
)
def test_an_unfinished_re_execution_is_a_conflict(family: list[Answer], error: str) -> None:
    world = Reexecutions(fake_run("run", "FAILURE"), *family)
    result = world.reexecute("run")
    assert (result.done, result.code, result.error, world.launches) == (False, "CONFLICT", error, 0)


def test_a_run_that_dagster_will_retry_is_a_conflict_and_one_that_it_has_retried_is_not() -> None:
    waiting = {"dagster/will_retry": "true"}
    world = Reexecutions(fake_run("run", "FAILURE", tags=waiting))
    assert world.reexecute("run").error == "Dagster is about to retry run run"
    retried = fake_run("run", "FAILURE", tags={**waiting, "dagster/auto_retry_run_id": "retry"})
    world = Reexecutions(retried, again("retry", "FAILURE", "run"))
    assert world.reexecute("run").new_run_id == "ours"


def test_an_unfinished_sibling_is_no_conflict() -> None:
    world = Reexecutions(fake_run("root", "FAILURE"), again("run", "FAILURE", "root"), again("other", "QUEUED", "root"))
    assert world.reexecute("run").new_run_id == "ours"


def test_a_run_that_was_launched_counts_though_nobody_can_say_whether_it_is_the_only_one() -> None:
    world = Reexecutions(fake_run("run", "FAILURE"))

    def before(operation: str, variables: Answer) -> None:
        if "ours" in world.dagster.runs:
            raise NoAnswerError("silent")

    world.dagster.before = before
    result = world.reexecute("run")
    assert (result.done, result.new_run_id) == (True, "ours")
    assert world.told[-1].startswith("Could not check whether run run was re-executed twice: gave up waiting")
