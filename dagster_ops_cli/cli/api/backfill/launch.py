"""`ops api backfill`: launch, watch, cancel, retry."""

import click

from dagster_ops_cli.cli.confirm import require_answer
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import (
    Duration,
    Id,
    connection_options,
    json_option,
    wait_timeout_option,
    yes_option,
)
from dagster_ops_cli.cli.session import CommandSession, conclude
from dagster_ops_cli.cli.streams import OutcomeCommand

interval_option = click.option(
    "--interval", "-i", type=Duration(), default=5.0, show_default=False, help="Polling interval.  [default: 5s]"
)
_wait_option = click.option("--wait", "-w", is_flag=True, help="Wait for the end; the exit code is then the outcome.")
every_line_option = click.option("--all", "everything", is_flag=True, help="List every partition that failed.")


@click.command(cls=OutcomeCommand)
@click.argument("file", type=click.Path())
@_wait_option
@wait_timeout_option
@interval_option
@click.option("--again", is_flag=True, help="Launch again even if already launched.")
@click.option("--dry-run", is_flag=True, help="Show what would be launched; launch nothing.")
@every_line_option
@yes_option
@json_option
@connection_options
@click.pass_context
def launch(
    ctx: click.Context,
    ops: Ops,
    file: str,
    wait: bool,
    wait_timeout: float | None,
    interval: float,
    again: bool,
    dry_run: bool,
    everything: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Launch a backfill from a file, once.

    If the file was launched before, only partitions that its launch is missing are launched. On a terminal, the command
    asks before it launches more than 50 runs (confirm_above in a profile changes the number).
    """
    from dagster_ops_cli.scripts.backfill import BACKFILL
    from dagster_ops_cli.scripts.script import Options, run_file

    options = Options(dry_run, again, yes, wait or wait_timeout is not None, wait_timeout, interval)
    conclude(ctx, ops, run_file(BACKFILL, file, CommandSession(ops, ctx, options)), as_json, everything)


@click.command(cls=OutcomeCommand)
@click.argument("backfill_id", type=Id())
@wait_timeout_option
@interval_option
@every_line_option
@json_option
@connection_options
@click.pass_context
def watch(
    ctx: click.Context,
    ops: Ops,
    backfill_id: str,
    wait_timeout: float | None,
    interval: float,
    everything: bool,
    as_json: bool,
) -> None:
    """Follow a backfill to its end; the exit code is its outcome. Ctrl-C stops watching, not the backfill."""
    from dagster_ops_cli.scripts.backfill import watch_to_end
    from dagster_ops_cli.scripts.script import Options

    options = Options(wait_timeout=wait_timeout, interval=interval)
    conclude(ctx, ops, watch_to_end(CommandSession(ops, ctx, options), backfill_id), as_json, everything)


@click.command(cls=OutcomeCommand)
@click.argument("backfill_id", type=Id())
@click.option("--wait", "-w", is_flag=True, help="Wait until all its runs have ended.")
@wait_timeout_option
@interval_option
@click.option("--dry-run", is_flag=True, help="Show what would be canceled; change nothing.")
@every_line_option
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
    """Cancel a backfill: its unfinished runs, and those that were not launched yet."""
    from dagster_ops_cli.scripts.backfill import cancel_to_end
    from dagster_ops_cli.scripts.script import Options

    require_answer(yes or dry_run)
    wait = wait or wait_timeout is not None
    options = Options(dry_run, yes=yes, wait=wait, wait_timeout=wait_timeout, interval=interval)
    conclude(ctx, ops, cancel_to_end(CommandSession(ops, ctx, options), backfill_id), as_json, everything)


@click.command(cls=OutcomeCommand)
@click.argument("backfill_id", type=Id())
@_wait_option
@wait_timeout_option
@interval_option
@click.option(
    "--max-concurrent",
    type=click.IntRange(min=1),
    default=4,
    help="Most unfinished runs at a time (strategy runs).  [default: 4]",
)
@click.option("--dry-run", is_flag=True, help="Show which partitions would be launched; launch nothing.")
@every_line_option
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
    """Re-run partitions that haven't succeeded, with the same run config and tags.

    On a terminal, the command asks before it launches more than 50 partitions (confirm_above in a profile changes the
    number).
    """
    from dagster_ops_cli.scripts.backfill import retry_failed
    from dagster_ops_cli.scripts.script import Options

    wait = wait or wait_timeout is not None
    options = Options(dry_run, yes=yes, wait=wait, wait_timeout=wait_timeout, interval=interval)
    outcome = retry_failed(CommandSession(ops, ctx, options), backfill_id, max_concurrent)
    conclude(ctx, ops, outcome, as_json, everything)
