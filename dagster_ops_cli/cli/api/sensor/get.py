"""`ops api sensor get`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, json_option, place_options
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.formatters.automation import format_detail
from dagster_ops_cli.schemas.enums import SENSOR


@click.command(
    cls=Command,
    examples=(
        "ops sensor get upload_sensor",
        "ops sensor get upload_sensor --location etl --json",
    ),
)
@click.argument("name", type=NonEmptyText())
@place_options
@json_option
@connection_options
def get(ops: Ops, name: str, location_name: str | None, repository_name: str | None, as_json: bool) -> None:
    """Show a sensor with its cursor and last ticks."""
    ops.show(ops.automation.get(SENSOR, name, repository_name, location_name), None if as_json else format_detail)
