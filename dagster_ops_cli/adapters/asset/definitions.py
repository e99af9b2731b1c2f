"""The operation that lists the assets of a workspace."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from dagster_ops_cli.adapters.early import LIST_ASSETS, LIST_OLD_ASSETS
from dagster_ops_cli.adapters.job import load_error
from dagster_ops_cli.adapters.union import expect, expect_list, parse_list, reading_answer
from dagster_ops_cli.adapters.versions import execute_newest
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.asset.definition import AssetRow
from dagster_ops_cli.schemas.job import CodeLocation
from dagster_ops_cli.schemas.selectors import asset_key as key_of_path
from dagster_ops_cli.schemas.selectors import asset_selector

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

LIST_LATEST_MATERIALIZATIONS = """
query OpsListLatestMaterializations($assetKeys: [AssetKeyInput!]!) {
  assetNodes(assetKeys: $assetKeys) { assetKey { path } assetMaterializations(limit: 1) { timestamp } }
}
"""


def list_assets(client: GraphQLClient) -> tuple[list[AssetRow], list[CodeLocation]]:
    """Return all assets in the order of their keys, and all code locations with the errors of those that do not load.

    An asset that several repositories define is listed once, as Dagster's own pages show it.
    """
    data = execute_newest(client, (LIST_ASSETS, LIST_OLD_ASSETS))
    nodes = expect_list(data, "assetNodes")
    entries = expect_list(expect(data, "workspaceOrError", "Workspace"), "locationEntries")
    with reading_answer():
        rows = [_row(client.url, node) for node in nodes]
        locations = [_location(entry) for entry in entries]
    return (
        sorted(parse_list(AssetRow, rows), key=lambda row: row.key),
        parse_list(CodeLocation, locations),
    )


def list_latest_materializations(client: GraphQLClient, asset_keys: Sequence[str]) -> dict[str, datetime]:
    """Return the time of the latest materialization of assets, by their keys."""
    variables = {"assetKeys": [asset_selector(key) for key in asset_keys]}
    nodes = expect_list(client.execute(LIST_LATEST_MATERIALIZATIONS, variables), "assetNodes")
    with reading_answer():
        return {
            key_of_path(node["assetKey"]["path"]): _EPOCH + timedelta(milliseconds=int(event["timestamp"]))
            for node in nodes
            for event in node["assetMaterializations"]
        }


def asset_url(url: str, path: Sequence[str]) -> str:
    """Return the page of an asset in Dagster's UI."""
    return f"{url}/assets/{'/'.join(quote(part, safe='') for part in path)}"


def definition_fields(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an asset in ``assetNodes`` and ``assetNodeOrError``, by the names of our models."""
    kinds = node["kinds"] if "kinds" in node else [node["computeKind"]] if node["computeKind"] else []
    return {
        "key": key_of_path(node["assetKey"]["path"]),
        "group_name": node["groupName"],
        "kinds": kinds,
        "owners": [each["email"] if "email" in each else f"team:{each['team']}" for each in node["owners"]],
        "tags": {tag["key"]: tag["value"] for tag in node.get("tags") or []},
        "location_name": node["repository"]["location"]["name"],
        "repository_name": node["repository"]["name"],
        "is_materializable": node["isExecutable"] and not node["isObservable"],
        "partition_type": (node["partitionDefinition"] or {}).get("type"),
        "job_names": node["jobNames"],
        "upstream": [key_of_path(each["path"]) for each in node["dependencyKeys"]],
    }


def _row(url: str, node: Mapping[str, Any]) -> dict[str, Any]:
    return {**definition_fields(node), "url": asset_url(url, node["assetKey"]["path"])}


def _location(entry: Mapping[str, Any]) -> dict[str, Any]:
    repositories = [each["name"] for each in (entry["locationOrLoadError"] or {}).get("repositories") or []]
    return {
        "name": entry["name"],
        "status": entry["loadStatus"],
        "error": load_error(entry),
        "repositories": repositories,
    }
