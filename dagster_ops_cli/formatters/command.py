"""The commands of `ops` as text."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import Column, Sheet, Table, sheet

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.command import CommandInfo
    from dagster_ops_cli.schemas.page import Page

_COLUMNS = (Column("COMMAND", priority=9, whole=True), Column("SUMMARY", priority=8))


def format_commands(page: "Page[CommandInfo]") -> Sheet:
    """Return a table of the commands and what they are for."""
    return sheet(Table(_COLUMNS, [(each.path, each.summary) for each in page.items], rule=False, gap=2))
