"""`ops api code-location list`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, exclusive, json_option, jsonl_option
from dagster_ops_cli.formatters.code_location import format_code_locations


@click.command("list")
@click.option("--failing", is_flag=True, help="Only code locations that do not load.")
@json_option
@jsonl_option
@connection_options
def list_code_locations(ops: Ops, failing: bool, as_json: bool, as_jsonl: bool) -> None:
    r"""List the code locations, and why those that do not load don't.

    \b
    Examples:
      ops code-location list
      ops code-location list --failing --json
    """
    exclusive(as_json=as_json, as_jsonl=as_jsonl)
    page = ops.code_locations.list(failing)
    if as_jsonl:
        ops.show_jsonl(page.items)
    else:
        ops.show(page, None if as_json else format_code_locations)
