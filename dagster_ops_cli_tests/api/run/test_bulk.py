"""Changing many runs: each has its own result, and a failure does not stop the others."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from dagster_ops_cli.api.run.bulk import RunBulkApi, with_outcomes
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import NoAnswerError, OpsError, ServerFaultError, UnreachableError, UnsupportedError
from dagster_ops_cli.schemas.run.filter import RunFilter
from dagster_ops_cli.schemas.run.result import RunResult, WatchedRun
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run

Answer = dict[str, Any]


def terminated(variables: Answer) -> Answer:
    results = [{"__typename": "TerminateRunSuccess", "run": {"status": "STARTED"}} for _ in variables["runIds"]]
    return {"terminateRuns": {"__typename": "TerminateRunsResult", "terminateRunResults": results}}


def deleted(variables: Answer) -> Answer:
    return {"deletePipelineRun": {"__typename": "DeletePipelineRunSuccess", "runId": variables["runId"]}}


def launched(variables: Answer) -> Answer:
    run = {
        **fake_run(f"new-{variables['params']['parentRunId']}", "QUEUED"),
        "pipelineName": "nightly",
        "mode": "default",
    }
    return {"launchRunReexecution": {"__typename": "LaunchRunSuccess", "run": run}}


def forbidden(field: str) -> Callable[[Answer], Answer]:
    return lambda variables: {field: {"__typename": "UnauthorizedError", "message": "Authorization failed"}}


UNIQUE = {"key": "ops/request", "value": "unique"}
ANSWERS = {"OpsTerminateRuns": terminated, "OpsDeleteRun": deleted, "OpsReexecuteRun": launched}


def dagster_of(*statuses: str, **answers: Callable[[Answer], Answer]) -> FakeDagster:
    dagster = FakeDagster.of(*(fake_run(f"run-{number}", status) for number, status in enumerate(statuses)))
    dagster.answers = {**ANSWERS, **answers}
    return dagster


def failing_after(count: int, error: OpsError) -> Callable[[str, Answer], None]:
    """The mutations after the first ``count`` fail."""
    seen: list[str] = []

    def before(operation: str, variables: Answer) -> None:
        if operation in ANSWERS:
            seen.append(operation)
            if len(seen) > count:
                raise error

    return before


def done(dagster: FakeDagster, verb: str, *args: Any) -> list[RunResult]:
    bulk = RunBulkApi(dagster, Poll(sleep=lambda seconds: None), lambda: "unique")
    runs = bulk.find(list(dagster.runs)).runs
    return [result for batch in getattr(bulk, verb)(runs, *args) for result in batch]


def mutations(dagster: FakeDagster) -> list[Answer]:
    return [variables for operation, variables in dagster.asked if operation in ANSWERS]


def told(results: Sequence[RunResult]) -> list[tuple[bool, str | None, str | None]]:
    return [(result.done, result.code, result.error) for result in results]


def test_what_exists_is_found_in_the_order_asked_and_the_rest_is_named() -> None:
    selection = RunBulkApi(dagster_of("SUCCESS", "QUEUED")).find(["nope", "run-0", "run-1", "neither"])
    assert [run.id for run in selection.runs] == ["run-0", "run-1"]
    assert selection.unknown == ["nope", "neither"]


def test_thousands_of_ids_are_asked_for_in_parts() -> None:
    dagster = dagster_of(*["QUEUED"] * 2001)
    assert len(RunBulkApi(dagster).find(list(dagster.runs)).runs) == 2001
    assert [len(variables["filter"]["runIds"]) for _, variables in dagster.asked] == [1000, 1000, 1]


def test_runs_are_terminated_in_batches_and_those_that_have_ended_are_refused() -> None:
    dagster = dagster_of(*["QUEUED"] * 30, "SUCCESS", "CANCELING")
    results = done(dagster, "terminate")
    assert [result.id for result in results] == list(dagster.runs)
    assert [len(variables["runIds"]) for variables in mutations(dagster)] == [25, 5]
    assert {variables["policy"] for variables in mutations(dagster)} == {"SAFE_TERMINATE"}
    assert told(results)[-2:] == [(False, "CONFLICT", "already finished (SUCCESS)"), (True, None, None)]


def test_force_marks_even_what_is_being_canceled() -> None:
    dagster = dagster_of("CANCELING")
    assert told(done(dagster, "terminate", True)) == [(True, None, None)]
    assert mutations(dagster) == [{"runIds": ["run-0"], "policy": "MARK_AS_CANCELED_IMMEDIATELY"}]


def test_each_kind_of_answer_to_terminate_is_told_apart() -> None:
    answers = [
        {"__typename": "TerminateRunSuccess", "run": {"status": "STARTED"}},
        {"__typename": "TerminateRunFailure", "message": "Run run-1 could not be terminated due to having status X."},
        {"__typename": "RunNotFoundError", "message": "gone"},
        {"__typename": "PythonError", "message": "boom"},
    ]
    result = {"__typename": "TerminateRunsResult", "terminateRunResults": answers}
    dagster = dagster_of(*["QUEUED"] * 4, OpsTerminateRuns=lambda variables: {"terminateRuns": result})
    results = done(dagster, "terminate")
    assert [(each.done, each.code) for each in results] == [
        (True, None),
        (False, "CONFLICT"),
        (False, "RUN_NOT_FOUND"),
        (False, "SERVER_ERROR"),
    ]


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("Unable to terminate run run-0", "Unable to terminate run run-0 (STARTED); the run continues"),
        (
            "Run run-0 could not be terminated due to having status STARTED.",
            "Dagster can't cancel a run while it is STARTED; the run continues",
        ),
    ],
)
def test_a_refused_termination_names_the_status_that_the_run_has_now(message: str, error: str) -> None:
    answer = {"__typename": "TerminateRunFailure", "message": message, "run": {"status": "STARTED"}}
    result = {"__typename": "TerminateRunsResult", "terminateRunResults": [answer]}
    dagster = dagster_of("QUEUED", OpsTerminateRuns=lambda variables: {"terminateRuns": result})
    (refused,) = done(dagster, "terminate")
    assert (refused.status, refused.code, refused.error) == ("STARTED", "CONFLICT", error)


def test_a_read_only_webserver_is_told_from_a_conflict() -> None:
    answer = {"__typename": "TerminateRunFailure", "message": "You do not have permission to terminate this run"}
    result = {"__typename": "TerminateRunsResult", "terminateRunResults": [answer]}
    dagster = dagster_of("QUEUED", OpsTerminateRuns=lambda variables: {"terminateRuns": result})
    ((was_done, code, error),) = told(done(dagster, "terminate"))
    assert (was_done, code) == (False, "FORBIDDEN")
    assert "read-only" in str(error)


def test_what_is_still_going_is_deleted_by_force_only() -> None:
    dagster = dagster_of("SUCCESS", "STARTED", "CANCELED")
    assert told(done(dagster, "delete")) == [
        (True, None, None),
        (False, "CONFLICT", "not finished yet (STARTED)"),
        (True, None, None),
    ]
    assert [variables["runId"] for variables in mutations(dagster)] == ["run-0", "run-2"]
    assert all(result.done for result in done(dagster, "delete", True))


@pytest.mark.parametrize("verb", ["delete", "terminate"])
def test_an_error_of_one_batch_does_not_keep_the_others(verb: str) -> None:
    dagster = dagster_of(*["FAILURE" if verb == "delete" else "QUEUED"] * 60)
    calls: list[str] = []

    def before(operation: str, variables: Answer) -> None:
        if operation in ANSWERS:
            calls.append(operation)
            if len(calls) == 2:
                raise ServerFaultError("boom")

    dagster.before = before
    results = done(dagster, verb)
    assert sum(result.done for result in results) == (59 if verb == "delete" else 35)
    assert {result.code for result in results} == {None, "SERVER_ERROR"}


@pytest.mark.parametrize("error", [UnreachableError("away"), NoAnswerError("silent")])
def test_where_nothing_answers_any_more_the_rest_is_not_tried(error: OpsError) -> None:
    dagster = dagster_of(*["FAILURE"] * 4)
    dagster.before = failing_after(1, error)
    results = done(dagster, "reexecute", "FROM_FAILURE")
    assert told(results) == [
        (True, None, None),
        (False, error.code, error.message),
        (False, error.code, "not tried, because Dagster can't be reached"),
        (False, error.code, "not tried, because Dagster can't be reached"),
    ]
    assert len(mutations(dagster)) == 2


def test_where_nothing_is_allowed_the_rest_is_not_tried() -> None:
    dagster = dagster_of(*["FAILURE"] * 4, OpsDeleteRun=forbidden("deletePipelineRun"))
    results = done(dagster, "delete")
    assert {result.code for result in results} == {"FORBIDDEN"}
    assert len(mutations(dagster)) == 1


def test_a_run_of_a_backfill_stays_part_of_it() -> None:
    dagster = dagster_of()
    dagster.runs["run"] = fake_run("run", "FAILURE", tags={"dagster/backfill": "abcdefgh", "team": "air"})
    (result,) = done(dagster, "reexecute", "FROM_FAILURE", {"why": "again"})
    assert (result.done, result.new_run_id) == (True, "new-run")
    assert mutations(dagster) == [
        {
            "params": {
                "parentRunId": "run",
                "strategy": "FROM_FAILURE",
                "extraTags": [
                    {"key": "why", "value": "again"},
                    {"key": "dagster/backfill", "value": "abcdefgh"},
                    UNIQUE,
                ],
            }
        }
    ]


@pytest.mark.parametrize("own", [{}, {"dagster/backfill": "abcdefgh"}])
@pytest.mark.parametrize("tags", [{}, {"why": "again"}])
def test_a_server_that_knows_no_extra_tags_is_not_sent_ours(tags: dict[str, str], own: dict[str, str]) -> None:
    """Such a server copies the tag of the backfill itself."""
    dagster = dagster_of()
    dagster.runs["run-0"] = fake_run("run-0", "CANCELED", tags=own)

    def before(operation: str, variables: Answer) -> None:
        if "extraTags" in variables.get("params", {}):
            raise UnsupportedError("Field 'extraTags' is not defined by type 'ReexecutionParams'.")

    dagster.before = before
    (result,) = done(dagster, "reexecute", "ALL_STEPS", tags)
    # Those of a user are not left out silently.
    assert (result.done, result.code) == ((False, "UNSUPPORTED_BY_SERVER") if tags else (True, None))
    if not tags:
        assert mutations(dagster)[-1] == {"params": {"parentRunId": "run-0", "strategy": "ALL_STEPS"}}


def lost() -> OpsError:
    error = NoAnswerError("the connection broke")
    error.in_doubt = True
    return error


def losing(answer: Callable[[Answer], Answer], arrives: bool) -> Callable[[Answer], Answer]:
    """Lose the answer, after the change was made, or the change with it."""

    def work(variables: Answer) -> Answer:
        if arrives:
            answer(variables)
        raise lost()

    return work


@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize("verb", ["terminate", "delete", "reexecute"])
def test_a_change_whose_answer_was_lost_is_looked_for_and_not_sent_again(verb: str, arrives: bool) -> None:
    dagster = dagster_of(*["QUEUED" if verb == "terminate" else "FAILURE"] * 3)

    def terminate(variables: Answer) -> Answer:
        for run_id in variables["runIds"]:
            dagster.runs[run_id]["status"] = "CANCELED"
        return {}

    def delete(variables: Answer) -> Answer:
        dagster.runs.pop(variables["runId"])
        return {}

    def reexecute(variables: Answer) -> Answer:
        parent = variables["params"]["parentRunId"]
        dagster.runs[f"new-{parent}"] = fake_run(f"new-{parent}", "QUEUED", parentRunId=parent)
        dagster.runs[f"new-{parent}"]["tags"] = variables["params"]["extraTags"]
        return {}

    dagster.answers = {
        "OpsTerminateRuns": losing(terminate, arrives),
        "OpsDeleteRun": losing(delete, arrives),
        "OpsReexecuteRun": losing(reexecute, arrives),
    }
    results = done(dagster, verb, *(["ALL_STEPS"] if verb == "reexecute" else []))
    if arrives:
        assert told(results) == [(True, None, None)] * 3
        expected = [f"new-run-{number}" if verb == "reexecute" else None for number in range(3)]
        assert [result.new_run_id for result in results] == expected
    else:
        assert told(results)[0] == (
            False,
            "TIMEOUT",
            "the connection broke. Dagster shows no effect, so the change was not made",
        )
        # One lost answer may be a webserver that restarts; after two, Dagster is gone. Runs are terminated in one
        # request.
        told_last = str(results[-1].error)
        assert (told_last == "not tried, because Dagster can't be reached") == (verb != "terminate")
    assert len(mutations(dagster)) == (1 if verb == "terminate" else 3 if arrives else 2)


@pytest.mark.parametrize("answer", [{"terminateRuns": None}, None])
def test_what_dagster_failed_at_may_be_done_all_the_same(answer: Answer | None) -> None:
    dagster = dagster_of("QUEUED", "QUEUED")

    def terminate(variables: Answer) -> Answer:
        dagster.runs["run-0"]["status"] = "CANCELED"
        if answer is None:
            return {"terminateRuns": {"__typename": "TerminateRunsResult", "terminateRunResults": []}}
        raise ServerFaultError("Dagster failed: boom")

    dagster.answers["OpsTerminateRuns"] = terminate
    results = done(dagster, "terminate")
    assert [result.done for result in results] == [True, False]
    assert str(results[1].error).endswith("Dagster shows no effect, so the change was not made")


def test_a_run_that_hands_its_tags_on_is_not_taken_for_the_one_that_was_asked_for() -> None:
    dagster = FakeDagster.of(fake_run("run-0", "FAILURE", tags={"ops/request": "unique"}))
    dagster.answers = {"OpsReexecuteRun": losing(dict, arrives=False)}
    assert [result.done for result in done(dagster, "reexecute", "ALL_STEPS")] == [False]


def test_a_request_that_was_not_sent_is_not_looked_for() -> None:
    """The request before the launch fails; a run that looks like its result is not taken for it."""
    child = fake_run("child", "SUCCESS", tags={"ops/request": "unique"}, parentRunId="run-0", rootRunId="run-0")
    dagster = FakeDagster.of(fake_run("run-0", "FAILURE"), child)

    def before(operation: str, variables: Answer) -> None:
        if variables.get("filter", {}).get("tags") == [{"key": "dagster/root_run_id", "value": "run-0"}]:
            raise ServerFaultError("Dagster failed: boom")

    dagster.before = before
    bulk = RunBulkApi(dagster, Poll(sleep=lambda seconds: None), lambda: "unique")
    (result,) = [each for batch in bulk.reexecute(bulk.find(["run-0"]).runs, "ALL_STEPS") for each in batch]
    assert not result.done
    assert mutations(dagster) == []


@pytest.mark.parametrize(
    ("status", "strategy", "error"),
    [
        ("STARTED", "ALL_STEPS", "not finished yet (STARTED)"),
        ("QUEUED", "FROM_FAILURE", "not finished yet (QUEUED)"),
        ("SUCCESS", "FROM_FAILURE", "no failed step to start from (SUCCESS)"),
    ],
)
def test_what_can_not_be_launched_again_is_refused(status: str, strategy: str, error: str) -> None:
    dagster = dagster_of(status)
    assert told(done(dagster, "reexecute", strategy)) == [(False, "CONFLICT", error)]
    assert mutations(dagster) == []


def test_a_result_is_settled_by_how_the_run_ended() -> None:
    dagster = dagster_of("CANCELED", "SUCCESS", "CANCELING")
    rows = {run.id: run for run in RunBulkApi(dagster).find(list(dagster.runs)).runs}
    watched = [WatchedRun(id=run_id, run=run) for run_id, run in rows.items()]
    results = [RunResult(id=run_id, done=True) for run_id in (*rows, "refused")]
    results[-1] = RunResult(id="refused", done=False, code="CONFLICT", error="no")
    assert told(with_outcomes(results, watched, "CANCELED")) == [
        (True, None, None),
        (False, None, "ended with status SUCCESS"),
        (False, None, "still CANCELING"),
        (False, "CONFLICT", "no"),
    ]


def test_statuses_are_fresh_after_a_termination() -> None:
    dagster = dagster_of("STARTED")
    (result,) = done(dagster, "terminate")
    dagster.runs["run-0"]["status"] = "CANCELED"
    assert RunBulkApi(dagster).refresh([result])[0].status == "CANCELED"


def test_a_server_that_does_not_know_the_newest_status_is_asked_without_it() -> None:
    dagster = dagster_of("SUCCESS", "STARTED")

    def before(operation: str, variables: Answer) -> None:
        if "SUSPENDED" in variables["filter"].get("statuses", []):
            raise ServerFaultError("Dagster failed: Value 'SUSPENDED' does not exist in 'RunStatus' enum.")

    dagster.before = before
    bulk = RunBulkApi(dagster)
    assert [run.id for run in bulk.select(RunFilter(statuses=["STARTED", "SUSPENDED"])).runs] == ["run-1"]
    assert bulk.select(RunFilter(statuses=["SUSPENDED"])).runs == []
