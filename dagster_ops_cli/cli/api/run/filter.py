"""The options that say which runs are meant."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dagster_ops_cli.cli.params import Names, Tag, Time, flatten
from dagster_ops_cli.cli.tags import tags_of
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.schemas.enums import RUN_STATUSES

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.run.filter import RunFilter

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = [
    click.option(
        "--status",
        "statuses",
        type=Names(RUN_STATUSES),
        multiple=True,
        callback=flatten,
        help="Only runs with one of these statuses. Repeatable, or with commas.",
    ),
    click.option("--job", "-j", "job_name", metavar="NAME", help="Only runs of this job."),
    click.option("--tag", "tags", type=Tag(), multiple=True, help="Only runs with this tag. Repeatable: with all."),
    click.option("--created-after", type=Time(), help="A time, or a duration such as 2h: so long ago."),
    click.option("--created-before", type=Time(), help="Likewise."),
    click.option("--updated-after", type=Time(), help="Likewise; whatever happens to a run updates it."),
]


def run_filter_options(command: F) -> F:
    """Give a command the options that say which runs are meant, and a RunFilter as its argument ``run_filter``."""

    @wraps(command)
    def wrapper(
        *args: Any,
        statuses: Sequence[str],
        job_name: str | None,
        tags: Sequence[str],
        created_after: datetime | None,
        created_before: datetime | None,
        updated_after: datetime | None,
        **kwargs: Any,
    ) -> Any:
        run_filter = _run_filter(statuses, job_name, tags, created_after, created_before, updated_after)
        return command(*args, run_filter=run_filter, **kwargs)

    for option in reversed(_OPTIONS):
        wrapper = option(wrapper)
    return wrapper  # type: ignore[return-value]


def _run_filter(
    statuses: Sequence[str],
    job_name: str | None,
    tags: Sequence[str],
    created_after: datetime | None,
    created_before: datetime | None,
    updated_after: datetime | None,
) -> "RunFilter":
    if job_name is not None and not job_name.strip():
        raise InvalidRequestError("--job is empty")
    if created_after and created_before and created_after >= created_before:
        raise InvalidRequestError("no run can be created after --created-after and before --created-before")
    from dagster_ops_cli.schemas.run.filter import RunFilter

    return RunFilter(
        statuses=list(dict.fromkeys(statuses)),
        job_name=job_name,
        tags=tags_of(tags),
        created_after=created_after,
        created_before=created_before,
        updated_after=updated_after,
    )
