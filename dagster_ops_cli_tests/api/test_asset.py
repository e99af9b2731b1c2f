"""A key finds exactly one asset, or the error says why not."""

from collections.abc import Callable
from typing import Any

import pytest

from dagster_ops_cli.api.asset import AssetApi, find_asset
from dagster_ops_cli.errors import BadResponseError, InvalidRequestError, NotFoundError, ServerFaultError
from dagster_ops_cli_tests.fake_dagster import FakeDagster


def place(location: str) -> dict[str, Any]:
    return {"name": "here", "location": {"name": location}}


def node(path: list[str], job: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "assetKey": {"path": path},
        "repository": place(job["repositoryLocationName"] if job else "left"),
        "isExecutable": True,
        "isPartitioned": False,
        "jobNames": ["__ASSET_JOB"],
        "backfillPolicy": None,
        "partitionKeys": [],
        "partitionKeysByDimension": [],
    }


def workspace(broken: str | None = None) -> dict[str, Any]:
    loaded: list[dict[str, Any]] = [
        {
            "name": "here",
            "location": {"name": name},
            "pipelines": [{"name": "__ASSET_JOB", "isAssetJob": True}],
        }
        for name in ("left", "right")
    ]
    entries = [
        {"name": name, "loadStatus": "LOADED", "locationOrLoadError": {"__typename": "RepositoryLocation"}}
        for name in ("left", "right")
    ]
    if broken:
        fault = {"__typename": "PythonError", "message": "ModuleNotFoundError: nothing\n"}
        entries.append({"name": broken, "loadStatus": "LOADED", "locationOrLoadError": fault})
    return {
        "repositoriesOrError": {"__typename": "RepositoryConnection", "nodes": loaded},
        "workspaceOrError": {"__typename": "Workspace", "locationEntries": entries},
    }


def dagster(*paths: list[str], places: tuple[str, ...] = (), broken: str | None = None) -> FakeDagster:
    collisions = [{"repositories": [place(each) for each in places]}] if places else []
    return FakeDagster(
        answers={
            "OpsGetAsset": lambda given: {
                "assetNodes": [node(path, given.get("job")) for path in paths if path == given["assetKey"]["path"]]
            },
            "OpsListAssetKeys": lambda given: {"assetNodes": [{"assetKey": {"path": path}} for path in paths]},
            "OpsListAssetPlaces": lambda given: {"assetNodeDefinitionCollisions": collisions},
            "OpsListJobs": lambda given: workspace(broken),
        }
    )


def test_a_key_of_several_parts() -> None:
    found = find_asset(dagster(["marts", "daily"]), "marts/daily")
    assert (found.key, found.repository_name, found.location_name) == ("marts/daily", "here", "left")


def test_the_nearest_keys() -> None:
    with pytest.raises(NotFoundError, match="no asset 'mart/daily'") as raised:
        find_asset(dagster(["marts", "daily"], ["weather"]), "mart/daily")
    assert (raised.value.code, raised.value.hint) == ("ASSET_NOT_FOUND", "Did you mean marts/daily?")


def test_it_may_live_in_a_location_that_does_not_load() -> None:
    with pytest.raises(BadResponseError, match="ModuleNotFoundError") as raised:
        find_asset(dagster(broken="third"), "daily")
    assert raised.value.code == "CODE_LOCATION_ERROR"


def test_an_unknown_location_is_told_before_the_asset() -> None:
    with pytest.raises(NotFoundError, match="code location 'lft'"):
        find_asset(dagster(), "daily", None, "lft")
    with pytest.raises(NotFoundError, match="code location 'lft'"):
        find_asset(dagster(["daily"]), "daily", None, "lft")


def test_it_is_elsewhere() -> None:
    with pytest.raises(NotFoundError, match="repository here of location left"):
        find_asset(dagster(["daily"]), "daily", None, "right")


def test_several_define_it() -> None:
    twice = dagster(["daily"], places=("left", "right"))
    with pytest.raises(InvalidRequestError, match="2 repositories define the asset 'daily'") as raised:
        find_asset(twice, "daily")
    assert "location right" in raised.value.message
    assert raised.value.hint == "Choose one with --location or --repository."
    with pytest.raises(InvalidRequestError, match="2 repositories define the asset 'daily'"):
        find_asset(twice, "daily", "here")
    assert find_asset(twice, "daily", "here", "left").location_name == "left"


@pytest.mark.parametrize("names", [(None, "left"), ("here", "left")])
def test_one_of_several_by_its_location(names: tuple[str | None, str]) -> None:
    found = find_asset(dagster(["daily"], places=("left", "right")), "daily", *names)
    assert (found.location_name, found.hidden_by) == ("left", None)


@pytest.mark.parametrize("names", [(None, "right"), ("here", "right")])
def test_one_that_dagster_itself_does_not_choose(names: tuple[str | None, str]) -> None:
    found = find_asset(dagster(["daily"], places=("left", "right")), "daily", *names)
    assert (found.location_name, str(found.hidden_by)) == ("right", "repository here of location left")


def test_names_may_only_choose_among_several() -> None:
    assert find_asset(dagster(["daily"]), "daily", None, "right", or_elsewhere=True).location_name == "left"
    twice = dagster(["daily"], places=("left", "right"))
    assert find_asset(twice, "daily", None, "right", or_elsewhere=True).location_name == "right"
    with pytest.raises(InvalidRequestError, match="2 repositories"):
        find_asset(twice, "daily", None, "third", or_elsewhere=True)


def with_events(fails: Callable[[str | None], bool]) -> AssetApi:
    """An asset with events in any number of pages; ``fails`` says for a cursor whether Dagster fails."""

    def answer(given: dict[str, Any]) -> dict[str, Any]:
        if fails(given["cursor"]):
            raise ServerFaultError("boom")
        event: dict[str, Any] = {
            "__typename": "MaterializationEvent",
            "timestamp": "1700000000000",
            **dict.fromkeys(("runId", "stepKey", "partition", "description")),
            "tags": [],
            "metadataEntries": [],
        }
        history = {"cursor": f"{given['cursor']}+", "results": [event] * given["limit"]}
        return {"assetOrError": {"__typename": "Asset", "definition": {"id": "1"}, "assetEventHistory": history}}

    return AssetApi(FakeDagster(answers={"OpsListAssetEvents": answer}))


def test_only_the_users_cursor_can_be_malformed() -> None:
    with pytest.raises(InvalidRequestError, match="'mine' is not a cursor"):
        next(with_events(lambda cursor: cursor == "mine").stream_events("a", cursor="mine"))
    with pytest.raises(ServerFaultError, match="boom"):
        next(with_events(lambda cursor: True).stream_events("a", cursor="mine"))
    # The second page has a cursor of Dagster's own.
    with pytest.raises(ServerFaultError, match="boom"):
        [*with_events(lambda cursor: cursor == "mine+").stream_events("a", cursor="mine")]
