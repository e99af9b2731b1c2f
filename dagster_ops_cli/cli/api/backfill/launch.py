"""`ops api backfill launch`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import RUN, option
from dagster_ops_cli.cli.options import (
    add_missing_option,
    connection_options,
    dry_run_option,
    every_failure_option,
    fail_on_checks_option,
    interval_option,
    json_option,
    report_option,
    require_wait,
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
@fail_on_checks_option
@option("--again", heading=RUN, is_flag=True, help="Launch again even if already launched")
@add_missing_option
@dry_run_option
@every_failure_option
@yes_option
@json_option("backfill.Backfill", "backfill.BackfillWithChecks", "backfill.BackfillPlan")
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
    fail_on_checks: bool,
    again: bool,
    add_missing: bool,
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

    wait = wait or wait_timeout is not None
    require_wait(fail_on_checks, wait)
    options = Options(dry_run, again, yes, wait, wait_timeout, interval, fail_on_checks, add_missing)
    outcome = run_script_file(BACKFILL, file, CommandSession(ops, ctx, options))
    conclude(ctx, ops, outcome, as_json, everything)
