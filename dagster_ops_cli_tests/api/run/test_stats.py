"""Runs summed up: what is counted, and what a percentile is."""

from datetime import datetime, timezone
from typing import Any

import pytest

from dagster_ops_cli.api.run import RunApi
from dagster_ops_cli.formatters.run.stats import format_run_stats
from dagster_ops_cli.schemas.run.stats import RunStatistics
from dagster_ops_cli_tests.fake_dagster import CREATED, FakeDagster, fake_run

SINCE = datetime(2023, 11, 14, tzinfo=timezone.utc)


def took(run_id: str, seconds: float, status: str = "SUCCESS", **fields: Any) -> dict[str, Any]:
    return fake_run(run_id, status, startTime=CREATED, endTime=CREATED + seconds, **fields)


def log_of(run_id: str, message: str, class_name: str) -> list[dict[str, Any]]:
    wrapped = {"message": message, "className": class_name, "stack": []}
    error = {
        "message": "DagsterExecutionStepExecutionError: Error occurred while executing op",
        "className": "DagsterExecutionStepExecutionError",
        "stack": [],
        "errorChain": [{"error": wrapped}],
    }
    base = {"runId": run_id, "message": "", "timestamp": "1700000000000", "level": "ERROR", "stepKey": "fetch"}
    start = {**base, "eventType": "STEP_START"}
    return [start, {**base, "eventType": "STEP_FAILURE", "error": error}, {**base, "eventType": "RUN_FAILURE"}]


def summary_of(
    *runs: dict[str, Any], logs: dict[str, list[dict[str, Any]]] | None = None, errors: int = 100
) -> RunStatistics:
    dagster = FakeDagster.of(*runs)

    def log(variables: dict[str, Any]) -> dict[str, Any]:
        if logs is None or variables["runId"] not in logs:
            return {"logsForRun": {"__typename": "RunNotFoundError", "message": "gone"}}
        page = {"cursor": "end", "hasMore": False, "events": logs[variables["runId"]]}
        return {"logsForRun": {"__typename": "EventConnection", **page}}

    dagster.answers["OpsListRunEvents"] = log
    return RunApi(dagster).summarize(SINCE, errors=errors)


@pytest.mark.parametrize(
    ("seconds", "median", "p95"),
    [
        ([7], 7, 7),
        ([1, 2], 1, 2),
        ([3, 1, 2], 2, 3),
        (list(range(1, 21)), 10, 19),
        (list(range(1, 101)), 50, 95),
    ],
)
def test_half_and_95_of_100_runs_take_no_longer(seconds: list[int], median: float, p95: float) -> None:
    duration = summary_of(*(took(f"run-{number}", each) for number, each in enumerate(seconds))).duration
    assert (duration.count, duration.median, duration.p95) == (len(seconds), median, p95)


def test_runs_that_never_started_or_have_not_ended_have_no_duration() -> None:
    stats = summary_of(took("canceled", 0, "CANCELED"), fake_run("queued", "QUEUED"), took("done", 5))
    assert stats.duration.count == 1
    assert (stats.total, stats.statuses) == (3, {"SUCCESS": 1, "QUEUED": 1, "CANCELED": 1})


def test_no_runs_are_no_error() -> None:
    stats = summary_of()
    assert (stats.total, stats.statuses, stats.duration.median, stats.duration.p95) == (0, {}, None, None)
    assert str(format_run_stats(stats, bars=True)) == "Runs created since 2023-11-14T00:00:00Z: 0"


def test_failures_are_counted_by_job_and_by_what_user_code_raised() -> None:
    runs = [
        *(took(f"fetch-{number}", 1, "FAILURE", jobName="fetch") for number in range(3)),
        took("store", 1, "FAILURE", jobName="store"),
        took("died", 1, "FAILURE", jobName="store"),
        took("deleted", 1, "FAILURE", jobName="store"),
    ]
    logs = {
        f"fetch-{number}": log_of(f"fetch-{number}", "app.OfflineError: no answer\n", "OfflineError")
        for number in range(3)
    }
    logs |= {"store": log_of("store", "OSError: disk full\n  details", "OSError"), "died": []}
    stats = summary_of(*runs, logs=logs)
    assert {each.job_name: each.count for each in stats.failures_by_job} == {"fetch": 3, "store": 3}
    assert [(each.error, each.count, each.run_id) for each in stats.failures_by_error] == [
        ("OfflineError: no answer", 3, "fetch-2"),
        (None, 1, "died"),
        ("OSError: disk full", 1, "store"),
    ]


def test_errors_beyond_ten_are_counted() -> None:
    names = [f"run-{number:02}" for number in range(13)]
    logs = {name: log_of(name, f"OSError: no {name}", "OSError") for name in names}
    stats = summary_of(*(took(name, 1, "FAILURE") for name in names), logs=logs)
    lines = str(format_run_stats(stats, bars=False)).partition("\nFAILURES ERROR")[2].splitlines()[1:]
    assert [line.split()[:4] for line in lines[:10]] == [["1", "OSError:", "no", each] for each in names[:2:-1]]
    assert lines[11] == "and 3 other errors; --json has all"


def test_no_more_logs_are_read_than_asked_for() -> None:
    runs = [took(f"run-{number}", 1, "FAILURE") for number in range(3)]
    logs = {f"run-{number}": log_of(f"run-{number}", "OSError: no", "OSError") for number in range(3)}
    stats = summary_of(*runs, logs=logs, errors=2)
    assert (stats.failures_read, stats.failures_by_error[0].count) == (2, 2)
    assert "of the latest 2 of 3 failures." in str(format_run_stats(stats, bars=False))


def test_a_chart_shows_the_counts_by_the_length_of_its_bars() -> None:
    stats = summary_of(*(took(f"run-{number}", 1) for number in range(80)), fake_run("queued", "QUEUED"))
    text = str(format_run_stats(stats, bars=True))
    assert f"SUCCESS 80 {'█' * 40}\nQUEUED   1 █" in text
    assert "█" not in str(format_run_stats(stats, bars=False))
