"""`ops api run stats`."""

from datetime import datetime

import click

from dagster_ops_cli.cli.api.run.filter import job_filter_option
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, HOW_MANY, Command, option
from dagster_ops_cli.cli.options import connection_options, json_option
from dagster_ops_cli.cli.params import Time, WholeNumber
from dagster_ops_cli.formatters.run.stats import format_run_stats

DEFAULT_SINCE = "24h"
DEFAULT_ERRORS = 100


@click.command(cls=Command, examples=("ops run stats", "ops run stats --since 7d --job ingestion_job"))
@option(
    "--since",
    heading=FILTERS,
    type=Time(),
    default=DEFAULT_SINCE,
    show_default=True,
    help="Only runs created after TIME, or an age",
)
@job_filter_option
@option(
    "--errors",
    heading=HOW_MANY,
    type=WholeNumber(min=0),
    default=DEFAULT_ERRORS,
    show_default=True,
    metavar="N",
    help="Look up the errors of at most N failed runs",
)
@json_option("run.stats.RunStatistics")
@connection_options
def stats(ops: Ops, since: datetime, job_name: str | None, errors: int, as_json: bool) -> None:
    """Sum up recent runs: statuses, failures and durations."""
    summary = ops.runs.summarize(since, job_name, errors)
    ops.show(summary, None if as_json else lambda shown: format_run_stats(shown, bars=ops.drawer is not None))
