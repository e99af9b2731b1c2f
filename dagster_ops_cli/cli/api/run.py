"""`ops api run`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.lazy import LazyGroup
from dagster_ops_cli.cli.options import Id, connection_options, json_option
from dagster_ops_cli.formatters.run import format_run


@click.group(
    cls=LazyGroup,
    lazy={
        "list": "dagster_ops_cli.cli.api.run_list:list_runs",
        "get": "dagster_ops_cli.cli.api.run:get",
        "launch": "dagster_ops_cli.cli.api.run_launch:launch",
        "watch": "dagster_ops_cli.cli.api.run_watch:watch",
        "terminate": "dagster_ops_cli.cli.api.run_terminate:terminate",
        "reexecute": "dagster_ops_cli.cli.api.run_reexecute:reexecute",
        "delete": "dagster_ops_cli.cli.api.run_delete:delete",
        "stats": "dagster_ops_cli.cli.api.run_stats:stats",
        "logs": "dagster_ops_cli.cli.api.run_logs:logs",
        "why": "dagster_ops_cli.cli.api.run_why:why",
    },
)
def run() -> None:
    """Runs: one execution of a job or of assets."""


@click.command()
@click.argument("run_id", type=Id())
@json_option
@connection_options
def get(ops: Ops, run_id: str, as_json: bool) -> None:
    """Show one run: its status, its times, what it ran."""
    ops.show(ops.runs.get(run_id), None if as_json else format_run)
