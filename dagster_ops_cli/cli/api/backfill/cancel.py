"""`ops api backfill cancel`."""

import click

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
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.cli.session import CommandSession, conclude
from dagster_ops_cli.cli.streams import OutcomeCommand


@click.command(
    cls=OutcomeCommand,
    examples=("ops backfill cancel BACKFILL_ID --dry-run", "ops backfill cancel BACKFILL_ID --wait --yes"),
)
@click.argument("backfill_id", type=NonEmptyText())
@option("--wait", "-w", heading=WAITING, is_flag=True, help="Wait until all its runs have ended")
@wait_timeout_option
@interval_option(5)
@dry_run_option
@every_failure_option
@yes_option
@json_option
@connection_options
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
    from dagster_ops_cli.scripts.backfill import cancel_to_end
    from dagster_ops_cli.scripts.script import Options

    require_answer(yes or dry_run)
    wait = wait or wait_timeout is not None
    options = Options(dry_run, yes=yes, wait=wait, wait_timeout=wait_timeout, interval=interval)
    conclude(ctx, ops, cancel_to_end(CommandSession(ops, ctx, options), backfill_id), as_json, everything)
