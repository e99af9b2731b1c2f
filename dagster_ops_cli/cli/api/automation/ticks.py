"""Show the ticks of a schedule or sensor."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import command_line, exclusive, json_option, jsonl_option, place_options
from dagster_ops_cli.cli.params import Names, NonEmptyText, flatten
from dagster_ops_cli.formatters.automation import format_ticks
from dagster_ops_cli.schemas.enums import TICK_STATUSES

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_LIMIT = 50
_OPTIONS = [
    click.argument("name", type=NonEmptyText()),
    place_options,
    click.option(
        "--status",
        "statuses",
        type=Names(TICK_STATUSES),
        multiple=True,
        callback=flatten,
        help="Only ticks with one of these statuses. Repeatable, or with commas.",
    ),
    click.option("--limit", type=click.IntRange(min=1), help=f"Maximum number of results.  [default: {DEFAULT_LIMIT}]"),
    click.option("--all", "everything", is_flag=True, help="Return all ticks."),
    click.option("--cursor", type=NonEmptyText(), metavar="CURSOR", help="Continue from this cursor."),
    json_option,
    jsonl_option,
]


def ticks_options(command: F) -> F:
    """Give a command the options that ``show_ticks`` takes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def show_ticks(
    ctx: click.Context,
    ops: Ops,
    type_: str,
    name: str,
    location_name: str | None,
    repository_name: str | None,
    statuses: Sequence[str],
    limit: int | None,
    everything: bool,
    cursor: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """Write ticks to stdout, newest first."""
    exclusive(limit=limit, all=everything)
    exclusive(as_json=as_json, as_jsonl=as_jsonl)
    (item,) = ops.automation.find(type_, [name], repository_name, location_name)
    pages = ops.automation.stream_ticks(item, statuses, None if everything else limit or DEFAULT_LIMIT, cursor)
    if as_json:
        from dagster_ops_cli.schemas.automation import Tick
        from dagster_ops_cli.schemas.page import Page

        *_, last = found = list(pages)
        items = [tick for page in found for tick in page.items]
        ops.show(Page[Tick](items=items, cursor=last.cursor, has_more=last.has_more), to_text=None)
        return
    for number, last in enumerate(pages):
        if as_jsonl:
            ops.show_jsonl(last.items)
        else:
            ops.write([format_ticks(last, header=not number)])
    if last.cursor:
        ops.note(f"More ticks: {command_line(ctx, cursor=last.cursor)}")
