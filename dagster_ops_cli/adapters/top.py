"""The operations of `ops top`: one for each refresh, and one for details that it has not read yet."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from dagster_ops_cli.adapters.backfill import ASSET_STATUSES, BACKFILL_ROW, asset_counts
from dagster_ops_cli.adapters.daemon import DAEMON_HEALTH
from dagster_ops_cli.adapters.pool import POOL_FIELDS, read_pool
from dagster_ops_cli.adapters.run import with_urls
from dagster_ops_cli.adapters.run.queue import IN_PROGRESS, tag_limits_of
from dagster_ops_cli.adapters.run_events import EVENTS, read_events
from dagster_ops_cli.adapters.union import expect, expect_list, parse, reading_answer
from dagster_ops_cli.adapters.versions import execute, execute_newest
from dagster_ops_cli.errors import OpsError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.backfill import BackfillRecord
from dagster_ops_cli.schemas.daemon import QUEUE_DAEMON
from dagster_ops_cli.schemas.ops_tags import TAG_NAME
from dagster_ops_cli.schemas.run_events import RunEventPage
from dagster_ops_cli.schemas.top import TopDetails, TopReading

# All versions have these fields.
_ROW = "runId status startTime endTime updateTime jobName tags { key value }"
# Servers before 1.11 refuse a query that names the last one.
_BACKFILL_STATUSES = ("REQUESTED", "CANCELING", "FAILING")
_EVENT_LIMIT = 1000


def _document(name: str, backfill_statuses: Sequence[str]) -> str:
    backfills = "".join(
        f"\n  backfill{each}: partitionBackfillsOrError(status: {each}, limit: $most) {{ ...OpsTopBackfills }}"
        for each in backfill_statuses
    )
    return f"""
query {name}($running: RunsFilter!, $failed: RunsFilter!, $most: Int!) {{
  version
  instance {{
    runQueueConfig {{ maxConcurrentRuns tagConcurrencyLimitsYaml }}
    {DAEMON_HEALTH}
  }}
  running: runsOrError(filter: $running, limit: $most) {{
    __typename
    ... on Runs {{
      count
      results {{ {_ROW} stats {{ __typename ... on RunStatsSnapshot {{ stepsSucceeded stepsFailed }} }} }}
    }}
    ... on Error {{ message }}
  }}
  queue: runIdsOrError(filter: {{statuses: [QUEUED]}}) {{
    __typename
    ... on RunIds {{ results }}
    ... on Error {{ message }}
  }}
  failed: runsOrError(filter: $failed, limit: $most) {{
    __typename
    ... on Runs {{ count results {{ {_ROW} }} }}
    ... on Error {{ message }}
  }}{backfills}
}}
fragment OpsTopBackfills on PartitionBackfillsOrError {{
  __typename
  ... on PartitionBackfills {{
    results {{
      ...OpsBackfillRow
      partitionStatusCounts {{ runStatus count }}
      {ASSET_STATUSES}
    }}
  }}
  ... on Error {{ message }}
}}
{BACKFILL_ROW}"""


GET_TOP = _document("OpsGetTop", _BACKFILL_STATUSES)
GET_OLD_TOP = _document("OpsGetOldTop", _BACKFILL_STATUSES[:-1])


def top_details_document(plans: int, logs: int) -> str:
    """Return the document that reads queued runs and pools, the plans of some runs, and a page of some logs."""
    params = "".join(
        [
            *(f", $plan{number}: ID!" for number in range(plans)),
            *(f", $log{number}: ID!, $cursor{number}: String" for number in range(logs)),
        ]
    )
    parts = "".join(
        [
            *(f"\n  plan{number}: runOrError(runId: $plan{number}) {{ ...OpsTopPlan }}" for number in range(plans)),
            *(
                f"\n  log{number}: logsForRun(runId: $log{number}, limit: {_EVENT_LIMIT}, "
                f"afterCursor: $cursor{number}) {{ ...OpsTopLog }}"
                for number in range(logs)
            ),
        ]
    )
    fragments = (_PLAN if plans else "") + (_LOG if logs else "")
    return f"""
query OpsGetTopDetails($queued: RunsFilter!, $queues: Boolean!, $pools: Boolean!{params}) {{
  queued: runsOrError(filter: $queued) @include(if: $queues) {{
    __typename
    ... on Runs {{ results {{ {_ROW} rootConcurrencyKeys hasUnconstrainedRootNodes }} }}
    ... on Error {{ message }}
  }}
  instance @include(if: $pools) {{
    concurrencyLimits {{{POOL_FIELDS}
    }}
  }}{parts}
}}
{fragments}"""


_PLAN = """
fragment OpsTopPlan on RunOrError {
  __typename
  ... on Run { stepKeysToExecute executionPlan { steps { key } } }
  ... on Error { message }
}
"""
_LOG = f"""
fragment OpsTopLog on EventConnectionOrError {{
  __typename
  ... on EventConnection {{ ...OpsRunEvents }}
  ... on RunNotFoundError {{ message }}
  ... on PythonError {{ message className }}
}}
{EVENTS}"""
# Tests hold this one against Dagster's schemas, for any number of runs.
GET_TOP_DETAILS = top_details_document(1, 1)


def get_top(client: GraphQLClient, failed_since: datetime, most: int, is_old: bool = False) -> TopReading:
    """Return what changes from one refresh to the next; at most ``most`` runs and backfills of each kind.

    ``is_old`` says that the server is known to refuse the newer document.
    """
    variables = {
        "running": {"statuses": IN_PROGRESS},
        "failed": {"statuses": ["FAILURE"], "updatedAfter": failed_since.timestamp()},
        "most": most,
    }
    data = execute_newest(client, (GET_OLD_TOP,) if is_old else (GET_TOP, GET_OLD_TOP), variables)
    running, failed = expect(data, "running", "Runs"), expect(data, "failed", "Runs")
    with reading_answer():
        instance = data.get("instance") or {}
        daemons = (instance.get("daemonHealth") or {}).get("allDaemonStatuses") or []
        queue_daemon: Mapping[str, Any] = next((each for each in daemons if each["daemonType"] == QUEUE_DAEMON), {})
        limits = instance.get("runQueueConfig") or {}
        queued = expect(data, "queue", "RunIds")["results"]
        backfills = [
            _backfill(client, each)
            for name in data
            if name.startswith("backfill")
            for each in expect_list(expect(data, name, "PartitionBackfills"), "results")
        ]
        return parse(
            TopReading,
            {
                "version": data.get("version"),
                "queue": {
                    "limit": limits.get("maxConcurrentRuns"),
                    **tag_limits_of(limits),
                    "healthy": bool(queue_daemon.get("healthy")) if queue_daemon.get("required") else None,
                    "heartbeat": queue_daemon.get("lastHeartbeatTime"),
                    "daemon_errors": [],
                    "going": running["count"],
                    "queued": len(queued),
                },
                "running": with_urls(client, running["results"]),
                "steps": {
                    each["runId"]: (stats["stepsSucceeded"], stats["stepsFailed"])
                    for each in running["results"]
                    if "stepsSucceeded" in (stats := each["stats"] or {})
                },
                "queued_run_ids": queued,
                "failed_count": failed["count"],
                "failed": with_urls(client, failed["results"]),
                "backfills": backfills,
                "daemons": daemons,
                "is_old": "backfillFAILING" not in data,
            },
        )


def get_top_details(
    client: GraphQLClient,
    queued: Sequence[str],
    plans: Sequence[str],
    logs: Mapping[str, str | None],
    pools: bool = True,
) -> tuple[TopDetails, dict[str, RunEventPage | None]]:
    """Return details of queued runs, the numbers of steps of some runs, and a page of some runs' logs.

    ``logs`` are the cursors of the logs by run id. A page is None if Dagster can't read the log. Without ``pools``, no
    pools are read.
    """
    variables: dict[str, Any] = {
        # An empty list would mean all runs.
        "queued": {"runIds": list(queued) or [""]},
        "queues": bool(queued),
        "pools": bool(queued) and pools,
        **{f"plan{number}": run_id for number, run_id in enumerate(plans)},
    }
    for number, (run_id, cursor) in enumerate(logs.items()):
        variables |= {f"log{number}": run_id, f"cursor{number}": cursor}
    data = execute(client, top_details_document(len(plans), len(logs)), variables)
    rows = expect_list(expect(data, "queued", "Runs"), "results") if queued else []
    with reading_answer():
        details = parse(
            TopDetails,
            {
                "queued": with_urls(client, rows),
                "needs": [
                    {
                        "runId": row["runId"],
                        "pools": row.get("rootConcurrencyKeys") or [],
                        "has_other_steps": row.get("hasUnconstrainedRootNodes"),
                    }
                    for row in rows
                ],
                "pools": [
                    read_pool(each, client.url) for each in (data.get("instance") or {}).get("concurrencyLimits") or []
                ],
                "plans": {run_id: _steps(data[f"plan{number}"]) for number, run_id in enumerate(plans)},
            },
        )
        pages = {run_id: _page(data, f"log{number}", run_id) for number, run_id in enumerate(logs)}
    return details, pages


def _page(data: Mapping[str, Any], alias: str, run_id: str) -> RunEventPage | None:
    try:
        return read_events(expect(data, alias, "EventConnection"), run_id, _EVENT_LIMIT)
    except OpsError:
        # The run may be gone, and its log may be broken.
        return None


def _steps(run: Mapping[str, Any]) -> int | None:
    chosen = run.get("stepKeysToExecute")
    if chosen:
        return len(chosen)
    return len(run["executionPlan"]["steps"]) if run.get("executionPlan") else None


def _backfill(client: GraphQLClient, answer: Mapping[str, Any]) -> dict[str, Any]:
    record = parse(BackfillRecord, answer)
    counts = asset_counts(answer)
    return {
        "id": record.id,
        "name": record.tags.get(TAG_NAME),
        "status": record.status,
        "job_name": record.job_name,
        "asset_keys": record.asset_keys,
        "created_at": record.created_at,
        # Of several assets, the partitions of each count.
        "total": sum(counts.values()) if counts else record.total,
        "counts": counts or _counts(answer["partitionStatusCounts"]),
        "url": f"{client.url}/runs/b/{quote(record.id)}",
    }


def _counts(answer: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    return {each["runStatus"]: each["count"] for each in answer if each["count"]}
