"""`ops api backfill`: plan, list, get and resume."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.lazy import LazyGroup
from dagster_ops_cli.cli.options import (
    Id,
    Names,
    Time,
    command_line,
    connection_options,
    flatten,
    json_option,
    yes_option,
)
from dagster_ops_cli.cli.session import CommandSession, conclude, same_place
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.formatters.backfill import format_backfill, format_backfills, format_plan
from dagster_ops_cli.schemas.enums import BACKFILL_STATES, BACKFILL_STATUSES

_HERE = "dagster_ops_cli.cli.api.backfill"


@click.group(
    cls=LazyGroup,
    lazy={
        "plan": f"{_HERE}:plan",
        "launch": f"{_HERE}.launch:launch",
        "list": f"{_HERE}:list_backfills",
        "get": f"{_HERE}:get",
        "watch": f"{_HERE}.launch:watch",
        "cancel": f"{_HERE}.launch:cancel",
        "resume": f"{_HERE}:resume",
        "retry": f"{_HERE}.launch:retry",
    },
)
def backfill() -> None:
    """Backfills: runs for many partitions of a job or of assets."""


@click.command()
@click.argument("file", type=click.Path())
@json_option
@connection_options
def plan(ops: Ops, file: str, as_json: bool) -> None:
    """Show what launching a file would do; change nothing."""
    from dagster_ops_cli.scripts.backfill import plan_file

    ops.show(plan_file(file, ops.backfills), None if as_json else format_plan)


@click.command()
@click.argument("backfill_id", type=Id())
@click.option("--all", "everything", is_flag=True, help="List every partition that failed.")
@json_option
@connection_options
@click.pass_context
def get(ctx: click.Context, ops: Ops, backfill_id: str, everything: bool, as_json: bool) -> None:
    """Show the state of a backfill, and what failed."""
    to_text = partial(format_backfill, everything=everything, command=partial(same_place, ctx))
    ops.show(ops.backfills.get(backfill_id), None if as_json else to_text)


@click.command("list")
@click.option(
    "--status",
    "statuses",
    type=Names((*BACKFILL_STATUSES, *BACKFILL_STATES)),
    multiple=True,
    callback=flatten,
    help="Only these: statuses of Dagster's, or true states such as RUNNING. Repeatable, or with commas.",
)
@click.option("--name", type=Id(), help="Only backfills with this tags.name.")
@click.option("--job", "-j", "job_name", type=Id(), metavar="NAME", help="Only backfills of this job.")
@click.option("--created-after", type=Time(), metavar="TIME", help="Time or age (2h, 3d).")
@click.option("--limit", type=click.IntRange(min=1), default=50, help="Maximum number of results.  [default: 50]")
@click.option("--all", "everything", is_flag=True, help="Return all backfills.")
@click.option("--cursor", type=Id(), metavar="CURSOR", help="Continue from this cursor.")
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


@click.command(cls=OutcomeCommand)
@click.argument("backfill_id", type=Id())
@click.option("--dry-run", is_flag=True, help="Show what would be launched; launch nothing.")
@yes_option
@json_option
@connection_options
@click.pass_context
def resume(ctx: click.Context, ops: Ops, backfill_id: str, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Have Dagster launch the missing runs of an interrupted backfill."""
    from dagster_ops_cli.scripts import backfill as script
    from dagster_ops_cli.scripts.script import Options

    session = CommandSession(ops, ctx, Options(dry_run, yes=yes))
    conclude(ctx, ops, script.resume(session, backfill_id), as_json)
