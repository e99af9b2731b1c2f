"""The events of a run as a table."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import Column, Part, Table, Value
from dagster_ops_cli.formatters.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dagster_ops_cli.schemas.run_events import RunEvent, RunEventError, RunEventPage

_MESSAGE = 50
_COLUMNS = (
    Column("TIMESTAMP", 20, "clock", priority=5),
    Column("LEVEL", 8, "status", priority=3),
    Column("TYPE", 20, priority=7),
    Column("STEP_KEY", 30, priority=6),
    Column("MESSAGE", _MESSAGE, priority=9, most=_MESSAGE, least=30),
)


def format_run_events(
    pages: "Iterable[RunEventPage]", run_id: str, wide: bool, streamed: bool, with_levels: bool = False
) -> Iterator[Part]:
    """Yield the table of a run's events, a part at a time.

    ``wide`` does not cut messages, ``with_levels`` adds a column for the log level. If the table is ``streamed``, its
    columns keep their minimum widths, because later rows are not known yet; otherwise they grow with the page.
    """
    columns = [each for each in _COLUMNS if with_levels or each.name != "LEVEL"]
    if wide:
        columns[-1] = replace(columns[-1], most=None, whole=True)
    count = 0
    errors: list[str] = []
    for page in pages:
        if not page.events:
            continue
        if not count:
            yield f"Events for run {escape(run_id)}:\n"
        rows = [_cells(event, with_levels) for event in page.events]
        yield Table(columns, rows, header=not count, streamed=streamed)
        count += len(rows)
        errors.extend(_format_error(event, event.error) for event in page.events if event.error)
    if not count:
        yield f"No events found for run {escape(run_id)}"
        return
    yield f"\nTotal events: {count}"
    for error in errors:
        yield f"\n{error}"


def _cells(event: "RunEvent", with_levels: bool) -> Sequence[Value]:
    message = event.message if event.message.strip() else event.type.replace("_", " ").capitalize()
    levels = (event.level,) if with_levels else ()
    return (event.timestamp, *levels, event.type, event.step_key, message)


def _format_error(event: "RunEvent", error: "RunEventError") -> str:
    raised = error.raised
    lines = [f"{escape(event.step_key or 'run')}: {_name(raised)}"]
    lines += [f"  caused by: {_name(cause)}" for cause in raised.causes]
    return "\n".join(lines)


def _name(error: "RunEventError") -> str:
    """Return the class and the message of an error."""
    return escape(": ".join(part for part in (error.class_name, error.said) if part))
