"""The options that filter schedules and sensors."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from dagster_ops_cli.cli.help import FILTERS, option
from dagster_ops_cli.cli.options import place_options
from dagster_ops_cli.cli.params import Names, flatten
from dagster_ops_cli.schemas.enums import RUNNING, SCHEDULE, SENSOR, STOPPED

F = TypeVar("F", bound=Callable[..., Any])


def _only_status(ctx: click.Context, param: click.Parameter, value: Sequence[list[str]]) -> str | None:
    """Return the status (a callback); None for both, which is no filter."""
    wanted = set(flatten(ctx, param, value))
    return wanted.pop() if len(wanted) == 1 else None


def _types(ctx: click.Context, param: click.Parameter, value: Sequence[list[str]]) -> tuple[str, ...]:
    """Return the types in their order (a callback); none means both."""
    wanted = flatten(ctx, param, value)
    return tuple(each for each in (SCHEDULE, SENSOR) if each in wanted or not wanted)


_STATUS = option(
    "--status",
    heading=FILTERS,
    type=Names((RUNNING, STOPPED)),
    multiple=True,
    callback=_only_status,
    help="Only running or stopped; repeatable or comma-separated",
)
_FAILING = option("--failing", heading=FILTERS, is_flag=True, help="Only running ones whose last tick failed")
_LATE = option("--late", heading=FILTERS, is_flag=True, help="Only running ones that missed a tick")
_TYPE = option(
    "--type",
    "types",
    heading=FILTERS,
    type=Names((SCHEDULE, SENSOR)),
    multiple=True,
    callback=_types,
    help="Only schedule or sensor; repeatable or comma-separated",
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
