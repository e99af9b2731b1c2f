"""The operations on backfills."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_ops_cli.adapters.run import ROW_FIELDS, with_urls
from dagster_ops_cli.adapters.union import expect, expect_list, parse, parse_list, reading_answer
from dagster_ops_cli.adapters.versions import execute
from dagster_ops_cli.errors import UnsupportedError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.backfill import BackfillPoll, BackfillRecord, LaunchLook
from dagster_ops_cli.schemas.backfill.launch import Launch
from dagster_ops_cli.schemas.enums import NEWEST_RUN_STATUS, RUN_STATUSES
from dagster_ops_cli.schemas.ops_tags import TAG_LAUNCH
from dagster_ops_cli.schemas.selectors import JobSelector, asset_selector, tag_list

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

# The fields that ``asset_counts`` reads.
ASSET_STATUSES = """assetBackfillData {
        assetBackfillStatuses {
          ... on UnpartitionedAssetStatus { inProgress materialized failed }
          ... on AssetPartitionsStatusCounts {
            numPartitionsTargeted
            numPartitionsInProgress
            numPartitionsMaterialized
            numPartitionsFailed
          }
        }
      }"""
BACKFILL_ROW = """
fragment OpsBackfillRow on PartitionBackfill {
  id
  status
  timestamp
  numPartitions
  isAssetBackfill
  assetSelection { path }
  partitionSetName
  tags { key value }
}
"""

LIST_BACKFILLS = f"""
query OpsListBackfills($status: BulkActionStatus, $cursor: String, $limit: Int!) {{
  partitionBackfillsOrError(status: $status, cursor: $cursor, limit: $limit) {{
    __typename
    ... on PartitionBackfills {{ results {{ ...OpsBackfillRow }} }}
    ... on Error {{ message }}
  }}
}}
{BACKFILL_ROW}"""

# Dagster's database counts the runs by status, so that the answer is small for any number of partitions. Servers before
# 1.13.27 refuse the newest status: if no other run is unfinished, the runs themselves are read.
_COUNTS = "\n".join(
    f"  {status}: runsOrError(filter: {{tags: $tags, statuses: [{status}]}}, limit: 1) {{ ... on Runs {{ count }} }}"
    for status in RUN_STATUSES
    if status != NEWEST_RUN_STATUS
)
_DAEMONS = "instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }"

POLL_BACKFILL = f"""
query OpsPollBackfill($id: String!, $tags: [ExecutionTag!]!) {{
  partitionBackfillOrError(backfillId: $id) {{
    __typename
    ... on PartitionBackfill {{
      ...OpsBackfillRow
      endTimestamp
      error {{ message }}
      {ASSET_STATUSES}
    }}
    ... on Error {{ message }}
  }}
{_COUNTS}
  {_DAEMONS}
}}
{BACKFILL_ROW}"""

POLL_LAUNCH = f"""
query OpsPollLaunch($tags: [ExecutionTag!]!) {{
{_COUNTS}
  {_DAEMONS}
}}
"""

# What a launcher needs to know before and after each request: the newest runs of the file, whether somebody launched a
# native backfill meanwhile, and how many runs this launch has.
LOOK_AT_LAUNCH = f"""
query OpsLookAtLaunch($file: [ExecutionTag!]!, $tags: [ExecutionTag!]!, $limit: Int!, $backfills: Int!) {{
  newest: runsOrError(filter: {{tags: $file}}, limit: $limit) {{
    __typename
    ... on Runs {{ results {{ {ROW_FIELDS} }} }}
    ... on Error {{ message }}
  }}
  partitionBackfillsOrError(limit: $backfills) {{
    __typename
    ... on PartitionBackfills {{ results {{ ...OpsBackfillRow }} }}
    ... on Error {{ message }}
  }}
{_COUNTS}
  {_DAEMONS}
}}
{BACKFILL_ROW}"""

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


def count_launches_document(count: int) -> str:
    """Return the document that counts the runs of a file, and of ``count`` launches of it."""
    params = "".join(f", $launch{number}: [ExecutionTag!]!" for number in range(count))
    counts = "".join(
        f"\n  launch{number}: runsOrError(filter: {{tags: $launch{number}}}, limit: 1) {{ ... on Runs {{ count }} }}"
        for number in range(count)
    )
    return f"""
query OpsCountLaunches($file: [ExecutionTag!]!{params}) {{
  file: runsOrError(filter: {{tags: $file}}, limit: 1) {{ ... on Runs {{ count }} }}{counts}
}}
"""


# Tests hold this one against Dagster's schemas, for any number of launches.
COUNT_LAUNCHES = count_launches_document(1)

LIST_LAUNCH_VALUES = """
query OpsListLaunchValues($keys: [String!]!, $prefix: String!) {
  runTagsOrError(tagKeys: $keys, valuePrefix: $prefix) {
    __typename
    ... on RunTags { tags { key values } }
    ... on Error { message }
  }
}
"""

# The characters that Dagster refuses in a title, and how long one may be.
_TITLE_REFUSED, _TITLE_LENGTH = '%*"', 100


def launch_backfill(client: GraphQLClient, launch: Launch) -> str:
    """Launch a native backfill and return its id. The launch's name becomes the title if the server accepts it."""
    params = _params(launch)
    try:
        data = client.execute(LAUNCH_BACKFILL, {"params": params})
    except UnsupportedError as error:
        # A server that lacks a field of the input has done nothing.
        if "title" not in params or "title" not in error.message:
            raise
        params = {name: value for name, value in params.items() if name != "title"}
        data = client.execute(LAUNCH_BACKFILL, {"params": params})
    launched = expect(data, "launchPartitionBackfill", "LaunchBackfillSuccess")
    with reading_answer():
        return str(launched["backfillId"])


def _params(launch: Launch) -> dict[str, Any]:
    params: dict[str, Any] = {"partitionNames": launch.partitions, "tags": tag_list(launch.written_tags)}
    if launch.name and not any(char in launch.name for char in _TITLE_REFUSED):
        params["title"] = launch.name[:_TITLE_LENGTH]
    if launch.run_config:
        params["runConfigData"] = launch.run_config
    if launch.job_name is None:
        params["assetSelection"] = [asset_selector(key) for key in launch.asset_keys or []]
    else:
        job = JobSelector(str(launch.location_name), str(launch.repository_name), launch.job_name)
        params["selector"] = {"partitionSetName": job.partition_set, "repositorySelector": job.repository}
    return params


def list_backfills(
    client: GraphQLClient, limit: int, cursor: str | None = None, status: str | None = None
) -> list[BackfillRecord]:
    """Return backfills, newest first, after the one with the id ``cursor``."""
    data = client.execute(LIST_BACKFILLS, {"status": status, "cursor": cursor, "limit": limit})
    found = expect(data, "partitionBackfillsOrError", "PartitionBackfills")
    return parse_list(BackfillRecord, expect_list(found, "results"))


def look_at_launch(
    client: GraphQLClient, file_tags: Mapping[str, str], launch_tags: Mapping[str, str], limit: int, backfills: int
) -> LaunchLook:
    """Return the newest runs of a file, at most ``limit``, the newest ``backfills``, and how many runs a launch has."""
    variables = {"file": tag_list(file_tags), "tags": tag_list(launch_tags), "limit": limit, "backfills": backfills}
    data = execute(client, LOOK_AT_LAUNCH, variables)
    runs = with_urls(client, expect_list(expect(data, "newest", "Runs"), "results"))
    records = expect_list(expect(data, "partitionBackfillsOrError", "PartitionBackfills"), "results")
    with reading_answer():
        poll = _poll(data, None, None)
        return parse(LaunchLook, {"newest": runs, "backfills": records, "runs": poll.runs, "daemons": poll.daemons})


def count_launches(
    client: GraphQLClient, file_tags: Mapping[str, str], values: Sequence[str]
) -> tuple[int, dict[str, int]]:
    """Return how many runs a file has, and how many of them belong to each launch value."""
    variables = {f"launch{number}": tag_list({**file_tags, TAG_LAUNCH: value}) for number, value in enumerate(values)}
    data = client.execute(count_launches_document(len(values)), {"file": tag_list(file_tags), **variables})
    with reading_answer():
        counts = {value: int(data[f"launch{number}"]["count"]) for number, value in enumerate(values)}
        return int(data["file"]["count"]), counts


def list_launch_values(client: GraphQLClient, prefix: str) -> list[str]:
    """Return the launch values with this prefix that any run has."""
    data = client.execute(LIST_LAUNCH_VALUES, {"keys": [TAG_LAUNCH], "prefix": prefix})
    tags = expect_list(expect(data, "runTagsOrError", "RunTags"), "tags")
    with reading_answer():
        return parse_list(str, [value for tag in tags for value in tag["values"]])


def poll_backfill(client: GraphQLClient, backfill_id: str) -> BackfillPoll:
    """Return the current state of a native backfill. Raises NotFoundError."""
    tags = tag_list({dagster_tags.BACKFILL: backfill_id})
    data = client.execute(POLL_BACKFILL, {"id": backfill_id, "tags": tags})
    record = expect(data, "partitionBackfillOrError", "PartitionBackfill")
    with reading_answer():
        return _poll(data, record, asset_counts(record))


def poll_launch(client: GraphQLClient, tag: str, value: str) -> BackfillPoll:
    """Return how many runs with a tag have each status, without a record."""
    data = client.execute(POLL_LAUNCH, {"tags": tag_list({tag: value})})
    with reading_answer():
        return _poll(data, None, None)


def cancel_backfill(client: GraphQLClient, backfill_id: str) -> None:
    """Request that a backfill is canceled; the daemon does it at its next tick. Has no effect on a finished one."""
    expect(client.execute(CANCEL_BACKFILL, {"id": backfill_id}), "cancelPartitionBackfill", "CancelBackfillSuccess")


def resume_backfill(client: GraphQLClient, backfill_id: str) -> None:
    """Make the daemon continue to submit the missing runs of a backfill."""
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


def asset_counts(record: Mapping[str, Any]) -> dict[str, int] | None:
    """Return how many partitions of all assets together have each status; None for jobs and unpartitioned assets."""
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
