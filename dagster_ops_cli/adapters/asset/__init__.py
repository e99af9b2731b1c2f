"""The operations on assets."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_ops_cli.adapters.union import expect_list, parse, reading_answer
from dagster_ops_cli.errors import NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.asset import Asset, AssetPlace
from dagster_ops_cli.schemas.selectors import JobSelector, asset_key, asset_selector

_ASSET = """
    assetKey { path }
    repository { name location { name } }
    isExecutable
    isPartitioned
    jobNames
    backfillPolicy { policyType maxPartitionsPerRun }
    partitionKeys
    partitionKeysByDimension { name type partitionKeys }
"""

GET_ASSET = f"""
query OpsGetAsset($assetKey: AssetKeyInput!, $job: PipelineSelector) {{
  assetNodes(assetKeys: [$assetKey], pipeline: $job) {{{_ASSET}  }}
}}
"""

GET_ASSETS = f"""
query OpsGetAssets($assetKeys: [AssetKeyInput!]!) {{
  assetNodes(assetKeys: $assetKeys) {{{_ASSET}  }}
}}
"""

LIST_ASSET_KEYS = """
query OpsListAssetKeys {
  assetNodes { assetKey { path } }
}
"""

LIST_ASSET_PLACES = """
query OpsListAssetPlaces($assetKey: AssetKeyInput!) {
  assetNodeDefinitionCollisions(assetKeys: [$assetKey]) {
    repositories { name location { name } }
  }
}
"""


def get_asset(client: GraphQLClient, key: str, job: JobSelector | None = None) -> Asset:
    """Return an asset with its partitions. Raises NotFoundError.

    If several repositories define the asset, ``job`` chooses one of them; without it, Dagster chooses.
    """
    variables: dict[str, Any] = {"assetKey": asset_selector(key)}
    if job:
        variables["job"] = job.pipeline
    nodes = expect_list(client.execute(GET_ASSET, variables), "assetNodes")
    if not nodes:
        raise NotFoundError(f"there is no asset {key!r}", code="ASSET_NOT_FOUND", asset_key=key)
    return _asset(nodes[0])


def get_assets(client: GraphQLClient, keys: Sequence[str]) -> list[Asset]:
    """Return assets with their partitions, in the order of their keys; those that do not exist are left out.

    If several repositories define an asset, Dagster chooses.
    """
    variables = {"assetKeys": [asset_selector(key) for key in keys]}
    found = {
        asset.key: asset for asset in map(_asset, expect_list(client.execute(GET_ASSETS, variables), "assetNodes"))
    }
    return [found[key] for key in keys if key in found]


def _asset(node: Mapping[str, Any]) -> Asset:
    with reading_answer():
        partitioning = {"dimensions": node["partitionKeysByDimension"], "keys": node["partitionKeys"]}
        return parse(Asset, {**node, **_place(node["repository"]), "partitioning": partitioning})


def list_asset_keys(client: GraphQLClient) -> list[str]:
    """Return the keys of all assets, as users write them, in alphabetical order."""
    nodes = expect_list(client.execute(LIST_ASSET_KEYS), "assetNodes")
    with reading_answer():
        return sorted(asset_key(node["assetKey"]["path"]) for node in nodes)


def list_asset_places(client: GraphQLClient, key: str) -> list[AssetPlace]:
    """Return the repositories that define an asset if there are several, an empty list if there is one.

    The asset must exist, or Dagster fails.
    """
    data = client.execute(LIST_ASSET_PLACES, {"assetKey": asset_selector(key)})
    collisions = expect_list(data, "assetNodeDefinitionCollisions")
    with reading_answer():
        repositories = [repository for collision in collisions for repository in collision["repositories"]]
        return [parse(AssetPlace, _place(repository)) for repository in repositories]


def _place(repository: dict[str, Any]) -> dict[str, Any]:
    return {"repository_name": repository["name"], "location_name": repository["location"]["name"]}
