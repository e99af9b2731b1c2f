"""Daemons as text."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import Column, Sheet, Table, footer, sheet
from dagster_ops_cli.formatters.text import cell

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.daemon import Daemon
    from dagster_ops_cli.schemas.page import Page

_COLUMNS = (
    Column("DAEMON", 22, priority=9),
    Column("STATE", 12, "status", priority=8),
    Column("LAST_HEARTBEAT", 19, "age", priority=7),
    Column("ERRORS", 6, "number", priority=6),
)


def format_daemons(page: "Page[Daemon]", unhealthy: bool = False) -> Sheet | str:
    """Return the table of daemons, and below it the errors of each. ``unhealthy`` says that only those are listed."""
    if not page.items:
        return "No unhealthy daemons found" if unhealthy else "No daemons found"
    rows = [(daemon.type, _state(daemon), daemon.last_heartbeat, len(daemon.errors) or None) for daemon in page.items]
    errors = [line for daemon in page.items for line in _errors(daemon)]
    return sheet(Table(_COLUMNS, rows), "", errors, footer("daemons", len(rows)))


def _errors(daemon: "Daemon") -> Iterator[str]:
    """Yield the errors of a daemon; the same one only once, with how often it occurred."""
    for error, count in Counter(daemon.errors).items():
        yield f"{cell(daemon.type)}: {cell(error)}" + (f" ({count} times)" if count > 1 else "")


def _state(daemon: "Daemon") -> str:
    if not daemon.required:
        return "not required"
    return "unknown" if daemon.healthy is None else "healthy" if daemon.healthy else "UNHEALTHY"
