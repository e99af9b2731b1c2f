"""`ops api backfill`."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup

_HERE = "dagster_ops_cli.cli.api.backfill"


@click.group(
    cls=LazyGroup,
    lazy={
        "plan": f"{_HERE}.plan:plan",
        "launch": f"{_HERE}.launch:launch",
        "list": f"{_HERE}.list:list_backfills",
        "get": f"{_HERE}.get:get",
        "watch": f"{_HERE}.watch:watch",
        "cancel": f"{_HERE}.cancel:cancel",
        "resume": f"{_HERE}.resume:resume",
        "retry": f"{_HERE}.retry:retry",
    },
)
def backfill() -> None:
    """Backfills: runs for many partitions of a job or of assets."""
