"""The operation that gets one asset."""

from collections.abc import Mapping
from typing import Any

from dagster_ops_cli.adapters.asset.definitions import asset_url, definition_fields
from dagster_ops_cli.adapters.asset.events import EVENT, event_of
from dagster_ops_cli.adapters.union import expect, parse, reading_answer
from dagster_ops_cli.adapters.versions import execute_newest
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.asset.detail import AssetDetail
from dagster_ops_cli.schemas.selectors import asset_selector

_TAGGED = "tags { key value } kinds automationCondition { label }"
_FRESHNESS = "freshnessStatusInfo { freshnessStatus }"


def _document(name: str, later: str) -> str:
    return f"""
query {name}($assetKey: AssetKeyInput!) {{
  assetNodeOrError(assetKey: $assetKey) {{
    __typename
    ... on AssetNode {{
      assetKey {{ path }}
      description
      groupName
      computeKind
      owners {{ __typename ... on UserAssetOwner {{ email }} ... on TeamAssetOwner {{ team }} }}
      isExecutable
      isObservable
      jobNames
      repository {{ name location {{ name }} }}
      dependencyKeys {{ path }}
      dependedByKeys {{ path }}
      partitionDefinition {{ type }}
      partitionStats {{ numPartitions numMaterialized numFailed numMaterializing }}
      backfillPolicy {{ policyType maxPartitionsPerRun }}
      staleStatus
      staleCauses {{ key {{ path }} reason }}
      targetingInstigators {{ __typename ... on Schedule {{ name }} ... on Sensor {{ name }} }}
      assetMaterializations(limit: 1) {{{EVENT}}}
      assetObservations(limit: 1) {{{EVENT}}}
      {later}
    }}
    ... on Error {{ message }}
  }}
  assetsLatestInfo(assetKeys: [$assetKey]) {{ assetKey {{ path }} latestRun {{ runId status }} }}
}}
"""


# Since 1.11.
GET_ASSET_DETAIL = _document("OpsGetAssetDetail", f"{_TAGGED} {_FRESHNESS}")
# Since 1.8.
GET_TAGGED_ASSET_DETAIL = _document("OpsGetTaggedAssetDetail", _TAGGED)
GET_OLD_ASSET_DETAIL = _document("OpsGetOldAssetDetail", "")


def get_asset_detail(client: GraphQLClient, asset_key: str) -> AssetDetail:
    """Return one asset without its checks, as Dagster's pages show it. Raises NotFoundError."""
    documents = (GET_ASSET_DETAIL, GET_TAGGED_ASSET_DETAIL, GET_OLD_ASSET_DETAIL)
    data = execute_newest(client, documents, {"assetKey": asset_selector(asset_key)})
    node = expect(data, "assetNodeOrError", "AssetNode")
    with reading_answer():
        return parse(AssetDetail, _detail(client.url, node, data))


def _detail(url: str, node: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    latest_run = next((each["latestRun"] for each in data["assetsLatestInfo"]), None)
    return {
        **definition_fields(node),
        "description": node["description"],
        "backfill_policy": node["backfillPolicy"],
        "automation_condition": (node.get("automationCondition") or {}).get("label"),
        "targeted_by": [each["name"] for each in node["targetingInstigators"]],
        "downstream": node["dependedByKeys"],
        "partitions": node["partitionStats"],
        "latest_materialization": next(map(event_of, node["assetMaterializations"]), None),
        "latest_observation": next(map(event_of, node["assetObservations"]), None),
        "latest_run": latest_run and {"id": latest_run["runId"], "status": latest_run["status"]},
        "stale_status": node["staleStatus"],
        "stale_causes": node["staleCauses"],
        "freshness": (node.get("freshnessStatusInfo") or {}).get("freshnessStatus"),
        "url": asset_url(url, node["assetKey"]["path"]),
    }
