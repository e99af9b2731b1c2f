"""The operation that finds the assets that are always materialized together."""

from collections.abc import Sequence

from dagster_ops_cli.adapters.union import expect_list, reading_answer
from dagster_ops_cli.errors import UnsupportedError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.selectors import asset_key, asset_selector

# Since 1.7.
LIST_REQUIRED_ASSETS = """
query OpsListRequiredAssets($assetKeys: [AssetKeyInput!]!) {
  assetNodeAdditionalRequiredKeys(assetKeys: $assetKeys) { path }
}
"""


def list_required_assets(client: GraphQLClient, asset_keys: Sequence[str]) -> list[str]:
    """Return the keys of assets that a run has to materialize with some others; none before Dagster 1.7."""
    try:
        data = client.execute(LIST_REQUIRED_ASSETS, {"assetKeys": [asset_selector(key) for key in asset_keys]})
    except UnsupportedError:
        return []
    keys = expect_list(data, "assetNodeAdditionalRequiredKeys")
    with reading_answer():
        return [asset_key(each["path"]) for each in keys]
