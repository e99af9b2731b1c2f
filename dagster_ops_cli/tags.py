"""The tags that are not the user's to set."""

from collections.abc import Mapping

from dagster_ops_cli.errors import InvalidRequestError

# What each of them would do to a run: count it to a backfill that does not exist, run another partition than Dagster
# believes, or put it into another family of runs.
_RESERVED = ("dagster/backfill", "dagster/parent_run_id", "dagster/root_run_id")
_RESERVED_PREFIXES = ("ops/", "dagster/partition", "dagster/asset_partition_range_")


def refuse_reserved(tags: Mapping[str, str]) -> Mapping[str, str]:
    """Return the tags. Raises InvalidRequestError where one of them is Dagster's or ours to set."""
    for key in tags:
        if key in _RESERVED or key.startswith(_RESERVED_PREFIXES):
            hint = "A partition is named with --partition." if key.startswith("dagster/partition") else None
            owner = "ops" if key.startswith("ops/") else "Dagster"
            raise InvalidRequestError(f"the tag {key!r} is set by {owner} alone", hint=hint)
    return tags
