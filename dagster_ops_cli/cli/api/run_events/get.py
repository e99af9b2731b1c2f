"""`ops api run-events get`."""

import sys
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from dagster_ops_cli.api.waiting.interrupt import on_interrupt
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import command_line, connection_options, interval_option, json_option
from dagster_ops_cli.cli.params import Names, NonEmptyText, flatten
from dagster_ops_cli.errors import InterruptedByUserError, InvalidRequestError
from dagster_ops_cli.formatters.run_events import format_run_events
from dagster_ops_cli.schemas.enums import EVENT_TYPES, FINISHED_RUN_STATUSES, LOG_LEVELS

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.run_events import RunEventPage

DEFAULT_LIMIT = 100


@click.command()
@click.argument("run_id", type=NonEmptyText())
@click.option(
    "--type",
    "types",
    type=Names(EVENT_TYPES, open=True),
    multiple=True,
    callback=flatten,
    help="Only these event types, such as STEP_FAILURE; LOG is a plain message. Repeatable, or with commas.",
)
@click.option("--step", metavar="TEXT", help="Only steps with this in their key, in any case.")
@click.option(
    "--level", "levels", type=Names(LOG_LEVELS), multiple=True, callback=flatten, help="Only these log levels."
)
@click.option("--limit", type=click.IntRange(min=1), help=f"How many events to return.  [default: {DEFAULT_LIMIT}]")
@click.option("--all", "everything", is_flag=True, help="Return all events.")
@click.option("--cursor", metavar="CURSOR", help="Go on behind an earlier answer.")
@click.option("--follow", "-f", is_flag=True, help="Go on with new events as they come, until the run has ended.")
@interval_option(1)
@click.option("--wide", is_flag=True, help="Do not cut messages.")
@json_option
@click.option("--jsonl", "as_jsonl", is_flag=True, help="One JSON object a line, as the events arrive.")
@connection_options
@click.pass_context
def get(
    ctx: click.Context,
    ops: Ops,
    run_id: str,
    types: Sequence[str],
    step: str | None,
    levels: Sequence[str],
    limit: int | None,
    everything: bool,
    cursor: str | None,
    follow: bool,
    interval: float,
    wide: bool,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """Show the events of a run, oldest first.

    With --follow a --limit ends the command after so many events, --all goes without saying, and the exit code says
    nothing of how the run ended: that is what `ops api run watch` is for.
    """
    _check(limit, everything, follow, as_json, as_jsonl)
    streamed = everything or follow
    wanted = (run_id, types, step, levels, limit or (None if streamed else DEFAULT_LIMIT), cursor)
    if as_json:
        ops.show(ops.run_events.get(*wanted), to_text=None)
        return
    last: deque[RunEventPage] = deque(maxlen=1)
    with on_interrupt(lambda: _interrupted(ctx, run_id, last)):
        if follow:
            pages = ops.run_events.follow(*wanted, interval)
        elif everything or as_jsonl:
            pages = ops.run_events.stream(*wanted)
        else:
            pages = iter([ops.run_events.get(*wanted)])
        if as_jsonl:
            for page in _remember(pages, last):
                ops.show_jsonl(page.events)
        else:
            for lines in format_run_events(_remember(pages, last), run_id, wide, streamed, sys.stdout.isatty()):
                ops.write([lines])
    if last[0].has_more and last[0].cursor:
        ops.note(f"More events: {command_line(ctx, cursor=last[0].cursor)}")


def _check(limit: int | None, everything: bool, follow: bool, as_json: bool, as_jsonl: bool) -> None:
    if limit and everything:
        raise InvalidRequestError("--limit and --all exclude each other")
    if as_json and as_jsonl:
        raise InvalidRequestError("--json and --jsonl exclude each other")
    if as_json and follow:
        raise InvalidRequestError(
            "--json is one document, and --follow never has the whole of it", hint="--jsonl streams one event a line."
        )


def _interrupted(ctx: click.Context, run_id: str, last: "deque[RunEventPage]") -> InterruptedByUserError:
    is_running = last and last[0].status and last[0].status not in FINISHED_RUN_STATUSES
    message = f"Interrupted; run {run_id} is still running." if is_running else "Interrupted."
    cursor = {"cursor": last[0].cursor} if last and last[0].cursor else {}
    return InterruptedByUserError(message, hint=f"To continue from here: {command_line(ctx, **cursor)}")


def _remember(pages: "Iterator[RunEventPage]", last: "deque[RunEventPage]") -> "Iterator[RunEventPage]":
    """Pass pages on, and keep the last one that is out: it tells where to go on."""
    for page in pages:
        yield page
        last.append(page)
