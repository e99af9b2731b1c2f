"""The tags that are not the user's to set; standard library only."""

# What each of them would do: count a run to a backfill that does not exist, have it run another partition than Dagster
# believes, or put it into another family of runs.
_RESERVED = frozenset(
    {
        "dagster/backfill",
        "dagster/parent_run_id",
        "dagster/root_run_id",
        "dagster/parent_backfill_id",
        "dagster/root_backfill_id",
    }
)
_PREFIXES = ("ops/", "dagster/partition", "dagster/asset_partition_range_")


def is_reserved(tag: str) -> bool:
    """Whether only Dagster or `ops` may set a tag."""
    return tag in _RESERVED or tag.startswith(_PREFIXES)


def reserved_pattern() -> str:
    """Return the same as a regular expression, for a JSON Schema."""
    return f"^({'|'.join(_PREFIXES)})|^({'|'.join(sorted(_RESERVED))})$"
