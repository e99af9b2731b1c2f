"""`ops api sensor`."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup

_HERE = "dagster_ops_cli.cli.api.sensor"


@click.group(
    cls=LazyGroup,
    lazy={
        "list": f"{_HERE}.list:list_sensors",
        "get": f"{_HERE}.get:get",
        "ticks": f"{_HERE}.ticks:ticks",
        "start": f"{_HERE}.start:start",
        "stop": f"{_HERE}.stop:stop",
        "reset": f"{_HERE}.reset:reset",
        "preview": f"{_HERE}.preview:preview",
        "set-cursor": f"{_HERE}.set_cursor:set_cursor",
    },
)
def sensor() -> None:
    """Sensors: functions that Dagster evaluates again and again, and that request runs."""
