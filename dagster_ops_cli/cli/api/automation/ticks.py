"""Show the ticks of a schedule or sensor."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, option
from dagster_ops_cli.cli.options import list_output_options, note_more, page_options, place_options
from dagster_ops_cli.cli.params import Names, NonEmptyText, flatten
from dagster_ops_cli.formatters.automation import format_ticks
from dagster_ops_cli.schemas.enums import TICK_STATUSES

F = TypeVar("F", bound=Callable[..., Any])

_DEFAULT_LIMIT = 50


def ticks_options(command: F) -> F:
    """Give a command the options that ``show_ticks`` takes."""
    for each in (
        list_output_options,
        page_options(_DEFAULT_LIMIT),
        option(
            "--status",
            "statuses",
            heading=FILTERS,
            type=Names(TICK_STATUSES),
            multiple=True,
            callback=flatten,
            help="Only ticks with one of these statuses; repeatable, or with commas",
        ),
        place_options,
        click.argument("name", type=NonEmptyText()),
    ):
        command = each(command)
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
    cursor: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """Write ticks to stdout, newest first."""
    (item,) = ops.automation.find(type_, [name], repository_name, location_name)
    pages = ops.automation.stream_ticks(item, statuses, limit, cursor)
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
    note_more(ctx, ops, last.cursor)
