"""Partitions as text."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import Column, Sheet, Table, listing

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.partition import DimensionKey, PartitionState

_COLUMNS = (
    Column("PARTITION", 30, priority=9),
    Column("STATUS", 12, "status", priority=8),
    Column("RUN", 36, "id", priority=7),
)
_KEY_COLUMNS = (
    Column("KEY", 30, priority=9),
    Column("PARTITIONS", 10, "number", priority=7),
    Column("STATUSES", 30, priority=8),
)


def format_partitions(page: "Page[PartitionState]") -> Sheet | str:
    """Return the table of partitions."""
    rows = [(each.partition, each.status, each.run_id) for each in page.items]
    # Dagster does not say which run materialized a partition of an asset.
    table = Table(_COLUMNS, rows, silent=() if any(each.run_id for each in page.items) else ["RUN"])
    return listing("partitions", table, page.has_more)


def format_dimension_keys(page: "Page[DimensionKey]") -> Sheet | str:
    """Return the table of a dimension's keys."""
    rows = [
        (each.key, each.total, ", ".join(f"{count} {status}" for status, count in each.counts.items()))
        for each in page.items
    ]
    return listing("keys", Table(_KEY_COLUMNS, rows), page.has_more)
