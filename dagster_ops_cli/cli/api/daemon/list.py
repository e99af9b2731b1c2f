"""`ops api daemon list`."""

from functools import partial

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, Command, option
from dagster_ops_cli.cli.options import connection_options, list_output_options, show_page
from dagster_ops_cli.formatters.daemon import format_daemons


@click.command("list", cls=Command, examples=("ops daemon list", "ops daemon list --unhealthy --json"))
@option("--unhealthy", heading=FILTERS, is_flag=True, help="Only required daemons that are not healthy")
@list_output_options("Page[daemon.Daemon]")
@connection_options
@click.pass_context
def list_daemons(ctx: click.Context, ops: Ops, unhealthy: bool, as_json: bool, as_jsonl: bool) -> None:
    """List daemons with their health, last heartbeat and errors.

    A healthy daemon may have errors: it also reports those of schedules and sensors. The exit code is always 0; for an
    exit code that depends on their health, use `ops doctor`.
    """
    show_page(ctx, ops, ops.daemons.list(unhealthy), as_json, as_jsonl, partial(format_daemons, unhealthy=unhealthy))
