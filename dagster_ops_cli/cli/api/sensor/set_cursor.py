"""`ops api sensor set-cursor`."""

import click

from dagster_ops_cli.cli.confirm import can_ask, confirm, server_fact
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import CONFIRMATION, TARGET, option
from dagster_ops_cli.cli.options import connection_options, dry_run_option, json_option, named_place_options, yes_option
from dagster_ops_cli.cli.params import NonEmptyText, completes
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.automation import format_cursor
from dagster_ops_cli.schemas.enums import SENSOR


@click.command(
    "set-cursor",
    cls=OutcomeCommand,
    examples=(
        "ops sensor set-cursor upload_sensor 2026-11-20",
        "ops sensor set-cursor upload_sensor --clear",
    ),
)
@click.argument("name", type=NonEmptyText(), shell_complete=completes("sensor"))
@click.argument("cursor", metavar="[VALUE]", required=False)
@option("--clear", heading=TARGET, is_flag=True, help="Remove the cursor, so that the sensor starts afresh")
@option("--force", heading=CONFIRMATION, is_flag=True, help="Set a cursor that only Dagster itself writes")
@dry_run_option
@yes_option
@named_place_options
@json_option("automation.CursorChange")
@connection_options
@click.pass_context
def set_cursor(
    ctx: click.Context,
    ops: Ops,
    name: str,
    cursor: str | None,
    clear: bool,
    force: bool,
    dry_run: bool,
    yes: bool,
    location_name: str | None,
    repository_name: str | None,
    as_json: bool,
) -> None:
    """Set or clear the cursor of a sensor.

    The cursor of a standard sensor is yours to set. Only Dagster itself writes the cursors of other sensors: you can
    clear them, but setting one needs --force. Stop a running sensor first, because each tick may change its cursor.
    """
    if (cursor is None) != clear:
        raise InvalidRequestError("Choose VALUE or --clear")
    sensor = ops.automation.get(SENSOR, name, repository_name, location_name)
    ops.automation.check_cursor(sensor, cursor, force)
    if dry_run:
        change = ops.automation.plan_cursor(sensor, cursor)
    else:
        if can_ask():
            facts = [server_fact(ops), ("Old cursor", sensor.cursor), ("New cursor", cursor)]
            confirm(ctx, f"{'Clear' if clear else 'Set'} the cursor of {sensor.label}?", yes, facts)
        change = ops.automation.set_cursor(sensor, cursor)
    ops.show(change, None if as_json else format_cursor)
