"""`ops api schedule ticks` and `ops api sensor ticks`."""

from collections.abc import Sequence

import click

from dagster_ops_cli.cli.api.automation import EXAMPLES
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, Command, option
from dagster_ops_cli.cli.options import (
    connection_options,
    list_output_options,
    named_place_options,
    note_more,
    page_options,
)
from dagster_ops_cli.cli.params import Names, NonEmptyText, completes, flatten
from dagster_ops_cli.formatters.automation import format_ticks
from dagster_ops_cli.schemas.enums import TICK_STATUSES

_DEFAULT_LIMIT = 50


def ticks_command(type_: str) -> click.Command:
    """Return the command that lists the ticks of one schedule or sensor."""
    noun = type_.lower()
    example = f"ops {noun} ticks {EXAMPLES[type_]}"

    @click.command(
        "ticks",
        cls=Command,
        help=f"List the ticks of a {noun}, newest first.\n\n"
        "Each has its outcome, its error or skip reason, and the runs that it launched.",
        examples=(example, f"{example} --status failure --limit 1 --json", f"{example} --all --jsonl"),
    )
    @click.argument("name", type=NonEmptyText(), shell_complete=completes(noun))
    @named_place_options
    @option(
        "--status",
        "statuses",
        heading=FILTERS,
        type=Names(TICK_STATUSES),
        multiple=True,
        callback=flatten,
        help="Only started, success, skipped or failure; repeatable or comma-separated",
    )
    @page_options(_DEFAULT_LIMIT)
    @list_output_options("Page[automation.Tick]")
    @connection_options
    @click.pass_context
    def ticks(
        ctx: click.Context,
        ops: Ops,
        name: str,
        location_name: str | None,
        repository_name: str | None,
        statuses: Sequence[str],
        limit: int | None,
        cursor: str | None,
        as_json: bool,
        as_jsonl: bool,
    ) -> None:
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

    return ticks
