"""`ops api pool list`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, exclusive, json_option, jsonl_option
from dagster_ops_cli.formatters.pool import format_pools


@click.command("list")
@click.option("--stuck", is_flag=True, help="Only pools with slots whose run has ended.")
@click.option("--waiting", is_flag=True, help="Only pools that steps wait for.")
@json_option
@jsonl_option
@connection_options
def list_pools(ops: Ops, stuck: bool, waiting: bool, as_json: bool, as_jsonl: bool) -> None:
    r"""List the pools that have a limit or were used.

    \b
    Examples:
      ops pool list
      ops pool list --stuck --json
    """
    exclusive(as_json=as_json, as_jsonl=as_jsonl)
    page = ops.pools.list(stuck, waiting)
    if as_jsonl:
        ops.show_jsonl(page.items)
    else:
        ops.show(page, None if as_json else format_pools)
