"""`ops api asset-check get`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, json_option, note_more, page_options
from dagster_ops_cli.cli.params import NonEmptyText, completes
from dagster_ops_cli.formatters.asset_check import format_check_history


@click.command(
    cls=Command,
    examples=(
        "ops asset-check get marts/daily has_rows",
        "ops asset-check get marts/daily has_rows --limit 1 --json",
    ),
)
@click.argument("asset_key", type=NonEmptyText(), metavar="KEY", shell_complete=completes("asset"))
@click.argument("check_name", type=NonEmptyText(), metavar="CHECK")
@page_options(default=25)
@json_option("asset_check.CheckHistory")
@connection_options
@click.pass_context
def get(
    ctx: click.Context,
    ops: Ops,
    asset_key: str,
    check_name: str,
    limit: int | None,
    cursor: str | None,
    as_json: bool,
) -> None:
    """Show one check and its executions, newest first."""
    history = ops.asset_checks.get(asset_key, check_name, limit, cursor)
    ops.show(history, None if as_json else format_check_history)
    if not as_json:
        note_more(ctx, ops, history.executions.cursor)
