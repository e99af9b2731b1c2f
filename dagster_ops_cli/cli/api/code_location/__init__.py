"""`ops api code-location`."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup

_HERE = "dagster_ops_cli.cli.api.code_location"


@click.group(
    cls=LazyGroup,
    lazy={
        "list": f"{_HERE}.list:list_code_locations",
        "get": f"{_HERE}.get:get",
        "reload": f"{_HERE}.reload:reload",
    },
)
def code_location() -> None:
    """Code locations: whether they load, and which version of the code they serve."""
