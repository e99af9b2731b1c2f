"""Partitions of real jobs and assets."""

import pytest

from dagster_ops_cli.adapters.partition import (
    get_job_partitioning,
    list_asset_partition_states,
    list_job_partition_states,
)
from dagster_ops_cli.api.find_asset import find_asset
from dagster_ops_cli.api.find_job import find_job
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.errors import NotFoundError

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("dagster")]


def test_a_job_over_two_dimensions(ops: Ops, good_run: str) -> None:
    job = find_job(ops.client, "ingestion_job")
    partitioning = get_job_partitioning(ops.client, job)
    assert [(each.name, each.type) for each in partitioning.dimensions] == [("daily", None), ("stations", None)]
    days, stations = (each.keys for each in partitioning.dimensions)
    assert (days[0], len(days), stations) == ("2024-01-01", 60, ["NL01497", "NL01912", "NL10001"])
    assert len(partitioning.keys) == 180
    states = {each.partition: each for each in list_job_partition_states(ops.client, job)}
    assert list(states) == partitioning.keys
    assert states["2024-01-01|NL01497"].status == "succeeded"
    assert states["2024-01-01|NL01497"].run_id
    assert states["2024-02-29|NL01497"].status == "missing"


def test_a_job_without_partitions(ops: Ops) -> None:
    assert get_job_partitioning(ops.client, find_job(ops.client, "noisy_job")).dimensions == []


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
