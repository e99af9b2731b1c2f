"""What makes an asset unhealthy."""

from typing import Any

import pytest

from dagster_ops_cli.api.asset import AssetApi
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli_tests.fake_dagster import FakeDagster
from dagster_ops_cli_tests.invoke import invoke

HERE = {"name": "here", "location": {"name": "there"}}
KEY = {"path": ["orders"]}


def execution(number: str, status: str, passed: bool | None = None) -> dict[str, Any]:
    evaluation = {
        "timestamp": 1.7e9,
        "severity": "ERROR",
        "success": passed,
        "description": None,
        "metadataEntries": [],
    }
    evaluated = None if passed is None else evaluation
    return {"id": number, "runId": "1", "status": status, "timestamp": 1.7e9, "evaluation": evaluated}


def with_check(*executions: dict[str, Any], locations: list[Any] | None = None) -> FakeDagster:
    """An asset whose check has these executions, the newest first."""
    check: dict[str, Any] = {
        "name": "has_rows",
        "description": None,
        "jobNames": [],
        "canExecuteIndividually": "CAN_EXECUTE",
        "blocking": False,
        "executionForLatestMaterialization": executions[0],
    }
    asset = {
        **dict.fromkeys(("groupName", "computeKind", "partitionDefinition", "partitionStats", "freshnessStatusInfo")),
        **{name: [] for name in ("owners", "dependencyKeys", "tags", "kinds")},
        "jobNames": ["__ASSET_JOB"],
        "assetKey": KEY,
        "repository": HERE,
        "isExecutable": True,
        "isObservable": False,
        "isPartitioned": False,
        "partitionKeys": [],
        "partitionKeysByDimension": [],
        "backfillPolicy": None,
        "assetMaterializations": [{"timestamp": "1700000000000", "runId": "1"}],
        "assetChecksOrError": {"__typename": "AssetChecks", "checks": [check]},
    }
    workspace = {"__typename": "Workspace", "locationEntries": locations or []}
    runs = [{"assetKey": KEY, "latestRun": None}]
    answer = {
        "assetNodes": [asset],
        "repositoriesOrError": {"__typename": "RepositoryConnection", "nodes": []},
        "workspaceOrError": workspace,
        "assetsLatestInfo": runs,
        "assetNodeAdditionalRequiredKeys": [],
        "assetNodeDefinitionCollisions": [],
    }
    operations = (
        "OpsListRequiredAssets",
        "OpsGetAssets",
        "OpsListAssetPlaces",
        "OpsListAssets",
        "OpsListLatestMaterializations",
        "OpsListJobs",
        "OpsListPartitionedJobs",
        "OpsListAssetStates",
        "OpsListAssetChecks",
        "OpsListLocationStates",
    )
    fake = FakeDagster(answers={operation: lambda given: answer for operation in operations})
    fake.answers["OpsListCheckExecutions"] = lambda given: {"assetCheckExecutions": list(executions)}
    return fake


def health(*executions: dict[str, Any]) -> tuple[str, list[str]]:
    (found,) = AssetApi(with_check(*executions)).check(["orders"])
    return found.status, found.reasons


FAILED = execution("1", "FAILED", passed=False)
BAD = ("unhealthy", ["1 of 1 checks failed"])


def test_a_check_that_runs_again_counts_with_its_last_result() -> None:
    assert health(FAILED) == BAD
    assert health(execution("2", "IN_PROGRESS"), FAILED) == BAD
    assert health(execution("2", "SKIPPED"), FAILED) == BAD
    assert health(execution("2", "SUCCEEDED", passed=True), FAILED) == ("healthy", [])
    assert health(execution("1", "IN_PROGRESS")) == ("healthy", [])


ERROR = {"__typename": "PythonError", "message": "Error during the loading", "causes": [{"message": "no module\n"}]}
BROKEN = {"name": "etl", "loadStatus": "LOADED", "locationOrLoadError": ERROR}


@pytest.mark.parametrize(
    ("line", "nouns"),
    [
        ("asset health", "assets"),
        ("asset health --selection key:orders", "assets"),
        ("asset health orders", None),
        ("asset materialize --selection key:orders --dry-run", "assets"),
        ("asset list", "assets"),
        ("job list", "jobs"),
        ("asset-check list", "checks"),
        ("asset-check list --selection key:orders", "checks"),
        ("asset-check list orders", None),
    ],
)
def test_a_location_that_does_not_load_is_named_if_something_of_it_may_be_missing(line: str, nouns: str | None) -> None:
    fake = with_check(execution("1", "SUCCEEDED", passed=True), locations=[BROKEN])
    outcome = invoke(f"ops {line} --quiet", Ops(connect=lambda settings, observe: fake))
    warning = f"Warning: code location etl does not load, so its {nouns} are missing: no module\n"
    assert (warning in outcome.stderr) is (nouns is not None), outcome
