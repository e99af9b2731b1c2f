"""What a user asks of assets."""

from dagster_ops_cli.api.asset.find import find_asset as find_asset
