"""`ops api backfill get`."""

from functools import partial

import click

from dagster_ops_cli.cli.arguments.ids import one_backfill
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, every_failure_option, json_option, report_option
from dagster_ops_cli.cli.picture import show_backfill_map
from dagster_ops_cli.cli.session import same_place
from dagster_ops_cli.formatters.backfill import format_backfill


@click.command(cls=Command, examples=("ops backfill get BACKFILL_ID", "ops backfill get BACKFILL_ID --all"))
@every_failure_option
@json_option("backfill.Backfill")
@report_option
@connection_options
@one_backfill()
@click.pass_context
def get(ctx: click.Context, ops: Ops, backfill_id: str, everything: bool, as_json: bool) -> None:
    """Show the state of a backfill and its failures.

    On a terminal, a picture shows the state of each partition.
    """
    to_text = partial(format_backfill, everything=everything, command=partial(same_place, ctx))
    backfill = ops.backfills.get(backfill_id)
    if not as_json:
        show_backfill_map(ops, backfill)
    ops.show(backfill, None if as_json else to_text)
