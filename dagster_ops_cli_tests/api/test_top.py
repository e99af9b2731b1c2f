"""What `ops top` asks, what it remembers, and what it makes of the answers."""

from collections.abc import Iterator
from typing import Any

import pytest

from dagster_ops_cli.api.top import TopApi
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ServerFaultError, UnreachableError
from dagster_ops_cli.schemas.top import Top
from dagster_ops_cli_tests.fake_dagster import CREATED, FakeDagster

POOL = {
    "concurrencyKey": "database",
    "slotCount": 1,
    "ownLimit": 1,
    "usingDefaultLimit": False,
    "claimedSlots": [{"runId": "9", "stepKey": "x"}],
    "pendingSteps": [],
}


def row(run_id: str, status: str, **fields: Any) -> dict[str, Any]:
    return {
        "runId": run_id,
        "status": status,
        "startTime": None,
        "endTime": None,
        "updateTime": CREATED,
        "jobName": "nightly",
        "tags": [],
        **fields,
    }


def runs(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"__typename": "Runs", "count": len(rows), "results": list(rows)}


def reading(**fields: Any) -> dict[str, Any]:
    nothing = {"__typename": "PartitionBackfills", "results": []}
    return {
        "version": "1.13.27",
        "instance": {"runQueueConfig": {"maxConcurrentRuns": 1}, "daemonHealth": {"allDaemonStatuses": []}},
        "running": runs(),
        "queue": {"__typename": "RunIds", "results": []},
        "failed": runs(),
        "backfillREQUESTED": nothing,
        "backfillCANCELING": nothing,
        "backfillFAILING": nothing,
        **fields,
    }


def failure(step: str, message: str) -> dict[str, Any]:
    return {
        "runId": "1",
        "message": "",
        "timestamp": "1700000000000",
        "level": "ERROR",
        "stepKey": step,
        "eventType": "STEP_FAILURE",
        "error": {"message": message, "className": "ValueError", "stack": [], "errorChain": []},
    }


def page(*events: dict[str, Any], cursor: str = "1", more: bool = False) -> dict[str, Any]:
    return {"__typename": "EventConnection", "events": list(events), "cursor": cursor, "hasMore": more}


INFO = {"runId": "1", "message": "m", "timestamp": "1700000000000", "level": "INFO"}


def dagster(logs: dict[tuple[str, str | None], dict[str, Any]] | None = None, **fields: Any) -> FakeDagster:
    """A Dagster whose failed runs have these ``logs``, pages by run id and cursor."""

    def details(given: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        if given["queues"]:
            needs = {"rootConcurrencyKeys": ["database"], "hasUnconstrainedRootNodes": False}
            # Dagster lists the newest first, and the ids in the document are in the same order.
            answer["queued"] = runs(*({**row(each, "QUEUED"), **needs} for each in given["queued"]["runIds"]))
        if given["pools"]:
            answer["instance"] = {"concurrencyLimits": [POOL]}
        for name, run_id in given.items():
            if name.startswith("log"):
                answer[name] = (logs or {})[run_id, given[f"cursor{name.removeprefix('log')}"]]
            elif name.startswith("plan"):
                steps = [{"key": key} for key in "abc"]
                answer[name] = {"__typename": "Run", "stepKeysToExecute": None, "executionPlan": {"steps": steps}}
        return answer

    return FakeDagster(answers={"OpsGetTop": lambda _: reading(**fields), "OpsGetTopDetails": details})


def follow(fake: FakeDagster) -> Iterator[Top]:
    return TopApi(fake, Poll(sleep=lambda seconds: None)).follow(2)


def asked(fake: FakeDagster) -> list[str]:
    names = [name for name, _ in fake.asked]
    fake.asked.clear()
    return names


def test_one_request_if_nothing_is_to_be_learnt_and_never_more_than_two() -> None:
    idle = dagster()
    looks = follow(idle)
    for _ in range(3):
        next(looks)
        assert asked(idle) == ["OpsGetTop"]
    stats = {"stats": {"__typename": "RunStatsSnapshot", "stepsSucceeded": 2, "stepsFailed": 1}}
    busy = dagster(
        {("9", None): page(failure("a", "no"))},
        running=runs(row("1", "STARTED", **stats)),
        failed=runs(row("9", "FAILURE")),
    )
    looks = follow(busy)
    (run,) = next(looks).running
    assert (run.steps_succeeded, run.steps_failed, run.steps_total) == (2, 1, 3)
    assert asked(busy) == ["OpsGetTop", "OpsGetTopDetails"]
    (again,) = next(looks).running
    assert (again.steps_total, asked(busy)) == (3, ["OpsGetTop"])


def test_statistics_that_dagster_can_not_read_are_left_out() -> None:
    fake = dagster(
        running=runs(row("1", "STARTED", stats={"__typename": "PythonError"}), row("2", "STARTING", stats=None))
    )
    assert [run.steps_succeeded for run in next(follow(fake)).running] == [None, None]


def test_the_first_error_is_found_page_by_page() -> None:
    logs = {
        ("9", None): page(*[INFO] * 3, cursor="3", more=True),
        ("9", "3"): page(
            INFO, failure("load", "ValueError: empty file\nmore"), failure("other", "later"), cursor="6", more=True
        ),
    }
    fake = dagster(logs, failed=runs(row("9", "FAILURE", endTime=CREATED)))
    looks = follow(fake)
    assert next(looks).failed[0].error is None
    found = next(looks).failed[0]
    assert (found.step_key, found.error) == ("load", "ValueError: empty file")
    asked(fake)
    next(looks)
    assert asked(fake) == ["OpsGetTop"], "what has been read is remembered"


def test_a_log_that_can_not_be_read_has_no_error() -> None:
    broken = {"__typename": "PythonError", "message": "Limit of 1000 is too large. Max is 500", "className": "X"}
    fake = dagster({("9", None): broken}, failed=runs(row("9", "FAILURE")))
    looks = follow(fake)
    assert next(looks).failed[0].error is None
    next(looks)
    assert asked(fake) == ["OpsGetTop", "OpsGetTopDetails", "OpsGetTop"]


def test_few_logs_are_read_at_once_but_a_single_answer_has_all_errors() -> None:
    ids = [str(number) for number in range(12)]
    logs: dict[tuple[str, str | None], dict[str, Any]] = {(each, None): page(failure("a", "no")) for each in ids}
    fake = dagster(logs, failed=runs(*(row(each, "FAILURE") for each in ids)))
    assert [run.error for run in next(follow(fake)).failed].count("ValueError: no") == 5
    asked(fake)
    assert all(run.error == "ValueError: no" for run in TopApi(fake).get().failed)
    assert asked(fake) == ["OpsGetTop", *["OpsGetTopDetails"] * 3]


def test_a_long_log_is_given_up() -> None:
    logs: dict[tuple[str, str | None], dict[str, Any]] = {
        ("9", str(number) if number else None): page(INFO, cursor=str(number + 1), more=True) for number in range(100)
    }
    fake = dagster(logs, failed=runs(row("9", "FAILURE")))
    assert TopApi(fake).get().failed[0].error is None
    assert len(fake.asked) == 21


def test_what_waits_is_told_in_the_order_in_which_it_starts() -> None:
    fake = dagster(
        queue={"__typename": "RunIds", "results": [str(number) for number in range(30)]},
        running=runs(row("x", "STARTED", stats=None)),
    )
    found = next(follow(fake))
    assert found.queued_count == 30
    assert [run.id for run in found.waiting] == [str(number) for number in reversed(range(10, 30))], "the oldest"
    assert [wait.message for wait in found.waiting[0].waiting_for] == [
        "1 of 1 run slots in use",
        "pool database: 1 of 1 slots held",
    ]


def test_a_run_that_has_left_the_queue_meanwhile_does_not_wait() -> None:
    fake = dagster(queue={"__typename": "RunIds", "results": ["1"]})
    fake.answers["OpsGetTopDetails"] = lambda _: {"queued": runs(row("1", "STARTED"))}
    assert next(follow(fake)).waiting == []


def test_an_empty_queue_is_not_asked_for_all_runs() -> None:
    fake = dagster(running=runs(row("1", "STARTED", stats=None)))
    next(follow(fake))
    (variables,) = [given for name, given in fake.asked if name == "OpsGetTopDetails"]
    assert (variables["queues"], variables["pools"], variables["queued"]) == (False, False, {"runIds": [""]})


def test_pools_that_dagster_can_not_list_are_not_asked_for_again() -> None:
    fake = dagster(queue={"__typename": "RunIds", "results": ["1"]})
    right = fake.answers["OpsGetTopDetails"]

    def broken(given: dict[str, Any]) -> dict[str, Any]:
        if given["pools"]:
            raise ServerFaultError("IntegrityError")
        return right(given)

    fake.answers["OpsGetTopDetails"] = broken
    looks = follow(fake)
    for expected in (3, 2):
        assert [wait.message for wait in next(looks).waiting[0].waiting_for] == []
        assert len(asked(fake)) == expected


def test_an_old_server_is_asked_the_old_way_from_then_on() -> None:
    fake = dagster()

    def unknown(_: Any) -> dict[str, Any]:
        raise ServerFaultError("Dagster failed: Value 'FAILING' does not exist in 'BulkActionStatus' enum.")

    fake.answers["OpsGetTop"] = unknown
    old = {name: value for name, value in reading().items() if name != "backfillFAILING"}
    fake.answers["OpsGetOldTop"] = lambda _: old
    looks = follow(fake)
    next(looks)
    next(looks)
    assert asked(fake) == ["OpsGetTop", "OpsGetOldTop", "OpsGetOldTop"]


@pytest.mark.parametrize("assets", [None, {"assetBackfillStatuses": [{}]}])
def test_backfills_of_jobs(assets: Any) -> None:
    backfill = {
        "id": "abc",
        "status": "REQUESTED",
        "timestamp": CREATED,
        "numPartitions": 9,
        "isAssetBackfill": False,
        "assetSelection": None,
        "partitionSetName": "nightly_partition_set",
        "tags": [{"key": "ops/backfill", "value": "#1234"}],
        "partitionStatusCounts": [{"runStatus": "SUCCESS", "count": 3}, {"runStatus": "FAILURE", "count": 1}],
        "assetBackfillData": assets,
    }
    (found,) = next(
        follow(dagster(backfillREQUESTED={"__typename": "PartitionBackfills", "results": [backfill]}))
    ).backfills
    assert (found.name, found.job_name, found.total, found.done) == ("#1234", "nightly", 9, 4)


def test_backfills_of_assets_count_the_partitions_of_each() -> None:
    status = {
        "numPartitionsTargeted": 5,
        "numPartitionsInProgress": 1,
        "numPartitionsMaterialized": 2,
        "numPartitionsFailed": 1,
    }
    backfill = {
        "id": "abc",
        "status": "REQUESTED",
        "timestamp": CREATED,
        "numPartitions": None,
        "isAssetBackfill": True,
        "assetSelection": [{"path": ["a", "b"]}, {"path": ["c"]}],
        "partitionSetName": None,
        "tags": [],
        "partitionStatusCounts": [],
        "assetBackfillData": {"assetBackfillStatuses": [status, status, {}]},
    }
    (found,) = next(
        follow(dagster(backfillCANCELING={"__typename": "PartitionBackfills", "results": [backfill]}))
    ).backfills
    assert (found.asset_keys, found.total, found.done) == (["a/b", "c"], 10, 6)


def test_the_first_failure_is_raised_and_later_ones_are_waited_out() -> None:
    fake = dagster()
    fails = [True]

    def fail(operation: str, variables: dict[str, Any]) -> None:
        if fails:
            fails.pop()
            raise UnreachableError("refused")

    fake.before = fail
    with pytest.raises(UnreachableError):
        next(follow(fake))
    told: list[str] = []
    looks = TopApi(fake, Poll(tell=told.append, sleep=lambda seconds: None)).follow(2)
    next(looks)
    fails.append(True)
    next(looks)
    assert told == ["refused; asking again ...", "Dagster answers again after 0 s."]
