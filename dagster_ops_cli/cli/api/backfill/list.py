"""`ops api backfill list`."""

from collections.abc import Sequence
from datetime import datetime

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import (
    command_line,
    connection_options,
    json_option,
)
from dagster_ops_cli.cli.params import Names, NonEmptyText, Time, flatten
from dagster_ops_cli.formatters.backfill import format_backfills
from dagster_ops_cli.schemas.enums import BACKFILL_STATES, BACKFILL_STATUSES


@click.command("list")
@click.option(
    "--status",
    "statuses",
    type=Names((*BACKFILL_STATUSES, *BACKFILL_STATES)),
    multiple=True,
    callback=flatten,
    help="Only these: statuses of Dagster's, or true states such as RUNNING. Repeatable, or with commas.",
)
@click.option("--name", type=NonEmptyText(), help="Only backfills with this tags.name.")
@click.option("--job", "-j", "job_name", type=NonEmptyText(), metavar="NAME", help="Only backfills of this job.")
@click.option("--created-after", type=Time(), metavar="TIME", help="Time or age (2h, 3d).")
@click.option("--limit", type=click.IntRange(min=1), default=50, help="Maximum number of results.  [default: 50]")
@click.option("--all", "everything", is_flag=True, help="Return all backfills.")
@click.option("--cursor", type=NonEmptyText(), metavar="CURSOR", help="Continue from this cursor.")
@json_option
@connection_options
@click.pass_context
def list_backfills(
    ctx: click.Context,
    ops: Ops,
    statuses: Sequence[str],
    name: str | None,
    job_name: str | None,
    created_after: datetime | None,
    limit: int,
    everything: bool,
    cursor: str | None,
    as_json: bool,
) -> None:
    """List backfills, newest first, with their true state and Dagster's own status."""
    from dagster_ops_cli.schemas.backfill import BackfillFilter

    wanted = BackfillFilter(statuses=list(statuses), name=name, job_name=job_name, created_after=created_after)
    page = ops.backfills.list(wanted, None if everything else limit, cursor)
    ops.show(page, None if as_json else format_backfills)
    if page.cursor and not as_json:
        ops.note(f"More backfills: {command_line(ctx, cursor=page.cursor)}")
