"""`ops api job list`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, list_output_options, place_options, show_page
from dagster_ops_cli.formatters.job import format_jobs


@click.command("list", cls=Command, examples=("ops job list", "ops job list --location luchtmeetnet --json"))
@place_options
@list_output_options("Page[job.JobRow]")
@connection_options
@click.pass_context
def list_jobs(
    ctx: click.Context,
    ops: Ops,
    location_name: str | None,
    repository_name: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """List jobs."""
    page = ops.jobs.list(repository_name, location_name)
    for location in page.broken:
        ops.warn_of_broken(location, "jobs")
    show_page(ctx, ops, page, as_json, as_jsonl, format_jobs)
