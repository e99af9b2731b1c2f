"""`ops api job get`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, json_option, named_place_options
from dagster_ops_cli.cli.params import NonEmptyText, completes
from dagster_ops_cli.formatters.job import format_job


@click.command(cls=Command, examples=("ops job get ingestion_job", "ops job get ingestion_job --location luchtmeetnet"))
@click.argument("job_name", metavar="JOB", type=NonEmptyText(), shell_complete=completes("job"))
@named_place_options
@json_option("job.JobDetail")
@connection_options
def get(ops: Ops, job_name: str, location_name: str | None, repository_name: str | None, as_json: bool) -> None:
    """Show a job's partitions and required run config."""
    ops.show(ops.jobs.get(job_name, repository_name, location_name), None if as_json else format_job)
