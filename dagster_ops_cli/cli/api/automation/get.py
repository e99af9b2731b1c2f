"""`ops api schedule get` and `ops api sensor get`."""

import click

from dagster_ops_cli.cli.api.automation import EXAMPLES
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, json_option, named_place_options
from dagster_ops_cli.cli.params import NonEmptyText, completes
from dagster_ops_cli.formatters.automation import format_detail


def get_command(type_: str, summary: str) -> click.Command:
    """Return the command that shows one schedule or sensor."""
    example = f"ops {type_.lower()} get {EXAMPLES[type_]}"

    @click.command("get", cls=Command, help=summary, examples=(example, f"{example} --location etl --json"))
    @click.argument("name", type=NonEmptyText(), shell_complete=completes(type_.lower()))
    @named_place_options
    @json_option("automation.AutomationDetail")
    @connection_options
    def get(ops: Ops, name: str, location_name: str | None, repository_name: str | None, as_json: bool) -> None:
        ops.show(ops.automation.get(type_, name, repository_name, location_name), None if as_json else format_detail)

    return get
