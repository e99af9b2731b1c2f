"""The options that say which schedules and sensors are meant."""

from collections.abc import Callable
from functools import wraps
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
    help="Only those with this status",
)
_FAILING = option(
    "--failing", heading=FILTERS, is_flag=True, help="Only those that are running and whose last tick failed"
)
_LATE = option("--late", heading=FILTERS, is_flag=True, help="Only those that are running and missed a tick")
_TYPE = option(
    "--type",
    "type_",
    heading=FILTERS,
    type=click.Choice([SCHEDULE, SENSOR], case_sensitive=False),
    help="Only schedules or only sensors",
)


def automation_filter_options(*types: str, has_status: bool = True) -> Callable[[F], F]:
    """Give a command the options of a filter, and an AutomationFilter of these types as its argument ``wanted``.

    Of several types the user can choose one. ``has_status`` offers to filter by status, too.
    """
    options = [*([_TYPE] if len(types) > 1 else []), *([_STATUS] if has_status else []), _FAILING, _LATE]

    def decorate(command: F) -> F:
        @wraps(command)
        def wrapper(*args: Any, failing: bool, late: bool, **kwargs: Any) -> Any:
            from dagster_ops_cli.schemas.automation import AutomationFilter

            chosen = kwargs.pop("type_", None)
            wanted = AutomationFilter(
                types=(chosen,) if chosen else types,
                location_name=kwargs.pop("location_name"),
                repository_name=kwargs.pop("repository_name"),
                status=kwargs.pop("status", None),
                failing=failing,
                late=late,
            )
            return command(*args, wanted=wanted, **kwargs)

        for each in reversed(options):
            wrapper = each(wrapper)
        return place_options(wrapper)  # type: ignore[return-value]

    return decorate
