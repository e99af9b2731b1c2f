"""`ops api asset-check`."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup

_HERE = "dagster_ops_cli.cli.api.asset_check"


@click.group(
    "asset-check",
    cls=LazyGroup,
    lazy={
        "list": f"{_HERE}.list:list_checks",
        "get": f"{_HERE}.get:get",
    },
)
def asset_check() -> None:
    """List, run and report asset checks."""
