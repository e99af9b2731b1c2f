"""What makes an asset unhealthy."""

from typing import Any

from dagster_ops_cli.api.asset import AssetApi
from dagster_ops_cli_tests.fake_dagster import FakeDagster

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


def with_check(*executions: dict[str, Any]) -> AssetApi:
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
        **{name: [] for name in ("owners", "jobNames", "dependencyKeys", "tags", "kinds")},
        "assetKey": KEY,
        "repository": HERE,
        "isExecutable": True,
        "isObservable": False,
        "assetMaterializations": [{"timestamp": "1700000000000", "runId": "1"}],
        "assetChecksOrError": {"__typename": "AssetChecks", "checks": [check]},
    }
    workspace = {"__typename": "Workspace", "locationEntries": []}
    runs = [{"assetKey": KEY, "latestRun": None}]
    answer = {"assetNodes": [asset], "workspaceOrError": workspace, "assetsLatestInfo": runs}
    operations = ("OpsListAssets", "OpsListAssetStates", "OpsListAssetChecks")
    fake = FakeDagster(answers={operation: lambda given: answer for operation in operations})
    fake.answers["OpsListCheckExecutions"] = lambda given: {"assetCheckExecutions": list(executions)}
    return AssetApi(fake)


def health(*executions: dict[str, Any]) -> tuple[str, list[str]]:
    (found,) = with_check(*executions).check(["orders"])
    return found.status, found.reasons


FAILED = execution("1", "FAILED", passed=False)
BAD = ("unhealthy", ["1 of 1 checks failed"])


def test_a_check_that_runs_again_counts_with_its_last_result() -> None:
    assert health(FAILED) == BAD
    assert health(execution("2", "IN_PROGRESS"), FAILED) == BAD
    assert health(execution("2", "SKIPPED"), FAILED) == BAD
    assert health(execution("2", "SUCCEEDED", passed=True), FAILED) == ("healthy", [])
    assert health(execution("1", "IN_PROGRESS")) == ("healthy", [])
