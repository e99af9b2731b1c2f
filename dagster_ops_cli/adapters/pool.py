"""The operations on concurrency pools."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from dagster_ops_cli.adapters.union import READ_ONLY, expect, expect_list, parse, reading_answer
from dagster_ops_cli.adapters.versions import execute
from dagster_ops_cli.errors import ForbiddenError, OpsError, ServerFaultError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.pool import Pools, QueuedNeeds

# The fields that ``read_pool`` reads.
POOL_FIELDS = """
      concurrencyKey
      slotCount
      ownLimit: limit
      usingDefaultLimit
      claimedSlots { runId stepKey }
      pendingSteps { runId stepKey enqueuedTimestamp assignedTimestamp }"""

LIST_ALL_POOLS = f"""
query OpsListAllPools {{
  instance {{
    minConcurrencyLimitValue
    maxConcurrencyLimitValue
    poolConfig {{ defaultPoolLimit }}
    concurrencyLimits {{{POOL_FIELDS}
    }}
  }}
}}
"""

LIST_DEFINED_POOLS = """
query OpsListDefinedPools {
  repositoriesOrError {
    __typename
    ... on RepositoryConnection { nodes { usedSolids { definition { name usedPools: pools } } } }
    ... on Error { message }
  }
}
"""

LIST_QUEUED_NEEDS = """
query OpsListQueuedNeeds($filter: RunsFilter!) {
  runsOrError(filter: $filter) {
    __typename
    ... on Runs { results { runId rootConcurrencyKeys hasUnconstrainedRootNodes } }
    ... on Error { message }
  }
}
"""

SET_POOL_LIMIT = """
mutation OpsSetPoolLimit($name: String!, $limit: Int!) {
  setConcurrencyLimit(concurrencyKey: $name, limit: $limit)
}
"""

DELETE_POOL_LIMIT = """
mutation OpsDeletePoolLimit($name: String!) {
  deleteConcurrencyLimit(concurrencyKey: $name)
}
"""

FREE_SLOTS = """
mutation OpsFreeSlots($runId: String!, $stepKey: String) {
  freeConcurrencySlots(runId: $runId, stepKey: $stepKey)
}
"""

# These mutations return a Boolean, so Dagster's answer can't contain the reason for a failure.
_NO_BOOLEAN = "Boolean cannot represent"


def list_all_pools(client: GraphQLClient) -> Pools:
    """Return all pools that have a limit or were used, with the slots that are held and the steps that wait."""
    with reading_answer():
        instance = execute(client, LIST_ALL_POOLS)["instance"]
        return parse(
            Pools,
            {
                "items": [read_pool(each, client.url) for each in instance["concurrencyLimits"]],
                "default_limit": (instance.get("poolConfig") or {}).get("defaultPoolLimit"),
                "least": instance["minConcurrencyLimitValue"],
                "most": instance["maxConcurrencyLimitValue"],
            },
        )


def list_defined_pools(client: GraphQLClient) -> set[str] | None:
    """Return the pools that ops and assets of the code locations use; None before Dagster 1.9, which can't tell."""
    found = expect(execute(client, LIST_DEFINED_POOLS), "repositoriesOrError", "RepositoryConnection")
    with reading_answer():
        definitions = [
            solid["definition"] for repository in expect_list(found, "nodes") for solid in repository["usedSolids"]
        ]
        if any("usedPools" not in each for each in definitions):
            return None
        return {pool for each in definitions for pool in each["usedPools"]}


def list_queued_needs(client: GraphQLClient, run_ids: Sequence[str] = ()) -> list[QueuedNeeds]:
    """Return the pools that the first steps of queued runs need, of all queued runs or of those given."""
    wanted: dict[str, Any] = {"statuses": ["QUEUED"], **({"runIds": list(run_ids)} if run_ids else {})}
    runs = expect(execute(client, LIST_QUEUED_NEEDS, {"filter": wanted}), "runsOrError", "Runs")
    return [
        parse(
            QueuedNeeds,
            {
                **run,
                "pools": run.get("rootConcurrencyKeys") or [],
                "has_other_steps": run.get("hasUnconstrainedRootNodes"),
            },
        )
        for run in expect_list(runs, "results")
    ]


def set_pool_limit(client: GraphQLClient, name: str, limit: int) -> None:
    """Set a pool's limit. Raises ForbiddenError, ServerFaultError."""
    _change(client, SET_POOL_LIMIT, {"name": name, "limit": limit})


def delete_pool_limit(client: GraphQLClient, name: str) -> None:
    """Remove a pool's limit. Raises ForbiddenError, ServerFaultError."""
    _change(client, DELETE_POOL_LIMIT, {"name": name})


def free_slots(client: GraphQLClient, run_id: str, step_key: str | None) -> None:
    """Free the slots that a run, or one of its steps, holds. Raises ForbiddenError, ServerFaultError."""
    _change(client, FREE_SLOTS, {"runId": run_id, "stepKey": step_key})


def _change(client: GraphQLClient, document: str, variables: Mapping[str, Any]) -> None:
    """Send a mutation that returns a Boolean. Dagster returns true even for names that do not exist."""
    try:
        client.execute(document, variables)
    except OpsError as error:
        if _NO_BOOLEAN not in error.message:
            raise
        if "UnauthorizedError" in error.message:
            raise ForbiddenError(f"Not allowed: {READ_ONLY}") from error
        raise ServerFaultError("Dagster failed, and lost the reason", hint="The webserver's log has it.") from error


def pool_url(name: str, url: str) -> str:
    """Return the address of a pool in Dagster's UI, which is at ``url``."""
    return f"{url}/deployment/concurrency/{quote(name, safe='')}"


def read_pool(each: Mapping[str, Any], url: str) -> dict[str, Any]:
    """Return the fields of a PoolState from ``POOL_FIELDS``; ``url`` is the address of Dagster's UI."""
    name = each["concurrencyKey"]
    claimed_at = {(step["runId"], step["stepKey"]): step["assignedTimestamp"] for step in each["pendingSteps"]}
    slots = [
        {
            "pool": name,
            "run_id": slot["runId"],
            "step_key": slot["stepKey"],
            "claimed_at": claimed_at.get((slot["runId"], slot["stepKey"])),
        }
        for slot in each["claimedSlots"]
    ]
    return {
        "name": name,
        # Dagster 1.8 and older report only the number of slots.
        "limit": each["ownLimit"] if "ownLimit" in each else each["slotCount"],
        "is_default": each.get("usingDefaultLimit"),
        "slots": slots,
        "waiting_steps": [step for step in each["pendingSteps"] if step["assignedTimestamp"] is None],
        "url": pool_url(name, url),
    }
