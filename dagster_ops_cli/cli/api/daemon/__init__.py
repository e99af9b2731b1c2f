"""`ops api daemon`."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup


@click.group(cls=LazyGroup, lazy={"list": "dagster_ops_cli.cli.api.daemon.list:list_daemons"})
def daemon() -> None:
    """Daemons: the processes that start runs, tick schedules and sensors, and run backfills."""
