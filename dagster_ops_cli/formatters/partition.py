"""Partitions as text."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.text import cell, listing

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.partition import DimensionKey, PartitionState

_HEADER = ("PARTITION", "STATUS", "RUN")
_WIDTHS = (30, 12, 36)
_KEY_HEADER = ("KEY", "PARTITIONS", "STATUSES")
_KEY_WIDTHS = (30, 10, 30)


def format_partitions(page: "Page[PartitionState]") -> str:
    """Return the table of partitions."""
    rows = [(cell(each.partition), cell(each.status), cell(each.run_id or "")) for each in page.items]
    return listing("partitions", _HEADER, _WIDTHS, rows, page.has_more)


def format_dimension_keys(page: "Page[DimensionKey]") -> str:
    """Return the table of a dimension's keys."""
    rows = [
        (cell(each.key), str(each.total), ", ".join(f"{count} {status}" for status, count in each.counts.items()))
        for each in page.items
    ]
    return listing("keys", _KEY_HEADER, _KEY_WIDTHS, rows, page.has_more)
