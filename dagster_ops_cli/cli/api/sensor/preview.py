"""`ops api sensor preview`."""

import click

from dagster_ops_cli.cli.api.automation.preview import show_preview
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import TARGET, Command, option
from dagster_ops_cli.cli.options import connection_options, json_option, place_options
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.schemas.enums import SENSOR


@click.command(
    cls=Command,
    examples=(
        "ops sensor preview upload_sensor",
        "ops sensor preview upload_sensor --cursor 2026-11-20 --json",
    ),
)
@click.argument("name", type=NonEmptyText())
@option("--cursor", heading=TARGET, metavar="CURSOR", help="Cursor to begin with  [default: the sensor's own]")
@place_options
@json_option
@connection_options
@click.pass_context
def preview(
    ctx: click.Context,
    ops: Ops,
    name: str,
    cursor: str | None,
    location_name: str | None,
    repository_name: str | None,
    as_json: bool,
) -> None:
    """Show what a tick of a sensor would request.

    Nothing is launched and the cursor stays, but the code of the sensor runs. The exit code is 1 if it fails.
    """
    sensor = ops.automation.get(SENSOR, name, repository_name, location_name)
    preview = ops.automation.preview(sensor, cursor=sensor.cursor if cursor is None else cursor)
    show_preview(ctx, ops, preview, as_json)
