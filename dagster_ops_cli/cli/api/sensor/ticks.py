"""`ops api sensor ticks`."""

from typing import Any

import click

from dagster_ops_cli.cli.api.automation.ticks import show_ticks, ticks_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options
from dagster_ops_cli.schemas.enums import SENSOR


@click.command(
    cls=Command,
    examples=(
        "ops sensor ticks upload_sensor",
        "ops sensor ticks upload_sensor --status failure --limit 1 --json",
        "ops sensor ticks upload_sensor --all --jsonl",
    ),
)
@ticks_options
@connection_options
@click.pass_context
def ticks(ctx: click.Context, /, ops: Ops, **options: Any) -> None:
    """List the ticks of a sensor, newest first.

    Each has its outcome, its error or skip reason, and the runs that it launched.
    """
    show_ticks(ctx, ops, SENSOR, **options)
