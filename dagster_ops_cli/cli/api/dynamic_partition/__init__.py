"""`ops api dynamic-partition`."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup

_HERE = "dagster_ops_cli.cli.api.dynamic_partition"


@click.group(
    "dynamic-partition",
    cls=LazyGroup,
    lazy={
        "list": f"{_HERE}.list:list_dynamic_partitions",
        "add": f"{_HERE}.add:add",
        "delete": f"{_HERE}.delete:delete",
    },
)
def dynamic_partition() -> None:
    """List, add and delete the keys of dynamic partitions."""
