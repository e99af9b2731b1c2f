"""Partitions of real jobs and assets."""

import json
from collections import Counter

import pytest

from dagster_ops_cli.adapters.partition import (
    get_job_partitioning,
    list_asset_partition_states,
    list_job_partition_states,
)
from dagster_ops_cli.api.asset import find_asset
from dagster_ops_cli.api.job.find import find_job
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster
from dagster_ops_cli.errors import NotFoundError
from dagster_ops_cli_tests.invoke import invoke

pytestmark = pytest.mark.integration


def test_a_job_over_two_dimensions(ops: Ops, good_run: str) -> None:
    job = find_job(ops.client, "ingestion_job")
    partitioning = get_job_partitioning(ops.client, job.selector)
    assert [(each.name, each.type) for each in partitioning.dimensions] == [("daily", None), ("stations", None)]
    days, stations = (each.keys for each in partitioning.dimensions)
    assert (days[0], len(days), stations) == ("2024-01-01", 60, ["NL01497", "NL01912", "NL10001"])
    assert len(partitioning.keys) == 180
    states = {each.partition: each for each in list_job_partition_states(ops.client, job.selector)}
    assert list(states) == partitioning.keys
    assert states["2024-01-01|NL01497"].status == "succeeded"
    assert states["2024-01-01|NL01497"].run_id
    assert states["2024-02-29|NL01497"].status == "missing"


def test_a_job_without_partitions(ops: Ops) -> None:
    assert get_job_partitioning(ops.client, find_job(ops.client, "noisy_job").selector).dimensions == []


def test_an_asset_over_two_dimensions(ops: Ops) -> None:
    asset = find_asset(ops.client, "air_quality_data")
    assert (asset.location_name, asset.is_partitioned, asset.is_executable) == ("luchtmeetnet", True, True)
    assert [(each.name, each.type) for each in asset.partitioning.dimensions] == [
        ("daily", "TIME_WINDOW"),
        ("stations", "STATIC"),
    ]
    states = list_asset_partition_states(ops.client, "air_quality_data")
    assert [each.partition for each in states] == asset.partitioning.keys


def test_an_unknown_asset(ops: Ops) -> None:
    with pytest.raises(NotFoundError) as raised:
        find_asset(ops.client, "air_qualty_data")
    assert raised.value.code == "ASSET_NOT_FOUND"
    assert raised.value.hint == "Did you mean air_quality_data?"


MATERIALIZE = """
mutation OpsMaterialize($event: ReportRunlessAssetEventsParams!) {
  reportRunlessAssetEvents(eventParams: $event) { __typename }
}
"""


def materialize(ops: Ops, asset_key: str, *partitions: str) -> None:
    event = {
        "eventType": "ASSET_MATERIALIZATION",
        "assetKey": {"path": asset_key.split("/")},
        "partitionKeys": list(partitions),
    }
    answer = ops.client.execute(MATERIALIZE, {"event": event})
    assert answer["reportRunlessAssetEvents"]["__typename"] == "ReportRunlessAssetEventsSuccess"


def materialized(ops: Ops, asset_key: str) -> list[str]:
    states = list_asset_partition_states(ops.client, asset_key)
    return [each.partition for each in states if each.status == "materialized"]


def test_the_hours_of_an_asset_stand_as_told(ops: Ops) -> None:
    # Two that are neighbours, across midnight, and one that stands alone.
    hours = ["2024-01-01-23:00", "2024-01-02-00:00", "2024-01-02-07:00"]
    materialize(ops, "pulse", *hours)
    assert materialized(ops, "pulse") == hours
    assert len(list_asset_partition_states(ops.client, "pulse")) == 48


def test_two_dimensions_whose_first_is_not_time(ops: Ops) -> None:
    keys = ["north|2024-01-07", "north|2024-01-14", "south|2024-01-14"]
    materialize(ops, "weekly_by_area", *keys)
    assert materialized(ops, "weekly_by_area") == keys


def test_list_by_dimension_and_status(ops: Ops, dagster: LocalDagster) -> None:
    runs = [
        ops.runs.launch(LOCATION, REPOSITORY, "air_quality_job", f"2024-01-05|{each}")
        for each in ("NL01912", "NL10001")
    ]
    for _ in ops.runs.watch([run.id for run in runs], interval=0.5):
        pass
    command = f"ops api partition list --asset air_quality_data --json --url {dagster.url}"
    failed = json.loads(invoke(f"{command} --status failed").stdout)["items"]
    assert "2024-01-05|NL10001" in [each["partition"] for each in failed]
    assert {each["partition"].split("|")[1] for each in failed} == {"NL10001"}
    good = json.loads(invoke(f"{command} --dimension daily --status succeeded").stdout)["items"]
    assert next(each for each in good if each["key"] == "2024-01-05")["counts"] == {
        "failed": 1,
        "materialized": 1,
        "missing": 1,
    }


def test_pages_make_up_the_whole(ops: Ops, dagster: LocalDagster) -> None:
    run = ops.runs.launch(LOCATION, REPOSITORY, "still_job", "2024-01-02|b")
    for _ in ops.runs.watch([run.id], interval=0.5):
        pass
    command = f"ops api partition list --job still_job --json --url {dagster.url}"
    whole = json.loads(invoke(f"{command} --all").stdout)
    assert (whole["count"], whole["has_more"], whole["cursor"]) == (90, False, None)
    found, cursor = [], ""
    while True:
        page = json.loads(invoke(f"{command} --limit 30 {cursor}").stdout)
        found += page["items"]
        if not page["has_more"]:
            break
        cursor = f"--cursor '{page['cursor']}'"
    assert found == whole["items"]
    states = Counter(each["status"] for each in found)
    days = json.loads(invoke(f"{command} --dimension daily --all").stdout)["items"]
    assert sum((Counter(each["counts"]) for each in days), Counter()) == states


def test_the_dimension_types_of_a_job_of_assets(dagster: LocalDagster) -> None:
    job = json.loads(invoke(f"ops api job get weekly_job --json --url {dagster.url}").stdout)
    assert [(each["name"], each["type"], each["total"]) for each in job["dimensions"]] == [
        ("area", "STATIC", 2),
        ("week", "TIME_WINDOW", 4),
    ]
