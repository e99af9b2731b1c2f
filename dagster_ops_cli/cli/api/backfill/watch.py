"""`ops api backfill watch`."""

import click

from dagster_ops_cli.cli.arguments.ids import one_backfill
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import (
    connection_options,
    every_failure_option,
    fail_on_checks_option,
    interval_option,
    json_option,
    report_option,
    wait_timeout_option,
)
from dagster_ops_cli.cli.session import CommandSession, conclude
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.cli.waiting import follow_backfill


@click.command(
    cls=OutcomeCommand,
    examples=("ops backfill watch BACKFILL_ID", "ops backfill watch BACKFILL_ID --wait-timeout 2h --json"),
)
@wait_timeout_option
@interval_option(5)
@fail_on_checks_option
@every_failure_option
@json_option("backfill.Backfill", "backfill.BackfillWithChecks")
@report_option
@connection_options
@one_backfill()
@click.pass_context
def watch(
    ctx: click.Context,
    ops: Ops,
    backfill_id: str,
    wait_timeout: float | None,
    interval: float,
    fail_on_checks: bool,
    everything: bool,
    as_json: bool,
) -> None:
    """Wait until a backfill has ended.

    The exit code is the outcome. Ctrl-C stops watching, not the backfill.
    """
    from dagster_ops_cli.scripts.script import Options

    options = Options(wait_timeout=wait_timeout, interval=interval, fail_on_checks=fail_on_checks)
    outcome = follow_backfill(
        CommandSession(ops, ctx, options),
        lambda following: ops.backfills.watch(backfill_id, following.interval, following.timeout),
        backfill_id,
    )
    conclude(ctx, ops, outcome, as_json, everything)
