"""The assets of a run are looked up together."""

from typing import Any

import pytest

from dagster_ops_cli.api.run import RunApi
from dagster_ops_cli.api.run.target import find_assets
from dagster_ops_cli.errors import ForbiddenError, NotFoundError
from dagster_ops_cli.schemas.run.target import RunTarget
from dagster_ops_cli_tests.api.test_asset import node, workspace
from dagster_ops_cli_tests.fake_dagster import FakeDagster


def dagster(count: int) -> tuple[FakeDagster, list[int]]:
    """A Dagster with some assets, and how many each request asked for; it answers in an order of its own."""
    asked: list[int] = []

    def answer(given: Any) -> dict[str, Any]:
        asked.append(len(given["assetKeys"]))
        known = [each["path"] for each in given["assetKeys"] if int(each["path"][0][1:]) < count]
        return {"assetNodes": [node(path) for path in sorted(known, reverse=True)]}

    keys = [{"assetKey": {"path": [f"a{number}"]}} for number in range(count)]
    answers = {
        "OpsGetAssets": answer,
        "OpsListAssetKeys": lambda given: {"assetNodes": keys},
        "OpsListJobs": lambda given: workspace(),
    }
    return FakeDagster(answers=answers), asked


def test_one_request_serves_several_assets_in_their_order() -> None:
    client, asked = dagster(3)
    assert [asset.key for asset in find_assets(client, ["a1", "a0", "a2"])] == ["a1", "a0", "a2"]
    assert asked == [3]


def test_many_assets_take_few_requests() -> None:
    client, asked = dagster(250)
    keys = [f"a{number}" for number in range(250)]
    assert [asset.key for asset in find_assets(client, keys)] == keys
    assert asked == [100, 100, 50]


def test_every_missing_asset_is_named() -> None:
    with pytest.raises(NotFoundError, match="no asset 'a7' or 'a8'") as raised:
        find_assets(dagster(3)[0], ["a7", "a1", "a8"])
    assert raised.value.code == "ASSET_NOT_FOUND"


def test_your_tags_replace_those_that_the_job_gives_to_the_partition() -> None:
    sent: list[dict[str, str]] = []

    def answer(given: dict[str, Any]) -> dict[str, Any]:
        sent.append({tag["key"]: tag["value"] for tag in given["params"]["executionMetadata"]["tags"]})
        return {"launchRun": {"__typename": "UnauthorizedError", "message": ""}}

    api = RunApi(FakeDagster(answers={"OpsLaunchRun": answer}))
    place = {"job_name": "nightly", "repository_name": "here", "location_name": "left"}
    target = RunTarget(**place, tags={"team": "of the job", "dagster/partition": "a"})
    with pytest.raises(ForbiddenError):
        api.launch(tags={"team": "mine"}, target=target)
    assert {name: sent[0][name] for name in target.tags} == {"team": "mine", "dagster/partition": "a"}
