"""The tags of runs and backfills that Dagster writes or reads, and those that users may not set.

Standard library only, so that a wrong tag on the command line is refused without pydantic.
"""

from collections.abc import Mapping

BACKFILL = "dagster/backfill"
PARENT_BACKFILL = "dagster/parent_backfill_id"
ROOT_BACKFILL = "dagster/root_backfill_id"
PARENT_RUN = "dagster/parent_run_id"
ROOT_RUN = "dagster/root_run_id"
PRIORITY = "dagster/priority"
PARTITION = "dagster/partition"
# The key in one dimension: this prefix, followed by the dimension's name.
DIMENSION_PREFIX = f"{PARTITION}/"
# Only runs of a job's partitions have it; runs of an asset's partitions do not.
PARTITION_SET = "dagster/partition_set"
_RANGE_PREFIX = "dagster/asset_partition_range_"
RANGE_START = f"{_RANGE_PREFIX}start"
RANGE_END = f"{_RANGE_PREFIX}end"
AUTO_RETRY_RUN = "dagster/auto_retry_run_id"
WILL_RETRY = "dagster/will_retry"
# Tags of Dagster's own, which one launch does not hand on to the next.
DAGSTER_PREFIXES = ("dagster/", ".dagster/")
# Tags with which a user tells Dagster how to treat a run. The next launch has them, too.
FOR_DAGSTER = frozenset(
    {
        PRIORITY,
        "dagster/max_retries",
        "dagster/retry_strategy",
        "dagster/retry_on_asset_or_op_failure",
        "dagster/max_runtime",
    }
)
OPS_PREFIX = "ops/"

# A user who set one of these would add the run to a backfill that does not exist, make it run another partition than
# Dagster believes, or move it into another family of runs.
_RESERVED = frozenset({BACKFILL, PARENT_RUN, ROOT_RUN, PARENT_BACKFILL, ROOT_BACKFILL})
_RESERVED_PREFIXES = (OPS_PREFIX, PARTITION, _RANGE_PREFIX)


def is_reserved(tag: str) -> bool:
    """Whether only Dagster or `ops` may set a tag."""
    return tag in _RESERVED or tag.startswith(_RESERVED_PREFIXES)


def reserved_pattern() -> str:
    """Return a regular expression for the reserved tags, for a JSON Schema."""
    return f"^({'|'.join(_RESERVED_PREFIXES)})|^({'|'.join(sorted(_RESERVED))})$"


def will_retry(tags: Mapping[str, str]) -> bool | None:
    """Whether Dagster itself retries the run that has these tags; None if Dagster has not decided, or never tells."""
    return tags[WILL_RETRY] == "true" if WILL_RETRY in tags else None


def is_retry_due(status: str, tags: Mapping[str, str]) -> bool:
    """Whether a run failed and Dagster itself has yet to launch its next attempt."""
    return status == "FAILURE" and will_retry(tags) is True and AUTO_RETRY_RUN not in tags


def partition_of(tags: Mapping[str, str]) -> str | None:
    """Return the partition key of the run that has these tags, or ``first...last`` if it covers a range."""
    first, last = tags.get(RANGE_START), tags.get(RANGE_END)
    return tags.get(PARTITION) or (f"{first}...{last}" if first else None)
