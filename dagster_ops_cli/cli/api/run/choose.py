"""The ids and filters by which a command chooses runs."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dagster_ops_cli.cli.api.run.filter import run_filter_options
from dagster_ops_cli.cli.arguments.ids import require_whole_run_ids
from dagster_ops_cli.cli.help import FILTERS, option
from dagster_ops_cli.cli.params import NonEmptyText, completes, read_words
from dagster_ops_cli.errors import InvalidRequestError

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.run.filter import RunFilter

F = TypeVar("F", bound=Callable[..., Any])


def choose_runs_options(tags_are_new: bool = False, destroys: bool = False) -> Callable[[F], F]:
    """Give a command the options that choose runs; it gets ``run_ids`` (None without ids) and ``run_filter``.

    It gets ``new_tags``, too, if ``tags_are_new``: then --tag beside ids is a tag for new runs, not a filter. The ids
    may be what ``find_runs`` takes; one that ``destroys`` takes nothing but whole ids where there is no terminal.
    """

    def decorate(command: F) -> F:
        @wraps(command)
        def wrapper(
            *args: Any, run_ids: Sequence[str] | None, run_filter: "RunFilter", everything: bool, **kwargs: Any
        ) -> Any:
            if tags_are_new:
                kwargs["new_tags"] = run_filter.tags if run_ids is not None else {}
                run_filter = run_filter.model_copy(update={"tags": {}}) if run_ids is not None else run_filter
            if destroys:
                require_whole_run_ids(run_ids or ())
            if sum((run_ids is not None, not _is_empty(run_filter, run_ids), everything)) > 1:
                raise InvalidRequestError("ids, filters and --all can't be used together")
            if run_ids is None and run_filter.is_empty and not everything:
                raise InvalidRequestError("Choose runs by id or by filter, or pass --all")
            return command(*args, run_ids=run_ids, run_filter=run_filter, **kwargs)

        return _ids_argument(run_filter_options(_all_option(wrapper)))  # type: ignore[return-value]

    return decorate


def _is_empty(run_filter: "RunFilter", run_ids: Sequence[str] | None) -> bool:
    """Whether there is no filter. Beside @latest and @failed, --job says of which job."""
    if run_ids and all(word.startswith("@") for word in run_ids):
        run_filter = run_filter.model_copy(update={"job_name": None})
    return run_filter.is_empty


def _expand(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> list[str] | None:
    """Return each id once, in the order given; an empty standard input gives an empty list, no argument gives None."""
    if ctx.resilient_parsing:
        # A shell completes the line: nothing is on standard input yet.
        return list(value)
    if not value:
        return None
    # An id has no blanks, so several may be on one line.
    lines = " ".join(read_words(ctx, param)).split() if "-" in value else []
    return list(dict.fromkeys(each for word in value for each in (lines if word == "-" else [word])))


_ids_argument = click.argument(
    "run_ids",
    type=NonEmptyText(),
    nargs=-1,
    callback=_expand,
    metavar="[RUN_ID... | -]",
    shell_complete=completes("run"),
)
_all_option = option("--all", "everything", heading=FILTERS, is_flag=True, help="Every eligible run")
