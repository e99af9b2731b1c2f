"""Show what a tick would do."""

from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.formatters.automation import format_preview

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.automation import Preview


def show_preview(ctx: click.Context, ops: Ops, preview: "Preview", as_json: bool) -> None:
    """Write a preview to stdout; end with 1 if the user's code failed."""
    ops.show(preview, None if as_json else format_preview)
    if not (preview.error or preview.skip_reason or preview.run_requests or preview.partition_requests):
        ops.note("No run was requested. Dagster leaves out runs whose run keys were used before.")
    ctx.exit(1 if preview.error else 0)
