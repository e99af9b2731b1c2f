"""`ops api backfill resume`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, dry_run_option, json_option, yes_option
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.cli.session import CommandSession, conclude
from dagster_ops_cli.cli.streams import OutcomeCommand


@click.command(
    cls=OutcomeCommand, examples=("ops backfill resume BACKFILL_ID --dry-run", "ops backfill resume BACKFILL_ID --yes")
)
@click.argument("backfill_id", type=NonEmptyText())
@dry_run_option
@yes_option
@json_option
@connection_options
@click.pass_context
def resume(ctx: click.Context, ops: Ops, backfill_id: str, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Let Dagster launch the missing runs of an interrupted backfill."""
    from dagster_ops_cli.scripts import backfill as script
    from dagster_ops_cli.scripts.script import Options

    session = CommandSession(ops, ctx, Options(dry_run, yes=yes))
    conclude(ctx, ops, script.resume(session, backfill_id), as_json)
