"""`ops api sensor ticks`."""

from typing import Any

import click

from dagster_ops_cli.cli.api.automation.ticks import show_ticks, ticks_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options
from dagster_ops_cli.schemas.enums import SENSOR


@click.command()
@ticks_options
@connection_options
@click.pass_context
def ticks(ctx: click.Context, /, ops: Ops, **options: Any) -> None:
    r"""List the ticks of a sensor, newest first: outcome, error or skip reason, and the runs it launched.

    \b
    Examples:
      ops api sensor ticks upload_sensor
      ops api sensor ticks upload_sensor --status failure --limit 1 --json
      ops api sensor ticks upload_sensor --all --jsonl
    """
    show_ticks(ctx, ops, SENSOR, **options)
