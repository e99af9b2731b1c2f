"""Daemons as text."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.text import cell, table

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.daemon import Daemon
    from dagster_ops_cli.schemas.page import Page

_HEADER = ("DAEMON", "STATE", "LAST_HEARTBEAT", "ERRORS")
_WIDTHS = (22, 12, 19, 6)


def format_daemons(page: "Page[Daemon]") -> str:
    """Return the table of daemons, and below it the errors of each."""
    if not page.items:
        return "No daemons found"
    rows = [
        (
            cell(daemon.type),
            _state(daemon),
            daemon.last_heartbeat.strftime("%Y-%m-%dT%H:%M:%S") if daemon.last_heartbeat else "",
            str(len(daemon.errors)) if daemon.errors else "",
        )
        for daemon in page.items
    ]
    errors = [f"{cell(daemon.type)}: {cell(error)}" for daemon in page.items for error in daemon.errors]
    return "\n".join([*table(_HEADER, _WIDTHS, rows), "", *errors, f"Total daemons: {len(rows)}"])


def _state(daemon: "Daemon") -> str:
    if not daemon.required:
        return "not required"
    return "unknown" if daemon.healthy is None else "healthy" if daemon.healthy else "UNHEALTHY"
