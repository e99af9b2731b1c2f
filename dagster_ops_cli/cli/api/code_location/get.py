"""`ops api code-location get`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, json_option
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.formatters.code_location import format_code_location


@click.command(
    cls=Command,
    examples=(
        "ops code-location get warehouse",
        "ops code-location get warehouse --json",
    ),
)
@click.argument("location_name", metavar="NAME", type=NonEmptyText())
@json_option("code_location.CodeLocationDetail")
@connection_options
@click.pass_context
def get(ctx: click.Context, ops: Ops, location_name: str, as_json: bool) -> None:
    """Show a code location, its definitions and its load error.

    The exit code is 1 if it does not load.
    """
    location = ops.code_locations.get(location_name)
    ops.show(location, None if as_json else format_code_location)
    if location.state == "failed":
        ctx.exit(1)
