"""In which order queued runs start, and what each waits for."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from dagster_ops_cli.api.queue import QueueApi
from dagster_ops_cli.errors import ServerFaultError
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run


def queued(run_id: str, **tags: str) -> dict[str, Any]:
    return fake_run(run_id, "QUEUED", tags=tags, repositoryOrigin=None)


def queue(
    *runs: dict[str, Any],
    healthy: bool = True,
    needs: Mapping[str, tuple[list[str], bool]] = MappingProxyType({}),
    tag_limits: str = "- key: team\n  limit: 1\n",
) -> FakeDagster:
    daemon: dict[str, Any] = {
        "required": True,
        "healthy": healthy,
        "lastHeartbeatTime": None,
        "lastHeartbeatErrors": [],
    }
    limits = {"maxConcurrentRuns": 3, "tagConcurrencyLimitsYaml": tag_limits}
    counted = {"__typename": "Runs", "count": 2}
    instance = {"runQueueConfig": limits, "daemonHealth": {"daemonStatus": daemon}}
    rows = [
        {"runId": run_id, "rootConcurrencyKeys": pools, "hasUnconstrainedRootNodes": others}
        for run_id, (pools, others) in needs.items()
    ]
    pool = {
        "concurrencyKey": "database",
        "slotCount": 1,
        "ownLimit": 1,
        "usingDefaultLimit": False,
        "claimedSlots": [{"runId": "9", "stepKey": "x"}],
        "pendingSteps": [],
    }
    pools = {"minConcurrencyLimitValue": 0, "maxConcurrencyLimitValue": 9, "concurrencyLimits": [pool]}
    fake = FakeDagster.of(*runs)
    fake.answers = {
        "OpsGetRunQueue": lambda _: {"instance": instance, "going": counted, "queued": counted},
        "OpsListQueuedNeeds": lambda _: {"runsOrError": {"__typename": "Runs", "results": rows}},
        "OpsListAllPools": lambda _: {"instance": pools},
    }
    return fake


def test_priority_comes_first_then_age() -> None:
    runs = [
        queued("1"),
        queued("2", **{"dagster/priority": "3"}),
        queued("3"),
        queued("4", **{"dagster/priority": "?"}),
    ]
    found = QueueApi(queue(*runs)).get()
    assert [run.id for run in found.runs] == ["2", "1", "3", "4"]
    assert (found.in_progress, found.queued, found.has_more) == (2, 4, False)
    first = QueueApi(queue(*runs)).get(limit=1)
    assert ([run.id for run in first.runs], first.queued, first.has_more) == (["2"], 4, True)


def test_what_a_run_waits_for_is_told() -> None:
    fake = queue(queued("1"), queued("2", team="air"), queued("3"))
    assert [[each.kind for each in run.waiting_for] for run in QueueApi(fake).get().runs] == [[], ["concurrency"], []]
    ill = QueueApi(queue(queued("1"), healthy=False)).get().runs[0]
    assert [each.kind for each in ill.waiting_for] == ["daemon"]


@pytest.mark.parametrize(
    ("tags", "limits"),
    [
        ({"team": "air"}, "- key: team limit: 1"),
        ({"database": "redshift"}, "- key: database limit: 2 value: redshift"),
        ({"database": "postgres"}, None),
        ({"user": "ann"}, "- key: user limit: 1 for each value"),
        # Words of the configuration, and parts of its keys.
        ({"key": "1", "limit": "1", "value": "1", "tea": "1", "redshift": "1"}, None),
    ],
)
def test_only_the_limits_for_its_tags_concern_a_run(tags: dict[str, str], limits: str | None) -> None:
    configured = """
- key: team
  limit: 1
- key: database
  limit: 2
  value: redshift
- key: user
  limit: 1
  value:
    applyLimitPerUniqueValue: true
"""
    found = QueueApi(queue(queued("1", **tags), tag_limits=configured)).get().runs[0].waiting_for
    assert [each.message for each in found] == ([f"limits for its tags: {limits}"] if limits else [])


def test_limits_that_can_not_be_read_concern_no_run() -> None:
    found = QueueApi(queue(queued("1", team="air"), tag_limits="\x1b[31mred")).get()
    assert (found.tag_limits, found.runs[0].waiting_for) == ("\x1b[31mred", [])


def test_a_pool_keeps_only_runs_that_can_begin_with_nothing_else() -> None:
    needs = {"1": (["database"], False), "2": (["database"], True), "3": (["other"], False)}
    found = QueueApi(queue(queued("1"), queued("2"), queued("3"), needs=needs)).get()
    assert [[each.message for each in run.waiting_for] for run in found.runs] == [
        ["pool database: 1 of 1 slots held"],
        [],
        [],
    ]


def test_a_list_of_pools_that_dagster_can_not_read_is_left_out() -> None:
    fake = queue(queued("1"), needs={"1": (["database"], False)})

    def broken(_: Any) -> dict[str, Any]:
        raise ServerFaultError("IntegrityError")

    fake.answers["OpsListAllPools"] = broken
    assert QueueApi(fake).get().runs[0].pools == ["database"]
