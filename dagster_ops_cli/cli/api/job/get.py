"""`ops api job get`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, json_option, place_options
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.formatters.job import format_job


@click.command()
@click.argument("job_name", metavar="JOB", type=NonEmptyText())
@place_options
@json_option
@connection_options
def get(ops: Ops, job_name: str, location_name: str | None, repository_name: str | None, as_json: bool) -> None:
    """Show what a job needs: its partitions and the required fields of its run config."""
    ops.show(ops.jobs.get(job_name, repository_name, location_name), None if as_json else format_job)
