"""`ops api backfill resume`."""

import click

from dagster_ops_cli.cli.arguments.ids import one_backfill
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, dry_run_option, json_option, yes_option
from dagster_ops_cli.cli.session import CommandSession, conclude
from dagster_ops_cli.cli.streams import OutcomeCommand


@click.command(
    cls=OutcomeCommand, examples=("ops backfill resume BACKFILL_ID --dry-run", "ops backfill resume BACKFILL_ID --yes")
)
@dry_run_option
@yes_option
@json_option("backfill.Backfill")
@connection_options
@one_backfill()
@click.pass_context
def resume(ctx: click.Context, ops: Ops, backfill_id: str, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Let Dagster launch the missing runs of an interrupted backfill."""
    from dagster_ops_cli.scripts.script import Options, Outcome

    session = CommandSession(ops, ctx, Options(dry_run, yes=yes))
    if dry_run or session.asks:
        backfill = ops.backfills.plan_resume(backfill_id)
        missing = backfill.counts.get("NOT_STARTED", 0)
        runs = f"{missing:,} missing run{'' if missing == 1 else 's'}"
        if dry_run:
            ops.note(f"Would launch {runs}.")
            conclude(ctx, ops, Outcome(backfill), as_json)
        keys = [each.partition for each in backfill.failed if each.status == "NOT_STARTED"]
        session.confirm(f"Resume backfill {backfill_id}: launch {runs}?", backfill, keys)
    conclude(ctx, ops, Outcome(ops.backfills.resume(backfill_id)), as_json)
