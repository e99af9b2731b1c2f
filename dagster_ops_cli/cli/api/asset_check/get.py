"""`ops api asset-check get`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import command_line, connection_options, exclusive, json_option
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.formatters.asset_check import format_check_history

DEFAULT_LIMIT = 25


@click.command()
@click.argument("asset_key", type=NonEmptyText(), metavar="KEY")
@click.argument("check_name", type=NonEmptyText(), metavar="CHECK")
@click.option("--limit", type=click.IntRange(min=1), help=f"Maximum number of executions.  [default: {DEFAULT_LIMIT}]")
@click.option("--all", "everything", is_flag=True, help="Show every execution.")
@click.option("--cursor", metavar="CURSOR", help="Continue from this cursor.")
@json_option
@connection_options
@click.pass_context
def get(
    ctx: click.Context,
    ops: Ops,
    asset_key: str,
    check_name: str,
    limit: int | None,
    everything: bool,
    cursor: str | None,
    as_json: bool,
) -> None:
    r"""Show one check and its executions, newest first.

    \b
    Examples:
      ops asset-check get marts/daily has_rows
      ops asset-check get marts/daily has_rows --limit 1 --json
    """
    exclusive(limit=limit, all=everything)
    most = None if everything else limit or DEFAULT_LIMIT
    history = ops.asset_checks.get(asset_key, check_name, most, cursor)
    ops.show(history, None if as_json else format_check_history)
    if history.executions.cursor:
        ops.note(f"More: {command_line(ctx, cursor=history.executions.cursor)}")
