"""`ops api pool list`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, Command, option
from dagster_ops_cli.cli.options import connection_options, list_output_options, show_page
from dagster_ops_cli.formatters.pool import format_pools


@click.command("list", cls=Command, examples=("ops pool list", "ops pool list --stuck --json"))
@option("--stuck", heading=FILTERS, is_flag=True, help="Only pools with slots whose run has ended")
@option("--waiting", heading=FILTERS, is_flag=True, help="Only pools that steps wait for")
@list_output_options("Page[pool.PoolState]")
@connection_options
@click.pass_context
def list_pools(ctx: click.Context, ops: Ops, stuck: bool, waiting: bool, as_json: bool, as_jsonl: bool) -> None:
    """List the concurrency pools that have a limit or were used."""
    show_page(ctx, ops, ops.pools.list(stuck, waiting), as_json, as_jsonl, format_pools)
