"""`ops api partition`."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup

_HERE = "dagster_ops_cli.cli.api.partition"


@click.group(
    cls=LazyGroup,
    lazy={
        "list": f"{_HERE}.list:list_partitions",
    },
)
def partition() -> None:
    """Partitions of jobs and assets."""
