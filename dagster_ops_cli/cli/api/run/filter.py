"""The options that choose runs."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from dagster_ops_cli.cli.arguments.tags import tags_of
from dagster_ops_cli.cli.help import FILTERS, option
from dagster_ops_cli.cli.options import location_option
from dagster_ops_cli.cli.params import Duration, Names, NonEmptyText, Tag, Time, completes, flatten
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.schemas.enums import RUN_STATUSES

F = TypeVar("F", bound=Callable[..., Any])

job_filter_option = option(
    "--job",
    "-j",
    "job_name",
    heading=FILTERS,
    type=NonEmptyText(),
    metavar="NAME",
    shell_complete=completes("job"),
    help="Only runs of this job",
)

_OPTIONS = [
    option(
        "--status",
        "statuses",
        heading=FILTERS,
        type=Names(RUN_STATUSES),
        multiple=True,
        callback=flatten,
        help="Only runs with this status; repeatable or comma-separated",
    ),
    job_filter_option,
    location_option,
    option(
        "--tag",
        "tags",
        heading=FILTERS,
        type=Tag(),
        multiple=True,
        help="Only runs with this tag; repeatable, all must match",
    ),
    option("--created-after", heading=FILTERS, type=Time(), help="Only runs created after TIME, or an age (2h, 3d)"),
    option("--created-before", heading=FILTERS, type=Time(), help="Only runs created before TIME, or an age"),
    option("--updated-after", heading=FILTERS, type=Time(), help="Only runs that changed after TIME, or an age"),
    option("--updated-before", heading=FILTERS, type=Time(), help="Only runs unchanged since TIME, or an age"),
    option("--longer-than", heading=FILTERS, type=Duration(), help="Only runs that take or took longer than this"),
]


def run_filter_options(command: F) -> F:
    """Give a command the options that choose runs, and a RunFilter as its argument ``run_filter``."""

    @wraps(command)
    def wrapper(
        *args: Any,
        statuses: Sequence[str],
        job_name: str | None,
        location_name: str | None,
        tags: Sequence[str],
        created_after: datetime | None,
        created_before: datetime | None,
        updated_after: datetime | None,
        updated_before: datetime | None,
        longer_than: float | None,
        **kwargs: Any,
    ) -> Any:
        if created_after and created_before and created_after >= created_before:
            raise InvalidRequestError("--created-after must be earlier than --created-before")
        from dagster_ops_cli.schemas.run.filter import RunFilter

        run_filter = RunFilter(
            statuses=list(dict.fromkeys(statuses)),
            job_name=job_name,
            location_name=location_name,
            tags=tags_of(tags),
            created_after=created_after,
            created_before=created_before,
            updated_after=updated_after,
            updated_before=updated_before,
            longer_than=longer_than,
        )
        return command(*args, run_filter=run_filter, **kwargs)

    for each in reversed(_OPTIONS):
        wrapper = each(wrapper)
    return wrapper  # type: ignore[return-value]
