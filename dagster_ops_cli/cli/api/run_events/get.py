"""`ops api run-events get`."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from dagster_ops_cli.api.waiting.interrupt import on_interrupt
from dagster_ops_cli.cli.arguments.ids import one_run
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, OUTPUT, WAITING, Command, option
from dagster_ops_cli.cli.options import (
    command_line,
    connection_options,
    interval_option,
    list_output_options,
    page_options,
)
from dagster_ops_cli.cli.params import Names, NonEmptyText, flatten
from dagster_ops_cli.errors import InterruptedByUserError, InvalidRequestError
from dagster_ops_cli.formatters.run_events import format_run_events
from dagster_ops_cli.schemas.enums import EVENT_TYPES, FINISHED_RUN_STATUSES, LOG_LEVELS

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.run_events import RunEventPage

DEFAULT_LIMIT = 100


@click.command(
    cls=Command,
    examples=(
        "ops run-events get RUN_ID --type STEP_FAILURE --limit 1",
        "ops run-events get RUN_ID --level ERROR --wide",
        "ops run-events get RUN_ID --follow --jsonl",
    ),
)
@option(
    "--type",
    "types",
    heading=FILTERS,
    type=Names(EVENT_TYPES, open=True),
    multiple=True,
    callback=flatten,
    help="Only this event type, such as STEP_FAILURE, or LOG for log messages; repeatable or comma-separated",
)
@option(
    "--step",
    heading=FILTERS,
    type=NonEmptyText(),
    metavar="TEXT",
    help="Only steps with TEXT in their key, in any case",
)
@option(
    "--level",
    "levels",
    heading=FILTERS,
    type=Names(LOG_LEVELS),
    multiple=True,
    callback=flatten,
    help="Only this log level; repeatable or comma-separated",
)
@page_options(default=DEFAULT_LIMIT)
@option("--follow", "-f", heading=WAITING, is_flag=True, help="Keep printing new events until the run ends")
@interval_option(1)
@option("--wide", heading=OUTPUT, is_flag=True, help="Do not cut messages")
@list_output_options("run_events.RunEventPage")
@connection_options
@one_run()
@click.pass_context
def get(
    ctx: click.Context,
    ops: Ops,
    run_id: str,
    types: Sequence[str],
    step: str | None,
    levels: Sequence[str],
    limit: int | None,
    cursor: str | None,
    follow: bool,
    interval: float,
    wide: bool,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """Show the events of a run, oldest first.

    --follow prints all events unless --limit is given. The exit code does not tell how the run ended; for that, use
    `ops run watch`.
    """
    if as_json and follow:
        raise InvalidRequestError(
            "--json prints one document and cannot be used with --follow",
            hint="Use --jsonl for one JSON object per event.",
        )
    if follow:
        limit = ctx.params["limit"]
    streamed = follow or limit is None
    from dagster_ops_cli.schemas.run_events import RunEventFilter

    wanted = (run_id, RunEventFilter(types=list(types), step=step, levels=list(levels)), limit, cursor)
    if as_json:
        ops.show(ops.run_events.get(*wanted), to_text=None)
        return
    last: deque[RunEventPage] = deque(maxlen=1)
    with on_interrupt(lambda: _interrupted(ctx, run_id, last)):
        if follow:
            pages = ops.run_events.follow(*wanted, interval)
        elif streamed or as_jsonl:
            pages = ops.run_events.stream(*wanted)
        else:
            pages = iter([ops.run_events.get(*wanted)])
        if as_jsonl:
            for page in _remember(pages, last):
                ops.show_jsonl(page.events)
        else:
            for lines in format_run_events(_remember(pages, last), run_id, wide, streamed, ops.drawer is not None):
                ops.write([lines])
    if last[0].has_more and last[0].cursor:
        ops.note(f"More: {command_line(ctx, cursor=last[0].cursor)}")


def _interrupted(ctx: click.Context, run_id: str, last: "deque[RunEventPage]") -> InterruptedByUserError:
    is_running = last and last[0].status and last[0].status not in FINISHED_RUN_STATUSES
    message = f"Interrupted; run {run_id} is still running." if is_running else "Interrupted."
    cursor = {"cursor": last[0].cursor} if last and last[0].cursor else {}
    return InterruptedByUserError(message, hint=f"To continue from here: {command_line(ctx, **cursor)}")


def _remember(pages: "Iterator[RunEventPage]", last: "deque[RunEventPage]") -> "Iterator[RunEventPage]":
    """Pass pages on and keep the last one that was printed: its cursor tells where to continue."""
    for page in pages:
        yield page
        last.append(page)
