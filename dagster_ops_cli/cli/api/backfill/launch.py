"""`ops api backfill launch`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import RUN, option
from dagster_ops_cli.cli.options import (
    connection_options,
    dry_run_option,
    every_failure_option,
    interval_option,
    json_option,
    report_option,
    wait_option,
    wait_timeout_option,
    yes_option,
)
from dagster_ops_cli.cli.session import CommandSession, conclude, run_script_file
from dagster_ops_cli.cli.streams import OutcomeCommand


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops backfill launch backfill.yaml --dry-run",
        "ops backfill launch backfill.yaml --wait",
        "ops backfill launch backfill.yaml --again --yes",
    ),
)
@click.argument("file", type=click.Path())
@wait_option
@wait_timeout_option
@interval_option(5)
@option("--again", heading=RUN, is_flag=True, help="Launch again even if already launched")
@dry_run_option
@every_failure_option
@yes_option
@json_option
@report_option
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
    """Launch a backfill from a file (idempotent).

    If the file was launched before, only the partitions that its launch is missing are launched. On a terminal, ops
    asks before it launches more than 50 runs; confirm_above in a profile changes that number.
    """
    from dagster_ops_cli.scripts.backfill import BACKFILL
    from dagster_ops_cli.scripts.script import Options

    options = Options(dry_run, again, yes, wait or wait_timeout is not None, wait_timeout, interval)
    outcome = run_script_file(BACKFILL, file, CommandSession(ops, ctx, options))
    conclude(ctx, ops, outcome, as_json, everything)
