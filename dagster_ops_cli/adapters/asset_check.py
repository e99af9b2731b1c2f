"""The operations on asset checks."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from dagster_ops_cli.adapters.asset.definitions import asset_url
from dagster_ops_cli.adapters.metadata import METADATA, metadata_of
from dagster_ops_cli.adapters.union import expect, expect_list, parse, reading_answer
from dagster_ops_cli.adapters.versions import execute_newest
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.asset_check import NO_RESULT, AssetCheck, CheckedRun, CheckExecution, RunCheck
from dagster_ops_cli.schemas.dagster_tags import partition_of
from dagster_ops_cli.schemas.selectors import asset_key as key_of_path
from dagster_ops_cli.schemas.selectors import asset_selector


def _execution(description: str) -> str:
    return f"""
    id
    runId
    status
    timestamp
    evaluation {{ timestamp severity success {description} {METADATA} }}
"""


def _checks(name: str, later: str, description: str) -> str:
    return f"""
query {name}($assetKeys: [AssetKeyInput!]) {{
  assetNodes(assetKeys: $assetKeys) {{
    assetKey {{ path }}
    repository {{ name location {{ name }} }}
    assetChecksOrError {{
      __typename
      ... on AssetChecks {{
        checks {{
          name
          description
          jobNames
          canExecuteIndividually
          {later}
          executionForLatestMaterialization {{{_execution(description)}}}
        }}
      }}
      ... on Error {{ message }}
    }}
  }}
}}
"""


LIST_ASSET_CHECKS = _checks("OpsListAssetChecks", "blocking", "description")
# Before 1.7.
LIST_OLD_ASSET_CHECKS = _checks("OpsListOldAssetChecks", "", "")


def _executions(name: str, description: str) -> str:
    return f"""
query {name}($assetKey: AssetKeyInput!, $check: String!, $limit: Int!, $cursor: String) {{
  assetCheckExecutions(assetKey: $assetKey, checkName: $check, limit: $limit, cursor: $cursor) {{
    {_execution(description)}
  }}
}}
"""


LIST_CHECK_EXECUTIONS = _executions("OpsListCheckExecutions", "description")
# Before 1.7.
LIST_OLD_CHECK_EXECUTIONS = _executions("OpsListOldCheckExecutions", "")

# Since 1.12; only those of one partition.
LIST_PARTITION_CHECK_EXECUTIONS = f"""
query OpsListPartitionCheckExecutions($assetKey: AssetKeyInput!, $check: String!, $limit: Int!, $partition: String!) {{
  assetCheckExecutions(assetKey: $assetKey, checkName: $check, limit: $limit, partition: $partition) {{
    {_execution("description")}
  }}
}}
"""

# Since 1.8.
LIST_PLANNED_CHECKS = """
query OpsListPlannedChecks($runId: ID!) {
  runOrError(runId: $runId) {
    __typename
    ... on Run { assetChecks { name assetKey { path } } }
    ... on Error { message }
  }
}
"""

# Since 1.8.
LIST_CHECKED_RUNS = """
query OpsListCheckedRuns($filter: RunsFilter!) {
  runsOrError(filter: $filter) {
    __typename
    ... on Runs { results { runId tags { key value } assetChecks { name assetKey { path } } } }
    ... on Error { message }
  }
}
"""

LIST_CHECK_EVENTS = """
query OpsListCheckEvents($runId: ID!, $cursor: String) {
  logsForRun(runId: $runId, afterCursor: $cursor) {
    __typename
    ... on EventConnection {
      cursor
      hasMore
      events {
        __typename
        ... on AssetCheckEvaluationPlannedEvent { checkName assetKey { path } }
        ... on AssetCheckEvaluationEvent { evaluation { checkName assetKey { path } success severity } }
      }
    }
    ... on Error { message }
  }
}
"""

_WITHOUT_ASSET = "CAN_EXECUTE"


def list_asset_checks(client: GraphQLClient, asset_keys: Sequence[str] | None = None) -> list[AssetCheck]:
    """Return the checks of some assets, or of all, in the order of assets and names.

    ``latest`` is the execution that Dagster shows, which need not have a result. Raises UnsupportedError for a code
    location or a database that is too old for checks.
    """
    keys = None if asset_keys is None else [asset_selector(key) for key in asset_keys]
    data = execute_newest(client, (LIST_ASSET_CHECKS, LIST_OLD_ASSET_CHECKS), {"assetKeys": keys})
    found = []
    for node in expect_list(data, "assetNodes"):
        checks = expect_list(expect(node, "assetChecksOrError", "AssetChecks"), "checks")
        with reading_answer():
            found += [_check(client.url, node, check) for check in checks]
    return sorted(found, key=lambda check: (check.asset_key, check.name))


def _check(url: str, node: Mapping[str, Any], check: Mapping[str, Any]) -> AssetCheck:
    path = node["assetKey"]["path"]
    latest = check["executionForLatestMaterialization"]
    return AssetCheck(
        asset_key=key_of_path(path),
        name=check["name"],
        description=check["description"],
        is_blocking=check.get("blocking"),
        is_executable=check["canExecuteIndividually"] == _WITHOUT_ASSET,
        location_name=node["repository"]["location"]["name"],
        repository_name=node["repository"]["name"],
        job_names=check["jobNames"],
        latest=_parsed(latest) if latest else None,
        url=f"{asset_url(url, path)}?view=checks&checkDetail={quote(check['name'], safe='')}",
    )


def list_check_executions(
    client: GraphQLClient, asset_key: str, check_name: str, limit: int, cursor: str | None = None
) -> list[CheckExecution]:
    """Return the executions of a check, newest first; none for a check that does not exist.

    ``cursor`` is the id of an execution: only older ones are returned.
    """
    variables = {"assetKey": asset_selector(asset_key), "check": check_name, "limit": limit, "cursor": cursor}
    data = execute_newest(client, (LIST_CHECK_EXECUTIONS, LIST_OLD_CHECK_EXECUTIONS), variables)
    return [_parsed(each) for each in expect_list(data, "assetCheckExecutions")]


def list_partition_check_executions(
    client: GraphQLClient, asset_key: str, check_name: str, partition: str, limit: int
) -> list[CheckExecution]:
    """Return the executions of a check for one partition, newest first. Raises UnsupportedError before Dagster 1.12."""
    variables = {
        "assetKey": asset_selector(asset_key),
        "check": check_name,
        "limit": limit,
        "partition": partition,
    }
    data = client.execute(LIST_PARTITION_CHECK_EXECUTIONS, variables)
    return [_parsed(each) for each in expect_list(data, "assetCheckExecutions")]


def _parsed(execution: Mapping[str, Any]) -> CheckExecution:
    with reading_answer():
        evaluation = execution["evaluation"] or {}
        return parse(
            CheckExecution,
            {
                "id": execution["id"],
                "run_id": execution["runId"] or None,
                "status": execution["status"],
                "time": evaluation.get("timestamp") or execution["timestamp"],
                "severity": evaluation.get("severity"),
                "description": evaluation.get("description"),
                "metadata": metadata_of(evaluation.get("metadataEntries") or []),
            },
        )


def list_planned_checks(client: GraphQLClient, run_id: str) -> list[tuple[str, str]]:
    """Return asset key and name of the checks that a run planned to execute.

    Raises NotFoundError, and UnsupportedError before Dagster 1.8.
    """
    run = expect(client.execute(LIST_PLANNED_CHECKS, {"runId": run_id}), "runOrError", "Run")
    with reading_answer():
        return [(key_of_path(each["assetKey"]["path"]), each["name"]) for each in run["assetChecks"] or []]


def list_checked_runs(client: GraphQLClient, run_ids: Sequence[str]) -> list[CheckedRun]:
    """Return the runs with these ids, and the checks that each was to execute. Raises UnsupportedError before 1.8."""
    if not run_ids:
        # Dagster takes an empty list as no filter.
        return []
    data = client.execute(LIST_CHECKED_RUNS, {"filter": {"runIds": list(run_ids)}})
    runs = expect_list(expect(data, "runsOrError", "Runs"), "results")
    with reading_answer():
        return [
            CheckedRun(
                id=run["runId"],
                partition=partition_of({tag["key"]: tag["value"] for tag in run["tags"]}),
                checks=[(key_of_path(each["assetKey"]["path"]), each["name"]) for each in run["assetChecks"] or []],
            )
            for run in runs
        ]


def list_run_checks(client: GraphQLClient, run_id: str) -> list[RunCheck]:
    """Return the results of the checks of a run, from its whole log, in the order in which they were planned.

    Raises NotFoundError.
    """
    found: dict[tuple[str, str], RunCheck] = {}
    evaluated: set[tuple[str, str]] = set()
    cursor: str | None = None
    has_more = True
    while has_more:
        data = client.execute(LIST_CHECK_EVENTS, {"runId": run_id, "cursor": cursor})
        page = expect(data, "logsForRun", "EventConnection")
        with reading_answer():
            for event in page["events"]:
                if event["__typename"] == "AssetCheckEvaluationPlannedEvent":
                    check = _run_check(event, NO_RESULT)
                    found.setdefault((check.asset_key, check.name), check)
                elif event["__typename"] == "AssetCheckEvaluationEvent":
                    evaluation = event["evaluation"]
                    check = _run_check(evaluation, "SUCCEEDED" if evaluation["success"] else "FAILED")
                    key = check.asset_key, check.name
                    # A step may evaluate a check several times: then the evaluation that failed counts.
                    if check.is_bad or key not in evaluated or not found[key].is_bad:
                        found[key] = check
                    evaluated.add(key)
                elif event["__typename"] == "ExecutionStepRestartEvent":
                    # A step that is retried evaluates its checks anew.
                    evaluated.clear()
            has_more, cursor = page["hasMore"], page["cursor"]
    return list(found.values())


def _run_check(source: Mapping[str, Any], status: str) -> RunCheck:
    return RunCheck(
        asset_key=key_of_path(source["assetKey"]["path"]),
        name=source["checkName"],
        status=status,
        severity=source.get("severity"),
    )
