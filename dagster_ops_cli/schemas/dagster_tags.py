"""The tags that Dagster itself writes on runs and backfills, each named once; standard library only."""

BACKFILL = "dagster/backfill"
PARTITION = "dagster/partition"
PARENT_RUN = "dagster/parent_run_id"
PARENT_BACKFILL = "dagster/parent_backfill_id"
AUTO_RETRY_RUN = "dagster/auto_retry_run_id"
WILL_RETRY = "dagster/will_retry"
# Tags of Dagster's own that a launch does not hand on to the next one.
DAGSTER_PREFIXES = ("dagster/", ".dagster/")
