"""Requests to a real Dagster that do not use the code under test."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

RUNS = """query ($tags: [ExecutionTag!]) { runsOrError(filter: {tags: $tags}) { ... on Runs { results {
  runId status parentRunId runConfigYaml assetSelection { path } tags { key value } } } } }"""
BACKFILLS = "{ partitionBackfillsOrError { ... on PartitionBackfills { results { id status tags { key value } } } } }"


def ask(url: str, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the data of an answer."""
    body = json.dumps({"query": query, "variables": dict(variables or {})}).encode()
    request = Request(f"{url}/graphql", body, {"Content-Type": "application/json"})
    with build_opener(ProxyHandler({})).open(request, timeout=60) as answer:
        data: dict[str, Any] = json.loads(answer.read())["data"]
    return data


def _tagged(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**each, "tags": {tag["key"]: tag["value"] for tag in each["tags"]}} for each in results]


def runs_of(url: str, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return all runs that have these tags, newest first."""
    wanted = [{"key": key, "value": value} for key, value in tags.items()]
    return _tagged(ask(url, RUNS, {"tags": wanted})["runsOrError"]["results"])


def backfills_of(url: str, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return all native backfills that have these tags, newest first."""
    found = _tagged(ask(url, BACKFILLS)["partitionBackfillsOrError"]["results"])
    return [each for each in found if tags.items() <= each["tags"].items()]
