"""`ops api run`."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup

_HERE = "dagster_ops_cli.cli.api.run"


@click.group(
    cls=LazyGroup,
    lazy={
        "list": f"{_HERE}.list:list_runs",
        "get": f"{_HERE}.get:get",
        "launch": f"{_HERE}.launch:launch",
        "watch": f"{_HERE}.watch:watch",
        "terminate": f"{_HERE}.terminate:terminate",
        "reexecute": f"{_HERE}.reexecute:reexecute",
        "delete": f"{_HERE}.delete:delete",
        "stats": f"{_HERE}.stats:stats",
        "logs": f"{_HERE}.logs:logs",
        "why": f"{_HERE}.why:why",
    },
)
def run() -> None:
    """Runs: one execution of a job or of assets."""
