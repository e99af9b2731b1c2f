"""Daemons as text."""

from collections import Counter
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import Column, Sheet, Table, sheet
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


def format_daemons(page: "Page[Daemon]") -> Sheet | str:
    """Return the table of daemons, and below it the errors of each, once."""
    if not page.items:
        return "No daemons found"
    rows = [(daemon.type, _state(daemon), daemon.last_heartbeat, len(daemon.errors) or None) for daemon in page.items]
    errors = Counter((daemon.type, error) for daemon in page.items for error in daemon.errors)
    lines = [
        f"{cell(name)}: {cell(error)}{f' ({count} times)' if count > 1 else ''}"
        for (name, error), count in errors.items()
    ]
    return sheet(Table(_COLUMNS, rows), "", lines, f"Total daemons: {len(rows)}")


def _state(daemon: "Daemon") -> str:
    if not daemon.required:
        return "not required"
    return "unknown" if daemon.healthy is None else "healthy" if daemon.healthy else "UNHEALTHY"
