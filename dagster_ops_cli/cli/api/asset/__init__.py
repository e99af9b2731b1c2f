"""`ops api asset`."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup

_HERE = "dagster_ops_cli.cli.api.asset"


@click.group(
    cls=LazyGroup,
    lazy={
        "list": f"{_HERE}.list:list_assets",
        "get": f"{_HERE}.get:get",
        "events": f"{_HERE}.events:events",
    },
)
def asset() -> None:
    """List, materialize and watch over assets."""
