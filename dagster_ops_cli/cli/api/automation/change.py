"""Start, stop or reset schedules or sensors: choose them, ask, change them, and report the result of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dagster_ops_cli.cli.api.automation.filter import automation_filter_options
from dagster_ops_cli.cli.api.automation.list import warn_of_broken
from dagster_ops_cli.cli.confirm import can_ask, confirm, require_answer, server_fact
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import CONFIRMATION, FILTERS, option
from dagster_ops_cli.cli.options import json_option, yes_option
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.cli.waiting import Explanation, show_at_end
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.automation import format_automation, format_changes
from dagster_ops_cli.schemas.enums import RUNNING, STOPPED

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.automation import Automation, AutomationFilter, AutomationResult

F = TypeVar("F", bound=Callable[..., Any])

# What a filter takes for each verb: what has the status already needs no change.
_FROM = {"start": STOPPED, "stop": RUNNING, "reset": None}


@dataclass(frozen=True)
class Choice:
    """Which schedules or sensors the command line chooses: by ``names``, or else by ``wanted``."""

    names: Sequence[str]
    wanted: "AutomationFilter"
    dry_run: bool
    yes: bool
    as_json: bool


def automation_choice_options(type_: str) -> Callable[[F], F]:
    """Give a command the options that choose schedules or sensors, as its argument ``choice``."""
    noun = type_.lower()

    def decorate(command: F) -> F:
        @wraps(command)
        def wrapper(*args: Any, names: Sequence[str], everything: bool, yes: bool, dry_run: bool, **kwargs: Any) -> Any:
            wanted: AutomationFilter = kwargs.pop("wanted")
            placed = wanted.location_name or wanted.repository_name
            filtered = wanted.failing or wanted.late
            if (names and (everything or filtered)) or (everything and (filtered or placed)):
                raise InvalidRequestError("names, filters and --all exclude each other")
            if not (names or everything or filtered or placed):
                raise InvalidRequestError(f"Which {noun}s? Name them, filter them, or pass --all")
            if not names:
                require_answer(yes or dry_run)
            choice = Choice(list(dict.fromkeys(names)), wanted, dry_run, yes, kwargs.pop("as_json"))
            return command(*args, choice=choice, **kwargs)

        for each in reversed(
            [
                click.argument("names", nargs=-1, type=NonEmptyText(), metavar="[NAME...]"),
                automation_filter_options(type_, has_status=False),
                option("--all", "everything", heading=FILTERS, is_flag=True, help=f"All {noun}s"),
                option("--dry-run", heading=CONFIRMATION, is_flag=True, help=f"List matching {noun}s; change nothing"),
                yes_option,
                json_option,
            ]
        ):
            wrapper = each(wrapper)
        return wrapper  # type: ignore[return-value]

    return decorate


def change(ctx: click.Context, ops: Ops, choice: Choice, type_: str, verb: str) -> None:
    """Change what is chosen, and end the command with the result of each. ``verb`` is start, stop or reset."""
    from dagster_ops_cli.schemas.automation import AutomationResult
    from dagster_ops_cli.schemas.page import Page

    items = _choose(ops, choice, type_, verb)
    if choice.dry_run:
        ops.show(Page(items=items), None if choice.as_json else format_automation)  # type: ignore[arg-type]
        return
    if items and (can_ask() or not choice.names):
        ask(ctx, ops, items, choice.yes, verb)
    results: list[AutomationResult] = []
    act(
        ops,
        items,
        verb,
        results,
        lambda: ops.show(
            Page[AutomationResult](items=results),
            None if choice.as_json else lambda page: format_changes(page.items),
        ),
    )
    ctx.exit(0 if all(result.done for result in results) else 1)


def _choose(ops: Ops, choice: Choice, type_: str, verb: str) -> "Sequence[Automation]":
    wanted = choice.wanted
    if choice.names:
        return ops.automation.find(type_, choice.names, wanted.repository_name, wanted.location_name)
    ticks = wanted.failing or wanted.late or choice.dry_run
    page = ops.automation.list(wanted.model_copy(update={"status": _FROM[verb]}), ticks)
    warn_of_broken(ops, page)
    return [item for item in page.items if verb != "reset" or item.can_reset]


def ask(ctx: click.Context, ops: Ops, items: "Sequence[Automation]", yes: bool, verb: str) -> None:
    """Ask whether these are to be changed; end the command with 1 if not."""
    nouns = [item.type.lower() for item in items]
    counts = [(noun, nouns.count(noun)) for noun in dict.fromkeys(nouns)]
    told = " and ".join(f"{count:,} {noun}{'' if count == 1 else 's'}" for noun, count in counts)
    labels = [f"{item.label}, {item.status}" for item in items]
    confirm(ctx, f"{verb.capitalize()} {told}?", yes, [server_fact(ops)], labels)


def act(
    ops: Ops,
    items: "Sequence[Automation]",
    verb: str,
    results: "list[AutomationResult]",
    show: Callable[[], None],
) -> None:
    """Change the items and read them back into ``results``, after those that are there; show them whatever happens."""
    before = len(results)

    def explain() -> Explanation:
        left = len(items) - len(results) + before
        return f"{left:,} of {len(items):,} were not changed", {}

    with show_at_end(show, explain):
        for result in getattr(ops.automation, verb)(items):
            results.append(result)
        results[:] = ops.automation.refresh(results)
