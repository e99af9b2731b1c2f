"""The options that filter schedules and sensors."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from dagster_ops_cli.cli.help import FILTERS, option
from dagster_ops_cli.cli.options import place_options
from dagster_ops_cli.schemas.enums import RUNNING, SCHEDULE, SENSOR, STOPPED

F = TypeVar("F", bound=Callable[..., Any])

_STATUS = option(
    "--status",
    heading=FILTERS,
    type=click.Choice([RUNNING, STOPPED], case_sensitive=False),
    help="Only this status",
)
_FAILING = option("--failing", heading=FILTERS, is_flag=True, help="Only running ones whose last tick failed")
_LATE = option("--late", heading=FILTERS, is_flag=True, help="Only running ones that missed a tick")
_TYPE = option(
    "--type",
    "types",
    heading=FILTERS,
    type=click.Choice([SCHEDULE, SENSOR], case_sensitive=False),
    callback=lambda ctx, param, value: (value,) if value else (SCHEDULE, SENSOR),
    help="Only schedules or only sensors",
)


def automation_filter_options(
    has_type: bool = False, has_status: bool = False, has_health: bool = True
) -> Callable[[F], F]:
    """Give a command the options of a filter. Its arguments have the names of the fields of AutomationFilter.

    ``has_health`` adds --failing and --late.
    """

    def decorate(command: F) -> F:
        if has_health:
            command = _FAILING(_LATE(command))
        if has_status:
            command = _STATUS(command)
        return place_options(_TYPE(command) if has_type else command)

    return decorate
