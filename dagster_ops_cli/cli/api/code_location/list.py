"""`ops api code-location list`."""

from functools import partial

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, Command, option
from dagster_ops_cli.cli.options import connection_options, list_output_options, show_page
from dagster_ops_cli.formatters.code_location import format_code_locations


@click.command("list", cls=Command, examples=("ops code-location list", "ops code-location list --failing --json"))
@option("--failing", heading=FILTERS, is_flag=True, help="Only code locations that do not load")
@list_output_options("Page[code_location.CodeLocationRow]")
@connection_options
@click.pass_context
def list_code_locations(ctx: click.Context, ops: Ops, failing: bool, as_json: bool, as_jsonl: bool) -> None:
    """List code locations and their load errors."""
    to_text = partial(format_code_locations, failing=failing)
    show_page(ctx, ops, ops.code_locations.list(failing), as_json, as_jsonl, to_text)
