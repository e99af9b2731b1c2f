"""`ops api backfill cancel`."""

from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.arguments.ids import one_backfill
from dagster_ops_cli.cli.confirm import require_answer
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import WAITING, option
from dagster_ops_cli.cli.options import (
    connection_options,
    dry_run_option,
    every_failure_option,
    interval_option,
    json_option,
    wait_timeout_option,
    yes_option,
)
from dagster_ops_cli.cli.session import CommandSession, conclude
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.cli.waiting import cancel_backfill

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.backfill import Backfill

# How many runs the question names.
_EXAMPLES = 5


@click.command(
    cls=OutcomeCommand,
    examples=("ops backfill cancel BACKFILL_ID --dry-run", "ops backfill cancel BACKFILL_ID --wait --yes"),
)
@option("--wait", "-w", heading=WAITING, is_flag=True, help="Wait until all its runs have ended")
@wait_timeout_option
@interval_option(5)
@dry_run_option
@every_failure_option
@yes_option
@json_option("backfill.Backfill")
@connection_options
@one_backfill(destroys=True)
@click.pass_context
def cancel(
    ctx: click.Context,
    ops: Ops,
    backfill_id: str,
    wait: bool,
    wait_timeout: float | None,
    interval: float,
    dry_run: bool,
    everything: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Cancel a backfill and its unfinished runs."""
    from dagster_ops_cli.scripts.script import Options, Outcome

    require_answer(yes or dry_run)
    wait = wait or wait_timeout is not None
    options = Options(dry_run, yes=yes, wait=wait, wait_timeout=wait_timeout, interval=interval)
    session = CommandSession(ops, ctx, options)
    if dry_run:
        conclude(ctx, ops, Outcome(_would_cancel(ops, backfill_id)), as_json, everything)
    if session.asks:
        _confirm(session, backfill_id)
    conclude(ctx, ops, cancel_backfill(session, backfill_id), as_json, everything)


def _would_cancel(ops: Ops, backfill_id: str) -> "Backfill":
    """Say what a cancel would do, and return the backfill."""
    backfill = ops.backfills.plan_cancel(backfill_id)
    running, missing = backfill.unfinished_runs, backfill.counts.get("NOT_STARTED", 0)
    ops.note(f"Would cancel {running:,} unfinished run{'' if running == 1 else 's'}.")
    if missing:
        ops.note(f"{missing:,} partition{'' if missing == 1 else 's'} would not be launched.")
    return backfill


def _confirm(session: CommandSession, backfill_id: str) -> None:
    backfill = session.backfills.plan_cancel(backfill_id)
    runs = session.backfills.list_unfinished_runs(backfill_id, _EXAMPLES)
    first = [f"{run.partition or run.id} {run.status}" for run in runs]
    session.confirm(f"Cancel backfill {backfill_id}?", backfill, first, backfill.unfinished_runs)
