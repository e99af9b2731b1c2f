"""`ops api backfill retry`."""

from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.arguments.ids import one_backfill
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import RUN, option
from dagster_ops_cli.cli.options import (
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
from dagster_ops_cli.cli.params import WholeNumber
from dagster_ops_cli.cli.session import CommandSession, conclude
from dagster_ops_cli.cli.streams import OutcomeCommand

if TYPE_CHECKING:
    from dagster_ops_cli.api.backfill.retry import Retry
    from dagster_ops_cli.scripts.script import Outcome, Session

_NOTHING = "Nothing to retry: every partition has succeeded."
_GONE = "Nothing to retry: every partition has succeeded or no longer exists."


@click.command(
    cls=OutcomeCommand, examples=("ops backfill retry BACKFILL_ID --dry-run", "ops backfill retry BACKFILL_ID --wait")
)
@wait_option
@wait_timeout_option
@interval_option(5)
@fail_on_checks_option
@option(
    "--max-concurrent",
    heading=RUN,
    type=WholeNumber(min=1),
    default=4,
    show_default=True,
    metavar="N",
    help="Maximum number of unfinished runs (strategy runs)",
)
@dry_run_option
@every_failure_option
@yes_option
@json_option("backfill.Backfill", "backfill.BackfillWithChecks", "backfill.BackfillPlan")
@report_option
@connection_options
@one_backfill()
@click.pass_context
def retry(
    ctx: click.Context,
    ops: Ops,
    backfill_id: str,
    wait: bool,
    wait_timeout: float | None,
    interval: float,
    fail_on_checks: bool,
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
    from dagster_ops_cli.scripts.script import Options

    wait = wait or wait_timeout is not None
    require_wait(fail_on_checks, wait)
    options = Options(dry_run, False, yes, wait, wait_timeout, interval, fail_on_checks)
    outcome = retry_backfill(CommandSession(ops, ctx, options), backfill_id, max_concurrent)
    conclude(ctx, ops, outcome, as_json, everything)


def retry_backfill(session: "Session", backfill_id: str, max_concurrent: int) -> "Outcome":
    """Launch partitions that haven't succeeded again; a retry that exists already is continued, or shown."""
    from dagster_ops_cli.scripts.backfill import confirm_launch
    from dagster_ops_cli.scripts.script import Outcome

    retry = session.backfills.plan_retry(backfill_id)
    if session.options.dry_run:
        return _dry_run(session, retry)
    if retry.existing:
        session.note(f"{backfill_id} was retried before: {retry.existing.id}.")
    elif retry.launch is None:
        session.note(_nothing(retry))
        return Outcome(retry.backfill)
    if session.asks and retry.existing:
        confirm_launch(session, None, [retry.existing])
    elif session.asks and retry.launch and retry.launch.total > session.confirm_above:
        session.confirm(f"Retry {retry.launch.total:,} partitions?", retry.backfill, retry.launch.partitions)
    return session.follow_backfill(lambda following: session.backfills.retry(retry, max_concurrent, following))


def _dry_run(session: "Session", retry: "Retry") -> "Outcome":
    from dagster_ops_cli.scripts.backfill import would_continue
    from dagster_ops_cli.scripts.script import Outcome

    plan = retry.plan(session.backfills.find_missing([retry.existing]) if retry.existing else [])
    if retry.existing:
        session.note(would_continue(f"{retry.backfill.id} was retried", retry.existing.id, plan.total))
    elif retry.launch:
        partitions = f"{plan.total:,} partition{'' if plan.total == 1 else 's'}"
        session.note(f"Would launch {partitions} again, as attempt {retry.launch.attempt}.")
    else:
        session.note(_nothing(retry))
    return Outcome(plan)


def _nothing(retry: "Retry") -> str:
    return _GONE if retry.backfill.failed else _NOTHING
