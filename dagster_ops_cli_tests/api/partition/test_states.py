"""Dagster's partition statuses, which come as ranges and lists, for each key."""

from typing import Any

import pytest

from dagster_ops_cli.adapters.partition import (
    get_job_partitioning,
    list_asset_partition_states,
    list_job_partition_states,
)
from dagster_ops_cli.errors import BadResponseError, NotFoundError, ServerFaultError
from dagster_ops_cli.schemas.selectors import JobSelector

DAYS = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]
JOB = JobSelector("there", "here", "nightly")


class Answer:
    """Gives the same answer to every request."""

    url = "http://localhost:3000"

    def __init__(self, **data: Any) -> None:
        self.data = data

    def execute(self, query: str, variables: object = None) -> dict[str, Any]:
        return self.data


def asset(statuses: dict[str, Any], **dimensions: list[str]) -> Answer:
    names = sorted(dimensions)
    keys = dimensions[names[0]]
    for name in names[1:]:
        keys = [f"{key}|{value}" for key in keys for value in dimensions[name]]
    return Answer(
        assetNodeOrError={
            "__typename": "AssetNode",
            "partitionKeys": keys,
            "partitionKeysByDimension": [{"name": name, "partitionKeys": dimensions[name]} for name in dimensions],
            "assetPartitionStatuses": statuses,
        }
    )


def times(*ranges: tuple[str, str, str]) -> dict[str, Any]:
    told = [{"startKey": start, "endKey": end, "status": status} for start, end, status in ranges]
    return {"__typename": "TimePartitionStatuses", "ranges": told}


def names(materialized: str = "", failed: str = "", materializing: str = "") -> dict[str, Any]:
    return {
        "__typename": "DefaultPartitionStatuses",
        "materializedPartitions": materialized.split(),
        "failedPartitions": failed.split(),
        "materializingPartitions": materializing.split(),
    }


def multi(primary: str, *ranges: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    told = [
        {"primaryDimStartKey": start, "primaryDimEndKey": end, "secondaryDim": within} for start, end, within in ranges
    ]
    return {"__typename": "MultiPartitionStatuses", "primaryDimensionName": primary, "ranges": told}


def states(answer: Answer) -> dict[str, str]:
    return {each.partition: each.status for each in list_asset_partition_states(answer, "marts/daily")}


def test_ranges_of_time_include_both_ends() -> None:
    found = states(asset(times((DAYS[0], DAYS[1], "MATERIALIZED"), (DAYS[3], DAYS[3], "MATERIALIZING")), default=DAYS))
    assert list(found.items()) == list(zip(DAYS, ["materialized", "materialized", "missing", "in_progress"]))  # noqa: B905


def test_a_status_of_a_newer_server_is_under_way() -> None:
    assert states(asset(times((DAYS[0], DAYS[0], "PONDERING")), default=DAYS[:1])) == {DAYS[0]: "in_progress"}


def test_lists_of_keys() -> None:
    found = states(asset(names("a b", "b c", "c"), default=["a", "b", "c", "d"]))
    assert found == {"a": "materialized", "b": "failed", "c": "in_progress", "d": "missing"}


@pytest.mark.parametrize(
    ("other", "key"),
    [("stations", "{day}|{value}"), ("area", "{value}|{day}")],
    ids=["the primary one comes first", "the primary one comes second"],
)
def test_two_dimensions(other: str, key: str) -> None:
    statuses = multi("daily", (DAYS[0], DAYS[1], names("x", "y")), (DAYS[2], DAYS[2], names(materializing="y")))
    found = states(asset(statuses, **{"daily": DAYS[:3], other: ["x", "y"]}))
    expected = {
        key.format(day=day, value=value): status
        for day, row in zip(
            DAYS, [["materialized", "failed"], ["materialized", "failed"], ["missing", "in_progress"]], strict=False
        )
        for value, status in zip("xy", row, strict=True)
    }
    assert found == expected


def test_two_dimensions_of_time() -> None:
    statuses = multi("a", (DAYS[0], DAYS[1], times((DAYS[1], DAYS[2], "FAILED"))))
    found = states(asset(statuses, a=DAYS, b=DAYS))
    assert {key for key, status in found.items() if status == "failed"} == {
        f"{a}|{b}" for a in DAYS[:2] for b in DAYS[1:3]
    }
    assert len(found) == 16


def test_a_range_of_keys_that_are_not_listed_is_no_answer() -> None:
    with pytest.raises(BadResponseError, match="2023-12-31"):
        states(asset(times(("2023-12-31", DAYS[1], "MATERIALIZED")), default=DAYS))


def test_an_unknown_asset() -> None:
    answer = Answer(assetNodeOrError={"__typename": "AssetNotFoundError", "message": "Asset key nope not found."})
    with pytest.raises(NotFoundError) as raised:
        list_asset_partition_states(answer, "nope")
    assert raised.value.code == "ASSET_NOT_FOUND"


@pytest.mark.parametrize(
    ("run_status", "status"),
    [
        (None, "missing"),
        ("SUCCESS", "succeeded"),
        ("FAILURE", "failed"),
        ("CANCELED", "failed"),
        ("QUEUED", "in_progress"),
        ("CANCELING", "in_progress"),
        ("PONDERING", "in_progress"),
    ],
)
def test_a_job_by_its_last_runs(run_status: str | None, status: str) -> None:
    run_id = run_status and "1234"
    row = {"partitionName": "a", "runStatus": run_status, "runId": run_id}
    answer = partition_set(partitionStatusesOrError={"__typename": "PartitionStatuses", "results": [row]})
    (state,) = list_job_partition_states(answer, JOB)
    assert (state.partition, state.status, state.run_id) == ("a", status, run_id)


def partition_set(**fields: Any) -> Answer:
    return Answer(partitionSetOrError={"__typename": "PartitionSet", **fields})


def job_with(keys: list[str], *tags: str) -> Answer:
    told = {"__typename": "PartitionTags", "results": [{"key": tag, "value": "?"} for tag in tags]}
    return partition_set(
        partitionsOrError={"__typename": "Partitions", "results": [{"name": key} for key in keys]},
        first={"__typename": "Partitions", "results": [{"tagsOrError": told} for _ in keys[:1]]},
    )


def test_the_dimensions_of_a_job_are_in_the_order_of_its_keys() -> None:
    answer = job_with(["1|z", "2|z", "2|a"], "dagster/partition/zone", "dagster/partition", "dagster/partition/day")
    found = get_job_partitioning(answer, JOB)
    assert [(each.name, each.type, each.keys) for each in found.dimensions] == [
        ("day", None, ["1", "2"]),
        ("zone", None, ["z", "a"]),
    ]
    assert found.keys == ["1|z", "2|z", "2|a"]


@pytest.mark.parametrize("keys", [["a|b", "c"], []])
def test_one_dimension_of_a_job(keys: list[str]) -> None:
    found = get_job_partitioning(job_with(keys, "dagster/partition", "dagster/partition_set"), JOB)
    assert [(each.name, each.keys) for each in found.dimensions] == [("partition", keys)]


def test_a_job_without_partitions() -> None:
    answer = Answer(partitionSetOrError={"__typename": "PartitionSetNotFoundError", "message": "no"})
    found = get_job_partitioning(answer, JOB)
    assert (found.dimensions, found.keys) == ([], [])
    with pytest.raises(NotFoundError):
        list_job_partition_states(answer, JOB)


def test_a_job_whose_tags_fail() -> None:
    answer = job_with(["a"])
    answer.data["partitionSetOrError"]["first"]["results"][0]["tagsOrError"] = {
        "__typename": "PythonError",
        "message": "ValueError: no tags today",
    }
    with pytest.raises(ServerFaultError, match="no tags today"):
        get_job_partitioning(answer, JOB)


def test_keys_that_do_not_have_the_dimensions_of_the_first() -> None:
    with pytest.raises(BadResponseError, match="'2'"):
        get_job_partitioning(job_with(["1|z", "2"], "dagster/partition/zone", "dagster/partition/day"), JOB)


def test_a_hundred_thousand_keys_take_little() -> None:
    keys = [f"2024-{day:03}|{number:03}" for day in range(100) for number in range(1000)]
    answer = job_with(keys, "dagster/partition/day", "dagster/partition/number")
    found = get_job_partitioning(answer, JOB)
    assert [len(each.keys) for each in found.dimensions] == [100, 1000]
