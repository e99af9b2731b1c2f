"""The operation that reads the state of assets."""

from collections.abc import Sequence
from typing import Any

from dagster_ops_cli.adapters.asset.definitions import asset_url
from dagster_ops_cli.adapters.union import expect_list, reading_answer
from dagster_ops_cli.adapters.versions import execute_newest
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.asset.health import UNKNOWN, AssetHealth
from dagster_ops_cli.schemas.selectors import asset_key as key_of_path
from dagster_ops_cli.schemas.selectors import asset_selector


def _document(name: str, later: str) -> str:
    return f"""
query {name}($assetKeys: [AssetKeyInput!]!) {{
  assetNodes(assetKeys: $assetKeys) {{
    assetKey {{ path }}
    partitionStats {{ numPartitions numFailed }}
    assetMaterializations(limit: 1) {{ timestamp runId }}
    {later}
  }}
  assetsLatestInfo(assetKeys: $assetKeys) {{ assetKey {{ path }} latestRun {{ runId status }} }}
}}
"""


# Since 1.11.
LIST_ASSET_STATES = _document("OpsListAssetStates", "freshnessStatusInfo { freshnessStatus }")
LIST_OLD_ASSET_STATES = _document("OpsListOldAssetStates", "")

_FAILURE = "FAILURE"


def list_asset_states(client: GraphQLClient, asset_keys: Sequence[str]) -> list[AssetHealth]:
    """Return the state of assets without their checks, in the order of their keys. ``status`` is not computed yet."""
    variables = {"assetKeys": [asset_selector(key) for key in asset_keys]}
    data = execute_newest(client, (LIST_ASSET_STATES, LIST_OLD_ASSET_STATES), variables)
    nodes, latest = expect_list(data, "assetNodes"), expect_list(data, "assetsLatestInfo")
    with reading_answer():
        runs = {key_of_path(each["assetKey"]["path"]): each["latestRun"] for each in latest}
        found = [_state(client.url, node, runs.get(key_of_path(node["assetKey"]["path"]))) for node in nodes]
    return sorted(found, key=lambda each: each.key)


def _state(url: str, node: dict[str, Any], run: dict[str, Any] | None) -> AssetHealth:
    event = next(iter(node["assetMaterializations"]), None)
    stats = node["partitionStats"] or {}
    # A failed run may have materialized this asset before it failed. Dagster itself counts failed partitions.
    failed = run and not stats and run["status"] == _FAILURE and run["runId"] != (event or {}).get("runId")
    return AssetHealth.model_validate(
        {
            "key": key_of_path(node["assetKey"]["path"]),
            "status": UNKNOWN,
            "reasons": [],
            "materialized_at": event and event["timestamp"],
            "failed_run_id": run["runId"] if run and failed else None,
            "partitions_failed": stats.get("numFailed"),
            "partitions_total": stats.get("numPartitions"),
            "checks_total": 0,
            "checks_failed": 0,
            "checks_warned": 0,
            "freshness": (node.get("freshnessStatusInfo") or {}).get("freshnessStatus"),
            "url": asset_url(url, node["assetKey"]["path"]),
        }
    )
