"""`ops api backfill list`."""

from collections.abc import Sequence
from datetime import datetime

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, Command, option
from dagster_ops_cli.cli.options import connection_options, list_output_options, page_options, show_page
from dagster_ops_cli.cli.params import Names, NonEmptyText, Time, completes, flatten
from dagster_ops_cli.formatters.backfill import format_backfills
from dagster_ops_cli.schemas.enums import BACKFILL_STATES, BACKFILL_STATUSES


@click.command(
    "list",
    cls=Command,
    examples=(
        "ops backfill list --status running,failed",
        "ops backfill list --name '#issue1234' --all --json",
    ),
)
@option(
    "--status",
    "statuses",
    heading=FILTERS,
    type=Names((*BACKFILL_STATUSES, *BACKFILL_STATES)),
    multiple=True,
    callback=flatten,
    help="Only this state (such as running) or status (such as REQUESTED); repeatable or comma-separated",
)
@option("--name", heading=FILTERS, type=NonEmptyText(), help="Only backfills with this name (tags.name in their file)")
@option(
    "--job",
    "-j",
    "job_name",
    heading=FILTERS,
    type=NonEmptyText(),
    metavar="NAME",
    shell_complete=completes("job"),
    help="Only backfills of this job",
)
@option("--created-after", heading=FILTERS, type=Time(), help="Only backfills created after TIME, or an age (2h, 3d)")
@page_options(default=50)
@list_output_options("Page[backfill.Backfill]")
@connection_options
@click.pass_context
def list_backfills(
    ctx: click.Context,
    ops: Ops,
    statuses: Sequence[str],
    name: str | None,
    job_name: str | None,
    created_after: datetime | None,
    limit: int | None,
    cursor: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """List backfills, newest first.

    The state is computed from the runs; the status is what Dagster says.
    """
    from dagster_ops_cli.schemas.backfill import BackfillFilter

    wanted = BackfillFilter(statuses=list(statuses), name=name, job_name=job_name, created_after=created_after)
    show_page(ctx, ops, ops.backfills.list(wanted, limit, cursor), as_json, as_jsonl, format_backfills)
