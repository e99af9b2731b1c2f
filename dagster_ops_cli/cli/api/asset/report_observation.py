"""`ops api asset report-observation`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from dagster_ops_cli.cli.api.asset.reporting import report_events, report_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.streams import OutcomeCommand

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.report import PartitionChoice


@click.command(
    "report-observation",
    cls=OutcomeCommand,
    examples=(
        "ops asset report-observation landing/files --metadata rows=1200",
        "ops asset report-observation marts/daily --start-date 2024-01-01 --end-date 2024-01-31 --dry-run",
    ),
)
@report_options
def report_observation(
    ctx: click.Context,
    ops: Ops,
    asset_key: str,
    partitions: "PartitionChoice",
    location_name: str | None,
    repository_name: str | None,
    metadata: Mapping[str, Any],
    description: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Report that an asset was observed outside of Dagster.

    The asset may be external. A partitioned asset needs partitions: keys, a range of days or of keys, or all; there is
    one event for each of them. Every event is read back.
    """
    place = (repository_name, location_name)
    planned = ops.reports.plan(asset_key, "observation", partitions, metadata, description, *place)
    report_events(ctx, ops, planned, dry_run, as_json)
