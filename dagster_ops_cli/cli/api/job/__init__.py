"""`ops api job`."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup

_HERE = "dagster_ops_cli.cli.api.job"


@click.group(
    cls=LazyGroup,
    lazy={
        "list": f"{_HERE}.list:list_jobs",
        "get": f"{_HERE}.get:get",
    },
)
def job() -> None:
    """Jobs: what can be run, and what it needs for that."""
