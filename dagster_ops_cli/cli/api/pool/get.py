"""`ops api pool get`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, json_option
from dagster_ops_cli.cli.params import NonEmptyText, completes
from dagster_ops_cli.formatters.pool import format_pool


@click.command(
    cls=Command,
    examples=(
        "ops pool get database",
        "ops pool get database --json",
    ),
)
@click.argument("pool_name", metavar="NAME", type=NonEmptyText(), shell_complete=completes("pool"))
@json_option("pool.PoolDetail")
@connection_options
def get(ops: Ops, pool_name: str, as_json: bool) -> None:
    """Show the limit of a pool, its slots and what waits for them."""
    ops.show(ops.pools.get(pool_name), None if as_json else format_pool)
