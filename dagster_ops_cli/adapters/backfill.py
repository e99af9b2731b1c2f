"""The operations on backfills."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_ops_cli.adapters.union import as_promised, expect, expect_list, parse, parse_list
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.schemas.backfill import TAG_LAUNCH, BackfillPoll, BackfillRecord
from dagster_ops_cli.schemas.enums import RUN_STATUSES

LAUNCH_BACKFILL = """
mutation OpsLaunchBackfill($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on RunConfigValidationInvalid { errors { message } }
    ... on Error { message }
  }
}
"""

LIST_BACKFILLS = """
query OpsListBackfills($status: BulkActionStatus, $cursor: String, $limit: Int!) {
  partitionBackfillsOrError(status: $status, cursor: $cursor, limit: $limit) {
    __typename
    ... on PartitionBackfills {
      results {
        id
        status
        timestamp
        numPartitions
        isAssetBackfill
        assetSelection { path }
        partitionSetName
        tags { key value }
      }
    }
    ... on Error { message }
  }
}
"""

# One small question however many partitions there are: runs are counted by Dagster's database, status by status.
_COUNTS = "\n".join(
    f"  {status}: runsOrError(filter: {{tags: $tags, statuses: [{status}]}}, limit: 1) {{ ... on Runs {{ count }} }}"
    for status in RUN_STATUSES
    if status != "SUSPENDED"  # not there before 1.13.27, and then whatever is not counted counts as running
)
_DAEMONS = "instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }"

POLL_BACKFILL = f"""
query OpsPollBackfill($id: String!, $tags: [ExecutionTag!]!) {{
  partitionBackfillOrError(backfillId: $id) {{
    __typename
    ... on PartitionBackfill {{
      id
      status
      timestamp
      endTimestamp
      numPartitions
      isAssetBackfill
      assetSelection {{ path }}
      partitionSetName
      tags {{ key value }}
      error {{ message }}
      assetBackfillData {{
        assetBackfillStatuses {{
          ... on UnpartitionedAssetStatus {{ inProgress materialized failed }}
          ... on AssetPartitionsStatusCounts {{
            numPartitionsTargeted
            numPartitionsInProgress
            numPartitionsMaterialized
            numPartitionsFailed
          }}
        }}
      }}
    }}
    ... on Error {{ message }}
  }}
{_COUNTS}
  {_DAEMONS}
}}
"""

POLL_LAUNCH = f"""
query OpsPollLaunch($tags: [ExecutionTag!]!) {{
{_COUNTS}
  {_DAEMONS}
}}
"""

CANCEL_BACKFILL = """
mutation OpsCancelBackfill($id: String!) {
  cancelPartitionBackfill(backfillId: $id) {
    __typename
    ... on CancelBackfillSuccess { backfillId }
    ... on Error { message }
  }
}
"""

RESUME_BACKFILL = """
mutation OpsResumeBackfill($id: String!) {
  resumePartitionBackfill(backfillId: $id) {
    __typename
    ... on ResumeBackfillSuccess { backfillId }
    ... on Error { message }
  }
}
"""


LIST_LAUNCH_VALUES = """
query OpsListLaunchValues($keys: [String!]!, $prefix: String!) {
  runTagsOrError(tagKeys: $keys, valuePrefix: $prefix) {
    __typename
    ... on RunTags { tags { key values } }
    ... on Error { message }
  }
}
"""


def launch_backfill(client: GraphQLClient, params: Mapping[str, Any]) -> str:
    """Launch a native backfill and return its id. ``params`` are Dagster's ``LaunchBackfillParams``."""
    data = client.execute(LAUNCH_BACKFILL, {"params": params})
    launched = expect(data, "launchPartitionBackfill", "LaunchBackfillSuccess")
    with as_promised():
        return str(launched["backfillId"])


def list_backfills(
    client: GraphQLClient, limit: int, cursor: str | None = None, status: str | None = None
) -> list[BackfillRecord]:
    """Return backfills, newest first, behind the one whose id is ``cursor``."""
    data = client.execute(LIST_BACKFILLS, {"status": status, "cursor": cursor, "limit": limit})
    found = expect(data, "partitionBackfillsOrError", "PartitionBackfills")
    return parse_list(BackfillRecord, expect_list(found, "results"))


def list_launch_values(client: GraphQLClient, prefix: str) -> list[str]:
    """Return the launch values that are on any run."""
    data = client.execute(LIST_LAUNCH_VALUES, {"keys": [TAG_LAUNCH], "prefix": prefix})
    tags = expect_list(expect(data, "runTagsOrError", "RunTags"), "tags")
    with as_promised():
        return parse_list(str, [value for tag in tags for value in tag["values"]])


def poll_backfill(client: GraphQLClient, backfill_id: str) -> BackfillPoll:
    """Look at a native backfill once. Raises NotFoundError."""
    tags = [{"key": "dagster/backfill", "value": backfill_id}]
    data = client.execute(POLL_BACKFILL, {"id": backfill_id, "tags": tags})
    record = expect(data, "partitionBackfillOrError", "PartitionBackfill")
    with as_promised():
        return _poll(data, record, _asset_counts(record))


def poll_launch(client: GraphQLClient, tag: str, value: str) -> BackfillPoll:
    """Look once at the runs that carry a tag."""
    data = client.execute(POLL_LAUNCH, {"tags": [{"key": tag, "value": value}]})
    with as_promised():
        return _poll(data, None, None)


def cancel_backfill(client: GraphQLClient, backfill_id: str) -> None:
    """Ask for a backfill to be canceled: its daemon does it, at its next tick. A finished one is not refused."""
    expect(client.execute(CANCEL_BACKFILL, {"id": backfill_id}), "cancelPartitionBackfill", "CancelBackfillSuccess")


def resume_backfill(client: GraphQLClient, backfill_id: str) -> None:
    """Let the daemon go on submitting the runs that are still missing."""
    expect(client.execute(RESUME_BACKFILL, {"id": backfill_id}), "resumePartitionBackfill", "ResumeBackfillSuccess")


def _poll(data: Mapping[str, Any], record: Any, partitions: dict[str, int] | None) -> BackfillPoll:
    counts = {status: (data.get(status) or {}).get("count", 0) for status in RUN_STATUSES}
    health = ((data.get("instance") or {}).get("daemonHealth") or {}).get("allDaemonStatuses") or []
    return parse(
        BackfillPoll,
        {
            "record": record,
            "runs": {status: count for status, count in counts.items() if count},
            "partitions": partitions,
            "daemons": health,
        },
    )


def _asset_counts(record: Mapping[str, Any]) -> dict[str, int] | None:
    """Partitions by status, of all the assets of a backfill together; null for jobs, and for unpartitioned assets."""
    statuses: Sequence[Mapping[str, int]] = [
        each
        for each in (record.get("assetBackfillData") or {}).get("assetBackfillStatuses") or []
        if "numPartitionsTargeted" in each
    ]
    if not statuses:
        return None
    done = sum(each["numPartitionsMaterialized"] for each in statuses)
    failed = sum(each["numPartitionsFailed"] for each in statuses)
    started = sum(each["numPartitionsInProgress"] for each in statuses)
    open_ = sum(each["numPartitionsTargeted"] for each in statuses) - done - failed - started
    counts = {"SUCCESS": done, "FAILURE": failed, "STARTED": started, "NOT_STARTED": open_}
    return {status: count for status, count in counts.items() if count}
