"""`ops api schedule preview`."""

from datetime import datetime

import click

from dagster_ops_cli.cli.api.automation.preview import show_preview
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import TARGET, Command, option
from dagster_ops_cli.cli.options import connection_options, json_option, place_options
from dagster_ops_cli.cli.params import NonEmptyText, Time
from dagster_ops_cli.schemas.enums import SCHEDULE


@click.command(
    cls=Command,
    examples=(
        "ops schedule preview nightly_schedule",
        "ops schedule preview nightly_schedule --at 2026-11-20T02:00:00Z --json",
    ),
)
@click.argument("name", type=NonEmptyText())
@option("--at", heading=TARGET, type=Time(), help="Time of the tick  [default: the next one]")
@place_options
@json_option
@connection_options
@click.pass_context
def preview(
    ctx: click.Context,
    ops: Ops,
    name: str,
    at: datetime | None,
    location_name: str | None,
    repository_name: str | None,
    as_json: bool,
) -> None:
    """Show which runs a tick of a schedule would request.

    Nothing is launched, but the code of the schedule runs. The exit code is 1 if it fails.
    """
    (item,) = ops.automation.find(SCHEDULE, [name], repository_name, location_name)
    show_preview(ctx, ops, ops.automation.preview(item, at=at), as_json)
