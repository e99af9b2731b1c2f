"""The operations that delete the history of assets."""

from collections.abc import Sequence
from typing import Any

from dagster_ops_cli.adapters.union import expect, reading_answer
from dagster_ops_cli.errors import NotFoundError, UnsupportedError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.asset.wipe import AssetHistory
from dagster_ops_cli.schemas.selectors import asset_selector

GET_ASSET_HISTORY = """
query OpsGetAssetHistory($assetKey: AssetKeyInput!, $partitions: [String!]) {
  assetOrError(assetKey: $assetKey) {
    __typename
    ... on Asset {
      definition { id }
      assetMaterializations(partitions: $partitions) { timestamp }
      assetObservations(partitions: $partitions) { timestamp }
    }
    ... on Error { message }
  }
}
"""

# Since 1.8.
WIPE_ASSETS = """
mutation OpsWipeAssets($ranges: [PartitionsByAssetSelector!]!) {
  wipeAssets(assetPartitionRanges: $ranges) {
    __typename
    ... on AssetWipeSuccess { __typename }
    ... on Error { message }
  }
}
"""


def get_asset_history(client: GraphQLClient, asset_key: str, partitions: Sequence[str] = ()) -> AssetHistory:
    """Return the stored history of an asset. Raises NotFoundError if the asset is neither stored nor defined."""
    variables = {"assetKey": asset_selector(asset_key), "partitions": list(partitions) or None}
    asset = expect(client.execute(GET_ASSET_HISTORY, variables), "assetOrError", "Asset")
    with reading_answer():
        history = AssetHistory(
            asset_key=asset_key,
            partitions=list(partitions),
            materializations=[each["timestamp"] for each in asset["assetMaterializations"]],
            observations=[each["timestamp"] for each in asset["assetObservations"]],
        )
    if not asset["definition"] and not history.materializations and not history.observations:
        raise NotFoundError(f"there is no asset {asset_key!r}", code="ASSET_NOT_FOUND", asset_key=asset_key)
    return history


def wipe_assets(client: GraphQLClient, asset_keys: Sequence[str], partitions: Sequence[str] = ()) -> None:
    """Delete the history of whole assets, or that of some partitions. Dagster ignores assets that do not exist.

    Raises ForbiddenError, and UnsupportedError for partitions on an open-source server, and before Dagster 1.8.
    """
    ranges: list[dict[str, Any]] = [{"assetKey": asset_selector(key)} for key in asset_keys]
    if partitions:
        chosen = [{"range": {"start": partition, "end": partition}} for partition in partitions]
        ranges = [{**each, "partitions": choice} for each in ranges for choice in chosen]
    data = client.execute(WIPE_ASSETS, {"ranges": ranges})
    try:
        expect(data, "wipeAssets", "AssetWipeSuccess")
    except UnsupportedError as error:
        raise UnsupportedError(
            "this server can't wipe single partitions; only Dagster+ can. Nothing was wiped",
            hint="Without --partition, the whole asset is wiped.",
        ) from error
