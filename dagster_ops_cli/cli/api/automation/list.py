"""`ops api automation list`, `ops api schedule list` and `ops api sensor list`."""

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from dagster_ops_cli.cli.api.automation.filter import automation_filter_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, list_output_options, show_page
from dagster_ops_cli.formatters.automation import format_automation
from dagster_ops_cli.schemas.enums import SCHEDULE, SENSOR

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.automation import AutomationPage


def list_command(summary: str, *types: str) -> click.Command:
    """Return the command that lists schedules or sensors, or both if no type is given."""
    path = f"ops {types[0].lower() if types else 'automation'} list"
    one, nouns = (f"{ending} or ".join(types or (SCHEDULE, SENSOR)).lower() + ending for ending in ("", "s"))

    @click.command(
        "list",
        cls=Command,
        help=f"{summary}\n\n"
        f"A running {one} is late if a tick is more than a minute overdue: its code location does not load, or the "
        "daemon is down. Dagster itself does not report this.",
        examples=(path, f"{path} --status running --location etl", f"{path} --failing --json"),
    )
    @automation_filter_options(has_type=not types, has_status=True)
    @list_output_options("Page[automation.Automation]")
    @connection_options
    @click.pass_context
    def list_(ctx: click.Context, /, ops: Ops, as_json: bool, as_jsonl: bool, **filters: Any) -> None:
        from dagster_ops_cli.api.early import ask_for_automation

        wanted = {"types": types, **filters}
        ask_for_automation(ops.client, wanted["types"])
        from dagster_ops_cli.schemas.automation import AutomationFilter

        page = ops.automation.list(AutomationFilter(**wanted))
        warn_of_broken(ops, page)
        show_page(ctx, ops, page, as_json, as_jsonl, partial(format_automation, nouns=nouns))

    return list_


def warn_of_broken(ops: Ops, page: "AutomationPage") -> None:
    """Warn of the code locations that do not load: their schedules and sensors are missing from the page."""
    for location in page.broken:
        ops.warn_of_broken(location, "schedules and sensors")


list_automation = list_command("List schedules and sensors in one table.")
