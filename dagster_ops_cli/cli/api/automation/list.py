"""`ops api automation list`, and how the lists of schedules and sensors are shown."""

from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.api.automation.filter import automation_filter_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, exclusive, json_option, jsonl_option
from dagster_ops_cli.formatters.automation import format_automation
from dagster_ops_cli.schemas.enums import SCHEDULE, SENSOR

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.automation import AutomationFilter, AutomationPage


@click.command("list")
@automation_filter_options(SCHEDULE, SENSOR)
@json_option
@jsonl_option
@connection_options
def list_automation(ops: Ops, wanted: "AutomationFilter", as_json: bool, as_jsonl: bool) -> None:
    r"""List schedules and sensors in one table.

    A running one is late if it missed a tick by more than a minute, because its code location or the daemon does not
    work. Dagster itself reports nothing then.

    \b
    Examples:
      ops api automation list
      ops api automation list --status running --location etl
      ops api automation list --late --json
    """
    show_list(ops, wanted, as_json, as_jsonl)


def show_list(ops: Ops, wanted: "AutomationFilter", as_json: bool, as_jsonl: bool) -> None:
    r"""Write the list of what a filter lets pass to stdout."""
    exclusive(as_json=as_json, as_jsonl=as_jsonl)
    page = ops.automation.list(wanted)
    warn_of_broken(ops, page)
    if as_jsonl:
        ops.show_jsonl(page.items)
    else:
        ops.show(page, None if as_json else format_automation)


def warn_of_broken(ops: Ops, page: "AutomationPage") -> None:
    r"""Name the code locations that do not load: what is in them does not tick."""
    for location in page.broken:
        ops.warn(
            f"code location {location.name} does not load; its schedules and sensors are unknown: {location.error}"
        )
