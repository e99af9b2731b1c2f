"""`ops api run stats`."""

import sys
from datetime import datetime

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, json_option
from dagster_ops_cli.cli.params import Time
from dagster_ops_cli.formatters.run.stats import format_run_stats

DEFAULT_SINCE = "24h"
DEFAULT_ERRORS = 100


@click.command()
@click.option("--since", type=Time(), default=DEFAULT_SINCE, show_default=True, help="Runs created since then.")
@click.option("--job", "-j", "job_name", metavar="NAME", help="Only runs of this job.")
@click.option(
    "--errors",
    type=click.IntRange(min=0),
    default=DEFAULT_ERRORS,
    show_default=True,
    help="Into the logs of how many failed runs to look for their error.",
)
@json_option
@connection_options
def stats(ops: Ops, since: datetime, job_name: str | None, errors: int, as_json: bool) -> None:
    """Sum up the latest runs: how they ended, what failed and why, how long they took."""
    summary = ops.runs.summarize(since, job_name, errors)
    bars = sys.stdout.isatty()
    ops.show(summary, None if as_json else lambda shown: format_run_stats(shown, bars))
