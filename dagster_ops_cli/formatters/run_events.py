"""The events of a run as a table."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.text import cell, escape, fit, row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dagster_ops_cli.schemas.run_events import RunEvent, RunEventError, RunEventPage

_COLUMNS = {"TIMESTAMP": 20, "LEVEL": 8, "TYPE": 20, "STEP_KEY": 30, "MESSAGE": 50}


def format_run_events(
    pages: "Iterable[RunEventPage]", run_id: str, wide: bool, streamed: bool, with_levels: bool = False
) -> Iterator[str]:
    """Yield the table of a run's events, one or more lines at a time.

    ``wide`` does not cut messages, ``with_levels`` adds a column for the log level. If the table is ``streamed``, its
    columns keep their minimum widths, because later rows are not known yet; otherwise they grow with the page.
    """
    header = [name for name in _COLUMNS if with_levels or name != "LEVEL"]
    least = [_COLUMNS[name] for name in header]
    count = 0
    errors: list[str] = []
    for page in pages:
        if not page.events:
            continue
        rows = [_cells(event, wide, header) for event in page.events]
        widths = least if streamed else fit(rows, least)
        if not count:
            yield f"Events for run {escape(run_id)}:\n"
            yield row(header, widths)
            yield "-" * (sum(widths) + len(widths) - 1)
        yield "\n".join(row(cells, widths) for cells in rows)
        count += len(rows)
        errors.extend(_format_error(event, event.error) for event in page.events if event.error)
    if not count:
        yield f"No events found for run {escape(run_id)}"
        return
    yield f"\nTotal events: {count}"
    for error in errors:
        yield f"\n{error}"


def _cells(event: "RunEvent", wide: bool, header: Sequence[str]) -> Sequence[str]:
    message = event.message if event.message.strip() else event.type.replace("_", " ").capitalize()
    cells = {
        "TIMESTAMP": event.timestamp.strftime("%Y-%m-%dT%H:%M:%S"),
        "LEVEL": cell(event.level),
        "TYPE": cell(event.type),
        "STEP_KEY": cell(event.step_key or ""),
        "MESSAGE": cell(message, None if wide else _COLUMNS["MESSAGE"]),
    }
    return [cells[name] for name in header]


def _format_error(event: "RunEvent", error: "RunEventError") -> str:
    raised = error.raised
    lines = [f"{escape(event.step_key or 'run')}: {_name(raised)}"]
    lines += [f"  caused by: {_name(cause)}" for cause in raised.causes]
    return "\n".join(lines)


def _name(error: "RunEventError") -> str:
    """Return the class and the message of an error."""
    return escape(": ".join(part for part in (error.class_name, error.said) if part))
