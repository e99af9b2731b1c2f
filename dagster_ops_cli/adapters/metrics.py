"""The operations of `ops metrics`."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from dagster_ops_cli.adapters.daemon import DAEMON_HEALTH
from dagster_ops_cli.adapters.job import load_error
from dagster_ops_cli.adapters.union import expect, expect_list, parse, reading_answer
from dagster_ops_cli.adapters.versions import execute_newest
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.enums import NEWEST_RUN_STATUS, RUNNING, SCHEDULE, SENSOR, UNFINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.metrics import Reading

# More ticks than this of one schedule or sensor are not counted.
_MOST_TICKS = 1000
# More backfills than this with one status are not counted.
_MOST_BACKFILLS = 1000
_BACKFILL_STATUSES = ("REQUESTED", "CANCELING")
# Servers before 1.11 refuse a query that names it.
_NEWEST_BACKFILL_STATUS = "FAILING"


def _document(name: str, *later: str) -> str:
    """Return the document with these statuses of runs and backfills, which older servers do not know."""
    run_statuses = [each for each in UNFINISHED_RUN_STATUSES if each != NEWEST_RUN_STATUS or each in later]
    runs = "".join(
        f"\n  run{each}: runsOrError(filter: {{statuses: [{each}]}}, limit: 1) {{ ...OpsCount }}"
        for each in run_statuses
    )
    backfill_statuses = [*_BACKFILL_STATUSES, *(each for each in later if each == _NEWEST_BACKFILL_STATUS)]
    backfills = "".join(
        f"\n  backfill{each}: partitionBackfillsOrError(status: {each}, limit: {_MOST_BACKFILLS}) {{ ...OpsBackfills }}"
        for each in backfill_statuses
    )
    ticks = f"ticks(statuses: [FAILURE], afterTimestamp: $since, limit: {_MOST_TICKS}) {{ status }}"
    return f"""
query {name}($since: Float!) {{
  version
  instance {{
    runQueueConfig {{ maxConcurrentRuns }}
    {DAEMON_HEALTH}
  }}
  workspaceOrError {{
    __typename
    ... on Workspace {{
      locationEntries {{
        name
        loadStatus
        locationOrLoadError {{
          __typename
          ... on RepositoryLocation {{
            repositories {{
              name
              schedules {{ name scheduleState {{ status {ticks} }} }}
              sensors {{ name sensorState {{ status {ticks} }} }}
            }}
          }}
          ... on PythonError {{ message causes {{ message }} }}
        }}
      }}
    }}
    ... on Error {{ message }}
  }}
  queue: runIdsOrError(filter: {{statuses: [QUEUED]}}) {{
    __typename
    ... on RunIds {{ results }}
    ... on Error {{ message }}
  }}{runs}{backfills}
}}
fragment OpsCount on RunsOrError {{
  __typename
  ... on Runs {{ count }}
  ... on Error {{ message }}
}}
fragment OpsBackfills on PartitionBackfillsOrError {{
  __typename
  ... on PartitionBackfills {{ results {{ id }} }}
  ... on Error {{ message }}
}}
"""


GET_METRICS = _document("OpsGetMetrics", NEWEST_RUN_STATUS, _NEWEST_BACKFILL_STATUS)
GET_UNSUSPENDED_METRICS = _document("OpsGetUnsuspendedMetrics", _NEWEST_BACKFILL_STATUS)
GET_OLD_METRICS = _document("OpsGetOldMetrics")

# All versions have this time: it is when the run was put into the queue.
GET_QUEUED_TIME = """
query OpsGetQueuedTime($runId: ID!) {
  runOrError(runId: $runId) {
    __typename
    ... on Run { status updateTime }
    ... on Error { message }
  }
}
"""


def get_metrics(client: GraphQLClient, since: datetime) -> Reading:
    """Return what one request can read. Failed ticks are counted from ``since`` on."""
    documents = (GET_METRICS, GET_UNSUSPENDED_METRICS, GET_OLD_METRICS)
    data = execute_newest(client, documents, {"since": since.timestamp()})
    entries = expect_list(expect(data, "workspaceOrError", "Workspace"), "locationEntries")
    with reading_answer():
        instance = data.get("instance") or {}
        runs = {name.removeprefix("run"): expect(data, name, "Runs")["count"] for name in _named(data, "run")}
        backfills = {
            name.removeprefix("backfill"): len(expect_list(expect(data, name, "PartitionBackfills"), "results"))
            for name in _named(data, "backfill")
        }
        return parse(
            Reading,
            {
                "version": data.get("version"),
                "runs_unfinished": runs,
                "queued_run_ids": expect(data, "queue", "RunIds")["results"],
                "max_concurrent_runs": (instance.get("runQueueConfig") or {}).get("maxConcurrentRuns"),
                "backfills_unfinished": backfills,
                "ticks_failed": [row for entry in entries for row in _ticks(entry)],
                "daemons": (instance.get("daemonHealth") or {}).get("allDaemonStatuses") or [],
                "code_locations": [_location(entry) for entry in entries],
            },
        )


def get_queued_time(client: GraphQLClient, run_id: str) -> float | None:
    """Return when a run was queued, in seconds since 1970; None if it has left the queue. Raises NotFoundError."""
    run = expect(client.execute(GET_QUEUED_TIME, {"runId": run_id}), "runOrError", "Run")
    with reading_answer():
        return float(run["updateTime"]) if run["status"] == "QUEUED" and run["updateTime"] is not None else None


def _named(data: Mapping[str, Any], prefix: str) -> list[str]:
    """Return the aliases that consist of a prefix and a status, such as ``runQUEUED``."""
    return [name for name in data if name.startswith(prefix) and name.removeprefix(prefix).isupper()]


def _location(entry: Mapping[str, Any]) -> dict[str, Any]:
    error = load_error(entry)
    return {"name": entry["name"], "loaded": error is None, "error": error}


def _ticks(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the schedules and sensors that are running, and others of which a tick failed."""
    for repository in (entry["locationOrLoadError"] or {}).get("repositories") or []:
        for type_, plural, state_name in ((SCHEDULE, "schedules", "scheduleState"), (SENSOR, "sensors", "sensorState")):
            for each in repository[plural]:
                state = each[state_name]
                if state["status"] == RUNNING or state["ticks"]:
                    yield {
                        "type": type_,
                        "location_name": entry["name"],
                        "repository_name": repository["name"],
                        "name": each["name"],
                        "failed": len(state["ticks"]),
                    }
