"""`ops api job list`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, json_option, place_options
from dagster_ops_cli.formatters.job import format_jobs


@click.command("list")
@place_options
@json_option
@connection_options
def list_jobs(ops: Ops, location_name: str | None, repository_name: str | None, as_json: bool) -> None:
    """List the jobs of all code locations."""
    page = ops.jobs.list(repository_name, location_name)
    for location in page.broken:
        ops.note(f"{location.name} does not load, its jobs are not in the list: {location.error}")
    ops.show(page, None if as_json else format_jobs)
