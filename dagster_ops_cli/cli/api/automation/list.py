"""`ops api automation list`, and how the lists of schedules and sensors are shown."""

from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.api.automation.filter import automation_filter_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, list_output_options, show_page
from dagster_ops_cli.formatters.automation import format_automation
from dagster_ops_cli.schemas.enums import SCHEDULE, SENSOR

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.automation import AutomationFilter, AutomationPage


@click.command(
    "list",
    cls=Command,
    examples=(
        "ops automation list",
        "ops automation list --status running --location etl",
        "ops automation list --late --json",
    ),
)
@automation_filter_options(SCHEDULE, SENSOR)
@list_output_options
@connection_options
@click.pass_context
def list_automation(ctx: click.Context, ops: Ops, wanted: "AutomationFilter", as_json: bool, as_jsonl: bool) -> None:
    """List schedules and sensors in one table.

    A running one is late if it missed a tick by more than a minute, because its code location or the daemon does not
    work. Dagster itself reports nothing then.
    """
    show_list(ctx, ops, wanted, as_json, as_jsonl)


def show_list(ctx: click.Context, ops: Ops, wanted: "AutomationFilter", as_json: bool, as_jsonl: bool) -> None:
    """Write the list of what a filter lets pass to stdout."""
    page = ops.automation.list(wanted)
    warn_of_broken(ops, page)
    show_page(ctx, ops, page, as_json, as_jsonl, format_automation)


def warn_of_broken(ops: Ops, page: "AutomationPage") -> None:
    """Name the code locations that do not load: what is in them does not tick."""
    for location in page.broken:
        ops.warn(
            f"code location {location.name} does not load; its schedules and sensors are unknown: {location.error}"
        )
