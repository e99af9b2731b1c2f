"""`ops api pool`."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup

_HERE = "dagster_ops_cli.cli.api.pool"


@click.group(
    cls=LazyGroup,
    lazy={
        "list": f"{_HERE}.list:list_pools",
        "get": f"{_HERE}.get:get",
        "set": f"{_HERE}.set:set_limit",
        "unset": f"{_HERE}.unset:unset",
        "free": f"{_HERE}.free:free",
    },
)
def pool() -> None:
    """Concurrency pools: how many steps may use something at once, and which do."""
