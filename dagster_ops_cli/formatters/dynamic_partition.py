"""Dynamic partitions as text."""

from collections import Counter
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.text import cell, escape, table

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.dynamic_partition import DynamicDefinition, DynamicPartition, DynamicPartitionResult
    from dagster_ops_cli.schemas.page import Page

_NAMED_ASSETS = 3
_WORDS = {"exists": "existing"}


def format_dynamic_definitions(page: "Page[DynamicDefinition]") -> str:
    """Return the table of definitions."""
    if not page.items:
        return "No asset uses dynamic partitions"
    rows = []
    for each in page.items:
        assets = ", ".join(each.asset_keys[:_NAMED_ASSETS])
        if len(each.asset_keys) > _NAMED_ASSETS:
            assets += f" and {len(each.asset_keys) - _NAMED_ASSETS} more"
        rows.append((cell(each.name), cell(", ".join(each.location_names)), cell(assets)))
    return "\n".join(table(("DEFINITION", "LOCATIONS", "ASSETS"), (30, 20, 30), rows))


def format_dynamic_partitions(page: "Page[DynamicPartition]") -> str:
    """Return the keys, one a line."""
    return "\n".join(escape(each.key) for each in page.items) or "No keys found"


def format_dynamic_partition_results(page: "Page[DynamicPartitionResult]") -> str:
    """Return the result for each key, and how many keys have each result."""
    if not page.items:
        return "No keys"
    rows = [(cell(each.key), each.result, cell(each.error or "")) for each in page.items]
    counts = Counter(each.result for each in page.items)
    summary = ", ".join(f"{count:,} {_WORDS.get(result, result)}" for result, count in counts.items())
    return "\n".join([*table(("KEY", "RESULT", "ERROR"), (30, 8, 20), rows), "", f"Keys: {summary}"])
