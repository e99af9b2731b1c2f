"""`ops api schedule preview` and `ops api sensor preview`."""

from collections.abc import Callable
from typing import Any

import click

from dagster_ops_cli.cli.api.automation import EXAMPLES
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, json_option, named_place_options
from dagster_ops_cli.cli.params import NonEmptyText, completes
from dagster_ops_cli.formatters.automation import format_preview


def preview_command(type_: str, help_text: str, start: Callable[[Any], Any], example: str) -> click.Command:
    """Return the command that shows what a tick would do. ``start`` is the option that says where the tick begins."""
    path = f"ops {type_.lower()} preview {EXAMPLES[type_]}"

    @click.command("preview", cls=Command, help=help_text, examples=(path, f"{path} {example} --json"))
    @click.argument("name", type=NonEmptyText(), shell_complete=completes(type_.lower()))
    @start
    @named_place_options
    @json_option("automation.Preview")
    @connection_options
    @click.pass_context
    def preview(
        ctx: click.Context,
        /,
        ops: Ops,
        name: str,
        location_name: str | None,
        repository_name: str | None,
        as_json: bool,
        **started: Any,
    ) -> None:
        preview = ops.automation.preview(type_, name, repository_name, location_name, **started)
        ops.show(preview, None if as_json else format_preview)
        if not (preview.error or preview.skip_reason or preview.run_requests or preview.partition_requests):
            ops.note("No run was requested. Dagster leaves out runs whose run keys were used before.")
        ctx.exit(1 if preview.error else 0)

    return preview
