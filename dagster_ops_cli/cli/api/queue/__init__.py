"""`ops api queue`."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup


@click.group(cls=LazyGroup, lazy={"get": "dagster_ops_cli.cli.api.queue.get:get"})
def queue() -> None:
    """The run queue: which runs wait, and for what."""
