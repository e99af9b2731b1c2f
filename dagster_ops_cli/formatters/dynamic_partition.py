"""Dynamic partitions as text."""

from collections import Counter
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import Column, Sheet, Table, sheet
from dagster_ops_cli.formatters.text import escape

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.dynamic_partition import DynamicDefinition, DynamicPartition, DynamicPartitionResult
    from dagster_ops_cli.schemas.page import Page

_COLUMNS = (Column("DEFINITION", 30, priority=9), Column("LOCATIONS", 20, priority=7), Column("ASSETS", 30, priority=8))
_RESULT_COLUMNS = (Column("KEY", 30, priority=9), Column("RESULT", 8, priority=8), Column("ERROR", 20, priority=7))
_NAMED_ASSETS = 3
_WORDS = {"exists": "existing"}


def format_dynamic_definitions(page: "Page[DynamicDefinition]") -> Sheet | str:
    """Return the table of definitions."""
    if not page.items:
        return "No asset uses dynamic partitions"
    rows = []
    for each in page.items:
        assets = ", ".join(each.asset_keys[:_NAMED_ASSETS])
        if len(each.asset_keys) > _NAMED_ASSETS:
            assets += f" and {len(each.asset_keys) - _NAMED_ASSETS} more"
        rows.append((each.name, ", ".join(each.location_names), assets))
    return sheet(Table(_COLUMNS, rows))


def format_dynamic_partitions(page: "Page[DynamicPartition]") -> str:
    """Return the keys, one a line."""
    return "\n".join(escape(each.key) for each in page.items) or "No keys found"


def format_dynamic_partition_results(page: "Page[DynamicPartitionResult]") -> Sheet | str:
    """Return the result for each key, and how many keys have each result."""
    if not page.items:
        return "No keys"
    rows = [(each.key, each.result, each.error) for each in page.items]
    counts = Counter(each.result for each in page.items)
    summary = ", ".join(f"{count:,} {_WORDS.get(result, result)}" for result, count in counts.items())
    return sheet(Table(_RESULT_COLUMNS, rows), "", f"Keys: {summary}")
