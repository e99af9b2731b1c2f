"""`ops api schedule ticks`."""

from typing import Any

import click

from dagster_ops_cli.cli.api.automation.ticks import show_ticks, ticks_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options
from dagster_ops_cli.schemas.enums import SCHEDULE


@click.command(
    cls=Command,
    examples=(
        "ops schedule ticks nightly_schedule",
        "ops schedule ticks nightly_schedule --status failure --limit 1 --json",
        "ops schedule ticks nightly_schedule --all --jsonl",
    ),
)
@ticks_options
@connection_options
@click.pass_context
def ticks(ctx: click.Context, /, ops: Ops, **options: Any) -> None:
    """List the ticks of a schedule, newest first.

    Each has its outcome, its error or skip reason, and the runs that it launched.
    """
    show_ticks(ctx, ops, SCHEDULE, **options)
