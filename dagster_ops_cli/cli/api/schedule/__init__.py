"""`ops api schedule`."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup

_HERE = "dagster_ops_cli.cli.api.schedule"


@click.group(
    cls=LazyGroup,
    lazy={
        "list": f"{_HERE}.list:list_schedules",
        "get": f"{_HERE}.get:get",
        "ticks": f"{_HERE}.ticks:ticks",
        "start": f"{_HERE}.start:start",
        "stop": f"{_HERE}.stop:stop",
        "reset": f"{_HERE}.reset:reset",
        "preview": f"{_HERE}.preview:preview",
    },
)
def schedule() -> None:
    """Schedules: jobs that Dagster launches at fixed times."""
