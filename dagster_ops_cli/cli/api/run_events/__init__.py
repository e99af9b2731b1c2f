"""`ops api run-events`."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup

_HERE = "dagster_ops_cli.cli.api.run_events"


@click.group(
    "run-events",
    cls=LazyGroup,
    lazy={
        "get": f"{_HERE}.get:get",
    },
)
def run_events() -> None:
    """The log of a run: what happened in it, and its errors."""
