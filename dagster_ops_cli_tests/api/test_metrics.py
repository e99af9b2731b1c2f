"""What is counted for monitoring, and what is left out if it can't be read."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from dagster_ops_cli import times
from dagster_ops_cli.adapters.metrics import GET_METRICS, GET_OLD_METRICS, GET_UNSUSPENDED_METRICS
from dagster_ops_cli.api.metrics import MetricsApi
from dagster_ops_cli.errors import NoAnswerError, ServerFaultError
from dagster_ops_cli_tests.fake_dagster import CREATED, FakeDagster, fake_run

NOW = datetime.fromtimestamp(CREATED, timezone.utc) + timedelta(hours=2)
SINCE = NOW - timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "now", lambda: NOW)


def reading(**fields: Any) -> dict[str, Any]:
    return {
        "version": "1.13.27",
        "instance": {"runQueueConfig": {"maxConcurrentRuns": -1}, "daemonHealth": {"allDaemonStatuses": []}},
        "workspaceOrError": {"__typename": "Workspace", "locationEntries": []},
        "queue": {"__typename": "RunIds", "results": []},
        "runSTARTED": {"__typename": "Runs", "count": 2},
        "backfillREQUESTED": {"__typename": "PartitionBackfills", "results": [{"id": "1"}]},
        **fields,
    }


def dagster(*runs: dict[str, Any], **fields: Any) -> FakeDagster:
    fake = FakeDagster.of(*runs)
    pools = {"minConcurrencyLimitValue": 0, "maxConcurrencyLimitValue": 9, "concurrencyLimits": []}
    fake.answers = {
        "OpsGetMetrics": lambda _: reading(**fields),
        "OpsListAllPools": lambda _: {"instance": pools},
        "OpsGetQueuedTime": lambda _: {"runOrError": {"__typename": "Run", "status": "QUEUED", "updateTime": CREATED}},
    }
    return fake


def ended(run_id: str, status: str, age: timedelta, job: str = "nightly") -> dict[str, Any]:
    return fake_run(run_id, status, jobName=job, endTime=(NOW - age).timestamp())


def test_only_runs_that_ended_in_the_window_count() -> None:
    recent, old = timedelta(minutes=5), timedelta(hours=1, minutes=1)
    found = MetricsApi(
        dagster(
            ended("1", "SUCCESS", recent),
            ended("2", "FAILURE", recent),
            ended("3", "SUCCESS", recent),
            ended("4", "FAILURE", old),
            ended("5", "FAILURE", recent, "hourly"),
            fake_run("6", "STARTED"),
        )
    ).get(SINCE)
    assert [(each.job_name, each.status, each.count) for each in found.runs_ended] == [
        ("hourly", "FAILURE", 1),
        ("nightly", "FAILURE", 1),
        ("nightly", "SUCCESS", 2),
    ]
    assert (found.runs_unfinished, found.backfills_unfinished) == ({"STARTED": 2}, {"REQUESTED": 1})
    assert (found.up, found.window, found.max_concurrent_runs, found.faults) == (True, 3600, None, [])


def test_few_requests_are_sent() -> None:
    empty = dagster()
    MetricsApi(empty).get(SINCE)
    assert [name for name, _ in empty.asked] == ["OpsGetMetrics", "OpsListAllPools", "OpsListRuns"]
    assert empty.asked[0][1] == {"since": SINCE.timestamp()}
    busy = dagster(*(ended(str(number), "SUCCESS", timedelta(0)) for number in range(1500)))
    assert MetricsApi(busy).get(SINCE).runs_ended[0].count == 1500
    assert len(busy.asked) == 4


def test_the_oldest_queued_run_is_the_last_in_the_list() -> None:
    fake = dagster(queue={"__typename": "RunIds", "results": ["new", "older", "oldest"]})
    found = MetricsApi(fake).get(SINCE)
    assert (found.queued, found.oldest_queued_age) == (3, 7200)
    assert ("OpsGetQueuedTime", {"runId": "oldest"}) in fake.asked


@pytest.mark.parametrize(
    "answer",
    [
        {"__typename": "Run", "status": "STARTED", "updateTime": CREATED},
        {"__typename": "RunNotFoundError", "message": "Pipeline run oldest could not be found."},
    ],
)
def test_a_run_that_has_left_the_queue_has_no_age(answer: dict[str, Any]) -> None:
    fake = dagster(queue={"__typename": "RunIds", "results": ["oldest"]})
    fake.answers["OpsGetQueuedTime"] = lambda _: {"runOrError": answer}
    found = MetricsApi(fake).get(SINCE)
    assert (found.oldest_queued_age, found.faults) == (None, [])


@pytest.mark.parametrize(
    ("operation", "part"), [("OpsListAllPools", "pools"), ("OpsListRuns", "runs"), ("OpsGetQueuedTime", "queue")]
)
def test_a_part_that_can_not_be_read_is_a_fault_and_the_rest_stands(operation: str, part: str) -> None:
    fake = dagster(queue={"__typename": "RunIds", "results": ["oldest"]})

    def fail(_: Any) -> dict[str, Any]:
        raise NoAnswerError("no answer from secret")

    fake.answers[operation] = fail
    found = MetricsApi(fake, lambda text: text.replace("secret", "***")).get(SINCE)
    assert [(each.part, each.code, each.message) for each in found.faults] == [(part, "TIMEOUT", "no answer from ***")]
    assert (found.up, found.queued) == (True, 1)


def test_daemons_that_are_not_needed_are_left_out() -> None:
    def daemon(name: str, required: bool, beat: float | None) -> dict[str, Any]:
        return {"daemonType": name, "required": required, "healthy": True, "lastHeartbeatTime": beat}

    statuses = [daemon("ASSET", False, CREATED), daemon("SENSOR", True, CREATED), daemon("BACKFILL", True, None)]
    fake = dagster(instance={"daemonHealth": {"allDaemonStatuses": statuses}})
    found = MetricsApi(fake).get(SINCE).daemons
    assert [(each.type, each.heartbeat_age) for each in found] == [("SENSOR", 7200), ("BACKFILL", None)]


def test_locations_and_ticks() -> None:
    def schedule(name: str, status: str, ticks: int) -> dict[str, Any]:
        return {"name": name, "scheduleState": {"status": status, "ticks": [{"status": "FAILURE"}] * ticks}}

    schedules = [schedule("a", "RUNNING", 0), schedule("b", "STOPPED", 0), schedule("c", "STOPPED", 2)]
    repositories = [{"name": "r", "schedules": schedules, "sensors": []}]
    error = {"__typename": "PythonError", "message": "Error occurred", "causes": [{"message": "KeyError: 'X'\n"}]}
    entries = [
        {
            "name": "good",
            "loadStatus": "LOADED",
            "locationOrLoadError": {"__typename": "RepositoryLocation", "repositories": repositories},
        },
        {"name": "bad", "loadStatus": "LOADED", "locationOrLoadError": error},
        {"name": "slow", "loadStatus": "LOADING", "locationOrLoadError": None},
    ]
    found = MetricsApi(dagster(workspaceOrError={"__typename": "Workspace", "locationEntries": entries})).get(SINCE)
    assert [(each.name, each.failed) for each in found.ticks_failed] == [("c", 2), ("a", 0)]
    assert [(each.name, each.loaded, each.error) for each in found.code_locations] == [
        ("bad", False, "KeyError: 'X'"),
        ("slow", False, "it is not loaded yet (LOADING)"),
        ("good", True, None),
    ]


def test_older_servers_are_asked_without_newer_statuses() -> None:
    asked = []

    class OldDagster(FakeDagster):
        def execute(self, query: str, variables: Any = None) -> dict[str, Any]:
            if "$since" in query:
                asked.append(query)
                for status, kind in (("SUSPENDED", "RunStatus"), ("FAILING", "BulkActionStatus")):
                    if f"[{status}]" in query or f"status: {status}" in query:
                        raise ServerFaultError(f"Dagster failed: Value '{status}' does not exist in '{kind}' enum.")
            return super().execute(query, variables)

    old = OldDagster(answers={**dagster().answers, "OpsGetOldMetrics": lambda _: reading()})
    assert MetricsApi(old).get(SINCE).up
    assert asked == [GET_METRICS, GET_UNSUSPENDED_METRICS, GET_OLD_METRICS]


def test_another_fault_is_not_sent_again() -> None:
    fake = dagster()

    def fail(_: Any) -> dict[str, Any]:
        raise ServerFaultError("Dagster failed: the database is locked")

    fake.answers["OpsGetMetrics"] = fail
    with pytest.raises(ServerFaultError):
        MetricsApi(fake).get(SINCE)
    assert len(fake.asked) == 1
