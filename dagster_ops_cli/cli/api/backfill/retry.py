"""`ops api backfill retry`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import RUN, option
from dagster_ops_cli.cli.options import (
    connection_options,
    dry_run_option,
    every_failure_option,
    interval_option,
    json_option,
    wait_option,
    wait_timeout_option,
    yes_option,
)
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.cli.session import CommandSession, conclude
from dagster_ops_cli.cli.streams import OutcomeCommand


@click.command(
    cls=OutcomeCommand, examples=("ops backfill retry BACKFILL_ID --dry-run", "ops backfill retry BACKFILL_ID --wait")
)
@click.argument("backfill_id", type=NonEmptyText())
@wait_option
@wait_timeout_option
@interval_option(5)
@option(
    "--max-concurrent",
    heading=RUN,
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    metavar="N",
    help="Most unfinished runs at a time (strategy runs)",
)
@dry_run_option
@every_failure_option
@yes_option
@json_option
@connection_options
@click.pass_context
def retry(
    ctx: click.Context,
    ops: Ops,
    backfill_id: str,
    wait: bool,
    wait_timeout: float | None,
    interval: float,
    max_concurrent: int,
    dry_run: bool,
    everything: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Re-run partitions that haven't succeeded.

    The new runs have the run config and tags of the backfill. On a terminal, ops asks before it launches more than 50
    partitions; confirm_above in a profile changes that number.
    """
    from dagster_ops_cli.scripts.backfill import retry_failed
    from dagster_ops_cli.scripts.script import Options

    wait = wait or wait_timeout is not None
    options = Options(dry_run, yes=yes, wait=wait, wait_timeout=wait_timeout, interval=interval)
    outcome = retry_failed(CommandSession(ops, ctx, options), backfill_id, max_concurrent)
    conclude(ctx, ops, outcome, as_json, everything)
