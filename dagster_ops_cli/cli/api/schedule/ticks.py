"""`ops api schedule ticks`."""

from typing import Any

import click

from dagster_ops_cli.cli.api.automation.ticks import show_ticks, ticks_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options
from dagster_ops_cli.schemas.enums import SCHEDULE


@click.command()
@ticks_options
@connection_options
@click.pass_context
def ticks(ctx: click.Context, /, ops: Ops, **options: Any) -> None:
    r"""List the ticks of a schedule, newest first: outcome, error or skip reason, and the runs it launched.

    \b
    Examples:
      ops api schedule ticks nightly_schedule
      ops api schedule ticks nightly_schedule --status failure --limit 1 --json
      ops api schedule ticks nightly_schedule --all --jsonl
    """
    show_ticks(ctx, ops, SCHEDULE, **options)
