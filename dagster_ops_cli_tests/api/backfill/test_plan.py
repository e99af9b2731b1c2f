"""Where a plan finds the target of a file, and which key of the file its errors name."""

import pytest

from dagster_ops_cli.api.backfill.plan import plan_backfill
from dagster_ops_cli.errors import InvalidContentError
from dagster_ops_cli.schemas.backfill.config import BackfillConfig
from dagster_ops_cli_tests.api.test_asset import dagster, node

TWICE = dagster(["daily"], ["hourly"], places=("left", "right"))


def problems(**file: object) -> list[str]:
    tags = {"name": "n", "partitions": [{"values": "all"}]}
    with pytest.raises(InvalidContentError) as raised:
        plan_backfill(TWICE, BackfillConfig.model_validate({"tags": tags, **file}))
    return raised.value.message.splitlines()


@pytest.mark.parametrize("target", [{"job_name": "nightly"}, {"asset_keys": ["daily", "hourly"]}])
@pytest.mark.parametrize("name", ["location_name", "repository_name"])
def test_a_place_that_does_not_exist_is_told_once_and_by_its_own_key(name: str, target: dict[str, object]) -> None:
    (problem,) = problems(**target, **{name: "akward"})
    assert problem.startswith(f"{name}: there is no ")


def test_several_that_the_file_does_not_tell_apart() -> None:
    (problem,) = problems(asset_keys=["daily"])
    assert problem == (
        "asset_keys[0]: 2 repositories define the asset 'daily': repository here of location left, "
        "repository here of location right. Choose one with location_name or repository_name."
    )


def test_what_dagster_itself_can_not_run_is_refused() -> None:
    (problem,) = problems(asset_keys=["daily"], location_name="right")
    assert problem == (
        "asset_keys[0]: Dagster's own backfills use 'daily' of repository here of location left; to use this one, "
        "set strategy: runs"
    )
    assert problems(asset_keys=["daily"], location_name="right", strategy="runs") == [
        "tags.partitions: asset 'daily' has no partitions"
    ]
    assert problems(asset_keys=["daily"], location_name="left") == ["tags.partitions: asset 'daily' has no partitions"]


@pytest.mark.parametrize("location", ["left", "right"])
def test_the_asset_of_a_policy_is_taken_from_the_place_of_the_target(location: str) -> None:
    told = problems(
        asset_keys=["daily"],
        location_name=location,
        strategy="runs",
        backfill_policy={"policy": "missing", "asset_key": "hourly"},
    )
    assert told == ["tags.partitions: asset 'daily' has no partitions"]


@pytest.mark.parametrize("strategy", ["backfill", "runs"])
def test_an_asset_that_dagster_can_not_materialize_is_refused(strategy: str) -> None:
    external = dagster(["daily"])
    external.answers["OpsGetAsset"] = lambda given: {"assetNodes": [{**node(["daily"]), "isExecutable": False}]}
    content = {"tags": {"name": "n", "partitions": [{"values": "all"}]}, "asset_keys": ["daily"], "strategy": strategy}
    with pytest.raises(InvalidContentError) as raised:
        plan_backfill(external, BackfillConfig.model_validate(content))
    assert raised.value.message == "asset_keys[0]: Dagster can't materialize 'daily'"
