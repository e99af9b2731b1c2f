"""`ops api automation`, and what the commands of schedules and sensors share."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup

_HERE = "dagster_ops_cli.cli.api.automation"


@click.group(
    cls=LazyGroup,
    lazy={
        "list": f"{_HERE}.list:list_automation",
        "freeze": f"{_HERE}.freeze:freeze",
        "restore": f"{_HERE}.restore:restore",
    },
)
def automation() -> None:
    """Schedules and sensors together: list, freeze and restore them."""
