"""The operations on the run queue and on concurrency pools."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from dagster_ops_cli.adapters.union import expect, parse, reading_answer
from dagster_ops_cli.adapters.versions import execute
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.run.queue import Pool, RunQueue

GET_RUN_QUEUE = """
query OpsGetRunQueue($going: RunsFilter!, $queued: RunsFilter!) {
  instance {
    runQueueConfig { maxConcurrentRuns tagConcurrencyLimitsYaml }
    daemonHealth {
      daemonStatus(daemonType: "QUEUED_RUN_COORDINATOR") {
        required
        healthy
        lastHeartbeatTime
        lastHeartbeatErrors { message }
      }
    }
  }
  going: runsOrError(filter: $going, limit: 1) {
    __typename
    ... on Runs { count }
    ... on Error { message }
  }
  queued: runsOrError(filter: $queued, limit: 1) {
    __typename
    ... on Runs { count }
    ... on Error { message }
  }
}
"""

LIST_POOLS = """
query OpsListPools($runId: ID!) {
  runOrError(runId: $runId) {
    __typename
    ... on Run { runId rootConcurrencyKeys }
    ... on Error { message }
  }
  instance {
    concurrencyLimits {
      concurrencyKey
      slotCount
      activeRunIds
      pendingSteps { runId stepKey enqueuedTimestamp assignedTimestamp }
    }
  }
}
"""

# The statuses that take one of the slots of the queue.
IN_PROGRESS = ["NOT_STARTED", "STARTING", "STARTED", "CANCELING"]


def get_run_queue(client: GraphQLClient) -> RunQueue:
    """Return the limits, the daemon and the length of the run queue."""
    data = client.execute(GET_RUN_QUEUE, {"going": {"statuses": IN_PROGRESS}, "queued": {"statuses": ["QUEUED"]}})
    with reading_answer():
        instance = data.get("instance") or {}
        limits = instance.get("runQueueConfig") or {}
        daemon = (instance.get("daemonHealth") or {}).get("daemonStatus") or {}
        return parse(
            RunQueue,
            {
                "limit": limits.get("maxConcurrentRuns"),
                **tag_limits_of(limits),
                "healthy": bool(daemon.get("healthy")) if daemon.get("required") else None,
                "heartbeat": daemon.get("lastHeartbeatTime"),
                "daemon_errors": [each["message"] for each in daemon.get("lastHeartbeatErrors") or []],
                "going": expect(data, "going", "Runs")["count"],
                "queued": expect(data, "queued", "Runs")["count"],
            },
        )


def tag_limits_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a RunQueue about tags from a ``runQueueConfig``."""
    text = config.get("tagConcurrencyLimitsYaml")
    if not text:
        return {"tag_limits": text}
    import yaml

    limits: object = None
    with suppress(yaml.YAMLError):
        limits = yaml.safe_load(text)
    return {"tag_limits": text, "limits_by_tag": limits if isinstance(limits, list) else []}


def list_pools(client: GraphQLClient, run_id: str) -> list[Pool]:
    """Return the concurrency pools, the steps that wait for them, and which of them the run's first steps need."""
    data = execute(client, LIST_POOLS, {"runId": run_id})
    first = expect(data, "runOrError", "Run").get("rootConcurrencyKeys") or []
    with reading_answer():
        pools = (data.get("instance") or {}).get("concurrencyLimits") or []
        return [parse(Pool, {**pool, "first": pool.get("concurrencyKey") in first}) for pool in pools]
