"""`ops api asset report-materialization`."""

from typing import Any

import click

from dagster_ops_cli.cli.api.asset.reporting import report_events, report_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.streams import OutcomeCommand


@click.command(
    "report-materialization",
    cls=OutcomeCommand,
    examples=(
        "ops asset report-materialization landing/files --metadata rows=1200",
        "ops asset report-materialization marts/daily --partition 2024-01-01 --dry-run",
    ),
)
@report_options
def report_materialization(ctx: click.Context, /, ops: Ops, **options: Any) -> None:
    """Report a materialization from outside of Dagster.

    The asset may be external. For a partitioned asset, choose partitions: keys, a range of days or of keys, or all.
    Each partition gets an event of its own, and every event is read back.
    """
    report_events(ctx, ops, "materialization", **options)
