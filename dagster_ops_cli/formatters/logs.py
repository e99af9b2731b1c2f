"""The heading of a captured stream."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.text import escape

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.logs import LogFile

_SHOWN = 4


def format_heading(file: "LogFile", stream: str) -> str:
    """Return the heading above the output of a stream: the steps of its process, and the stream."""
    steps = ", ".join(file.step_keys[:_SHOWN])
    more = len(file.step_keys) - _SHOWN
    whose = f"{steps} and {more} more steps" if more > 0 else steps
    attempt = f", attempt {file.attempt}" if file.attempt and file.attempt > 1 else ""
    return f"==> {escape(whose)}{attempt}: {stream} <=="
