"""Arguments that name one run or backfill: by its id, by the beginning of its id, as @latest or @failed, or chosen."""

import re
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from dagster_ops_cli.cli.confirm import ask_number, can_ask
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, option
from dagster_ops_cli.cli.params import NonEmptyText, completes, one_from_stdin
from dagster_ops_cli.errors import InvalidRequestError, OpsError

if TYPE_CHECKING:
    from dagster_ops_cli.formatters.table import Table

F = TypeVar("F", bound=Callable[..., Any])

# The whole id of a run and of a backfill. They are in lower case, but may be pasted in upper case.
_RUN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_BACKFILL_ID = re.compile(r"[a-z]{8}|ops-[\w-]+", re.IGNORECASE)
# The beginning of a run's id, at least six characters and not all of it.
_RUN_PREFIX = re.compile(r"(?!.{36})[0-9a-f][0-9a-f-]{5,}", re.IGNORECASE)
# The same of a backfill's id, which has eight letters, or is a launch value of ours.
_BACKFILL_PREFIX = re.compile(r"[a-z]{6,7}|(?!ops-[a-p]{12}-\d|ops-\d{8}-\d{6}-\w)ops-[\w-]{2,}", re.IGNORECASE)
# How many runs or backfills are offered.
_OFFERED = 15
_JOB = option(
    "--job",
    "-j",
    "job_name",
    heading=FILTERS,
    type=NonEmptyText(),
    metavar="NAME",
    shell_complete=completes("job"),
    help="With @latest or @failed: only this job",
)


def one_run(destroys: bool = False) -> Callable[[F], F]:
    """Give a command the argument RUN_ID; it gets the whole id as ``run_id``. Stands below ``connection_options``.

    A command that ``destroys`` takes nothing but whole ids where there is no terminal.
    """
    return _one("run_id", _RUN_ID, _RUN_PREFIX, _find_run, _list_runs, destroys)


def one_backfill(destroys: bool = False) -> Callable[[F], F]:
    """Give a command the argument BACKFILL_ID; see ``one_run``."""
    return _one("backfill_id", _BACKFILL_ID, _BACKFILL_PREFIX, _find_backfill, _list_backfills, destroys)


def require_whole_run_ids(words: Sequence[str]) -> None:
    """Raise InvalidRequestError for the beginning of an id, @latest or @failed where there is no terminal."""
    for word in words:
        _require_whole(word, _RUN_PREFIX)


def _require_whole(word: str, prefix: re.Pattern[str]) -> None:
    if _stands_for(word, prefix) and not can_ask():
        raise InvalidRequestError(
            f"{word!r} is not a whole id; without a terminal to confirm, this command needs whole ids"
        )


def find_runs(ops: Ops, words: Sequence[str], job_name: str | None) -> list[str]:
    """Return the whole ids of the runs that words stand for, each once. Whole ids need no request."""
    words = [_in_lower_case(word, _RUN_ID) for word in words]
    open_words = [word for word in words if _stands_for(word, _RUN_PREFIX)]
    if not open_words:
        return list(words)
    found = dict(zip(open_words, ops.runs.find_ids([word.lower() for word in open_words], job_name), strict=True))
    return list(dict.fromkeys(found.get(word, word) for word in words))


def _stands_for(word: str, prefix: re.Pattern[str]) -> bool:
    """Whether a word is no whole id, so that Dagster must be asked which one it stands for."""
    return word.startswith("@") or bool(prefix.fullmatch(word))


def _in_lower_case(word: str, whole: re.Pattern[str]) -> str:
    """Return a whole id as Dagster writes it; any other word unchanged."""
    return word.lower() if whole.fullmatch(word) else word


def _one(
    name: str,
    whole: re.Pattern[str],
    prefix: re.Pattern[str],
    find: Callable[[Ops, str, str | None], str],
    offer: "Callable[[Ops, str | None], tuple[list[str], Table | None]]",
    destroys: bool,
) -> Callable[[F], F]:
    def decorate(command: F) -> F:
        @wraps(command)
        def wrapper(*args: Any, job_name: str | None, **kwargs: Any) -> Any:
            ctx = click.get_current_context()
            ops = ctx.ensure_object(Ops)
            word = kwargs[name]
            if job_name is not None and not (word or "@").startswith("@"):
                raise InvalidRequestError("--job needs @latest or @failed")
            if word is None:
                word = _choose(ctx, ops, job_name, offer)
            elif _stands_for(word, prefix):
                if destroys:
                    _require_whole(word, prefix)
                word = find(ops, word.lower(), job_name)
            else:
                word = _in_lower_case(word, whole)
            # Hints repeat the whole id: @latest may mean another one by then.
            ctx.params[name] = kwargs[name] = word
            ctx.set_parameter_source("job_name", ParameterSource.DEFAULT)
            try:
                return command(*args, **kwargs)
            except OpsError as error:
                error.ids = {name: word} | error.ids
                raise

        argument = click.argument(
            name,
            type=NonEmptyText(),
            required=False,
            metavar=name.upper(),
            callback=_require_or_ask,
            shell_complete=completes(name.removesuffix("_id")),
        )
        return argument(_JOB(wrapper))  # type: ignore[return-value]

    return decorate


def _require_or_ask(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the id, or for - that on standard input. Refuse a missing id where nobody can choose one."""
    if value is None and not can_ask():
        raise click.MissingParameter(ctx=ctx, param=param)
    return one_from_stdin(ctx, param, value)


def _choose(
    ctx: click.Context,
    ops: Ops,
    job_name: str | None,
    offer: "Callable[[Ops, str | None], tuple[list[str], Table | None]]",
) -> str:
    """Show the newest and return the id of the one that the user chooses; end the command if none is chosen."""
    ids, table = offer(ops, job_name)
    if not ids or table is None:
        raise InvalidRequestError("there is nothing to choose from")
    from dagster_ops_cli.formatters.table import numbered

    ops.draw_on_stderr(numbered(table))
    number = ask_number("Which one?", len(ids))
    if number is None:
        ctx.exit(1)
    return ids[number - 1]


def _find_run(ops: Ops, word: str, job_name: str | None) -> str:
    return ops.runs.find_ids([word], job_name)[0]


def _find_backfill(ops: Ops, word: str, job_name: str | None) -> str:
    return ops.backfills.find_id(word, job_name)


def _list_runs(ops: Ops, job_name: str | None) -> "tuple[list[str], Table | None]":
    from dagster_ops_cli.formatters.run import run_table
    from dagster_ops_cli.schemas.run.filter import RunFilter

    items = ops.runs.list(RunFilter(job_name=job_name), _OFFERED).items
    return [each.id for each in items], run_table(items)


def _list_backfills(ops: Ops, job_name: str | None) -> "tuple[list[str], Table | None]":
    from dagster_ops_cli.formatters.backfill import backfill_table
    from dagster_ops_cli.schemas.backfill import BackfillFilter

    items = ops.backfills.list(BackfillFilter(job_name=job_name), _OFFERED).items
    return [each.id for each in items], backfill_table(items)
