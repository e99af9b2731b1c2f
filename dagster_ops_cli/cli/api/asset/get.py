"""`ops api asset get`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, json_option, named_place_options
from dagster_ops_cli.cli.params import NonEmptyText, completes
from dagster_ops_cli.formatters.asset import format_asset


@click.command(cls=Command, examples=("ops asset get marts/daily", "ops asset get marts/daily --json"))
@click.argument("asset_key", type=NonEmptyText(), metavar="KEY", shell_complete=completes("asset"))
@named_place_options
@json_option("asset.detail.AssetDetail")
@connection_options
def get(ops: Ops, asset_key: str, location_name: str | None, repository_name: str | None, as_json: bool) -> None:
    """Show an asset and its state.

    This includes its definition, partitions, latest materialization and checks, and the assets up- and downstream.
    """
    ops.show(ops.assets.get(asset_key, repository_name, location_name), None if as_json else format_asset)
