"""`ops api schedule list`."""

from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.api.automation.filter import automation_filter_options
from dagster_ops_cli.cli.api.automation.list import show_list
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, list_output_options
from dagster_ops_cli.schemas.enums import SCHEDULE

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.automation import AutomationFilter


@click.command(
    "list",
    cls=Command,
    examples=(
        "ops schedule list",
        "ops schedule list --status running --location etl",
        "ops schedule list --failing --json",
    ),
)
@automation_filter_options(SCHEDULE)
@list_output_options
@connection_options
@click.pass_context
def list_schedules(ctx: click.Context, ops: Ops, wanted: "AutomationFilter", as_json: bool, as_jsonl: bool) -> None:
    """List schedules with their next and last ticks.

    A running schedule is late if it missed a tick by more than a minute, because its code location or the daemon does
    not work. Dagster itself reports nothing then.
    """
    show_list(ctx, ops, wanted, as_json, as_jsonl)
