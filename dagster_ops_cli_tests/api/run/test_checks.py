"""Which checks failed in runs: what few requests tell of many runs, and what older servers tell of each."""

from typing import Any

from dagster_ops_cli.api.run import RunApi
from dagster_ops_cli.errors import UnsupportedError
from dagster_ops_cli_tests.fake_dagster import FakeDagster

ERROR, WARN = "ERROR", "WARN"


def planned(run_id: str, *names: str) -> dict[str, Any]:
    checks = [{"name": name, "assetKey": {"path": ["raw", "orders"]}} for name in names]
    return {"runId": run_id, "tags": [{"key": "dagster/partition", "value": f"key {run_id}"}], "assetChecks": checks}


def execution(number: int, run_id: str, status: str, severity: str | None = None) -> dict[str, Any]:
    evaluation = {"timestamp": 1.0, "severity": severity, "success": status == "SUCCEEDED", "description": "told"}
    return {
        "id": str(number),
        "runId": run_id,
        "status": status,
        "timestamp": 1.0,
        "evaluation": {**evaluation, "metadataEntries": []} if severity else None,
    }


def event(name: str, *, success: bool | None = None, severity: str = ERROR) -> dict[str, Any]:
    check = {"checkName": name, "assetKey": {"path": ["raw", "orders"]}}
    if success is None:
        return {"__typename": "AssetCheckEvaluationPlannedEvent", **check}
    evaluation = {**check, "success": success, "severity": severity}
    return {"__typename": "AssetCheckEvaluationEvent", "evaluation": evaluation}


def dagster(runs: list[dict[str, Any]], newest_first: list[dict[str, Any]], *log: dict[str, Any]) -> FakeDagster:
    def executions(given: dict[str, Any]) -> dict[str, Any]:
        ids = [each["id"] for each in newest_first]
        start = ids.index(given["cursor"]) + 1 if given["cursor"] else 0
        return {"assetCheckExecutions": newest_first[start : start + given["limit"]]}

    def listed(given: dict[str, Any]) -> dict[str, Any]:
        found = [run for run in runs if run["runId"] in given["filter"]["runIds"]]
        return {"runsOrError": {"__typename": "Runs", "results": found}}

    page = {"__typename": "EventConnection", "cursor": "end", "hasMore": False, "events": [*log]}
    return FakeDagster(
        answers={
            "OpsListCheckedRuns": listed,
            "OpsListCheckExecutions": executions,
            "OpsListCheckEvents": lambda given: {"logsForRun": page},
        }
    )


def failed(server: FakeDagster, *run_ids: str) -> list[tuple[str, str, str]]:
    return [(each.place, each.name, each.status) for each in RunApi(server).list_failed_checks(run_ids)]


def test_of_many_runs_each_check_is_asked_for_once() -> None:
    count = 300
    ids = [str(number) for number in range(count)]
    results = {7: ("FAILED", ERROR), 8: ("FAILED", WARN), 9: ("SKIPPED", None)}
    executions = [
        execution(number, run_id, *results.get(number, ("SUCCEEDED", ERROR)))
        for number, run_id in enumerate([*ids, *(f"other {number}" for number in range(count))])
    ][::-1]
    server = dagster([planned(run_id, "rows") for run_id in ids], executions)
    assert failed(server, *ids) == [("key 7", "rows", "FAILED"), ("key 9", "rows", "NO_RESULT")]
    # Three for the runs, and three pages of 250 executions; the log of no run.
    assert [operation for operation, _ in server.asked] == [
        *["OpsListCheckedRuns"] * 3,
        *["OpsListCheckExecutions"] * 3,
    ]


def test_a_run_with_a_result_for_each_of_its_partitions() -> None:
    executions = [
        execution(4, "b", "SUCCEEDED", ERROR),
        execution(3, "a", "SUCCEEDED", ERROR),
        execution(2, "a", "FAILED", ERROR),
    ]
    assert failed(dagster([planned("a", "rows"), planned("b", "rows")], executions), "a", "b") == [
        ("key a", "rows", "FAILED")
    ]


def test_of_few_runs_the_log_tells() -> None:
    log = [event("rows"), event("late"), event("lost"), event("rows", success=False), event("late", success=True)]
    server = dagster([planned("a", "rows", "late", "lost")], [], *log)
    assert failed(server, "a") == [("key a", "rows", "FAILED"), ("key a", "lost", "NO_RESULT")]


def test_of_several_evaluations_the_failed_one_counts_unless_its_step_is_retried() -> None:
    failed_first = [event("rows"), event("rows", success=False), event("rows", success=True)]
    assert failed(dagster([planned("a", "rows")], [], *failed_first), "a") == [("key a", "rows", "FAILED")]
    failed_first.insert(2, {"__typename": "ExecutionStepRestartEvent"})
    assert failed(dagster([planned("a", "rows")], [], *failed_first), "a") == []


def test_runs_without_checks_need_one_request() -> None:
    server = dagster([planned("a"), planned("b")], [])
    assert failed(server, "a", "b") == []
    assert len(server.asked) == 1


def test_before_1_8_the_log_of_each_run_tells() -> None:
    server = dagster([], [], event("rows", success=False))

    def refuse(operation: str, given: dict[str, Any]) -> None:
        if operation == "OpsListCheckedRuns":
            raise UnsupportedError("Cannot query field 'assetChecks'")

    server.before = refuse
    assert failed(server, "a", "b") == [("a", "rows", "FAILED"), ("b", "rows", "FAILED")]


def test_no_runs() -> None:
    server = dagster([], [])
    assert failed(server) == []
    assert server.asked == []
