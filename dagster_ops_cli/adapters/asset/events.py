"""The operation that lists the events of an asset."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_ops_cli.adapters.metadata import METADATA, metadata_of
from dagster_ops_cli.adapters.union import expect, expect_list, reading_answer
from dagster_ops_cli.errors import NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.asset.detail import AssetEvent
from dagster_ops_cli.schemas.selectors import asset_selector

EVENT = f"""
    __typename
    timestamp
    runId
    stepKey
    partition
    description
    tags {{ key value }}
    {METADATA}
"""

# Since 1.10.
LIST_ASSET_EVENTS = f"""
query OpsListAssetEvents(
  $assetKey: AssetKeyInput!
  $limit: Int!
  $cursor: String
  $types: [AssetEventHistoryEventTypeSelector!]!
  $partitions: [String!]
) {{
  assetOrError(assetKey: $assetKey) {{
    __typename
    ... on Asset {{
      definition {{ id }}
      assetEventHistory(limit: $limit, cursor: $cursor, eventTypeSelectors: $types, partitions: $partitions) {{
        cursor
        results {{
          ... on MaterializationEvent {{{EVENT}}}
          ... on ObservationEvent {{{EVENT}}}
          ... on FailedToMaterializeEvent {{{EVENT}}}
        }}
      }}
    }}
    ... on Error {{ message }}
  }}
}}
"""

LIST_LATEST_ASSET_EVENTS = f"""
query OpsListLatestAssetEvents($assetKey: AssetKeyInput!, $limit: Int!, $partitions: [String!]) {{
  assetOrError(assetKey: $assetKey) {{
    __typename
    ... on Asset {{
      assetMaterializations(limit: $limit, partitions: $partitions) {{{EVENT}}}
      assetObservations(limit: $limit, partitions: $partitions) {{{EVENT}}}
    }}
    ... on Error {{ message }}
  }}
}}
"""

_TYPES = {
    "MaterializationEvent": "materialization",
    "ObservationEvent": "observation",
    "FailedToMaterializeEvent": "failure",
}
TYPES = {"materialization": "MATERIALIZATION", "observation": "OBSERVATION", "failure": "FAILED_TO_MATERIALIZE"}
"""The types of events, and Dagster's names of them."""


def list_asset_events(
    client: GraphQLClient,
    asset_key: str,
    limit: int,
    cursor: str | None = None,
    types: Sequence[str] = (),
    partitions: Sequence[str] = (),
) -> tuple[list[AssetEvent], str]:
    """Return at most ``limit`` events, newest first, and the cursor after them; all types if none is given.

    Raises NotFoundError for an asset that is not defined and has no events, ServerFaultError for a cursor that Dagster
    can't read, and UnsupportedError before Dagster 1.10.
    """
    variables: dict[str, Any] = {
        "assetKey": asset_selector(asset_key),
        "limit": limit,
        "cursor": cursor,
        "types": [TYPES[each] for each in types or TYPES],
        "partitions": list(partitions) or None,
    }
    asset = expect(client.execute(LIST_ASSET_EVENTS, variables), "assetOrError", "Asset")
    with reading_answer():
        history = asset["assetEventHistory"]
        events = [event_of(each) for each in expect_list(history, "results")]
        if not events and cursor is None and asset["definition"] is None:
            raise NotFoundError(f"there is no asset {asset_key!r}", code="ASSET_NOT_FOUND", asset_key=asset_key)
        return events, str(history["cursor"])


def list_latest_asset_events(
    client: GraphQLClient, asset_key: str, limit: int, partitions: Sequence[str] = ()
) -> list[AssetEvent]:
    """Return the newest materializations and observations of some partitions, or of all, ``limit`` of each type.

    Every server has them, unlike those of ``list_asset_events``.
    """
    variables = {"assetKey": asset_selector(asset_key), "limit": limit, "partitions": list(partitions) or None}
    asset = expect(client.execute(LIST_LATEST_ASSET_EVENTS, variables), "assetOrError", "Asset")
    with reading_answer():
        return [event_of(each) for each in (*asset["assetMaterializations"], *asset["assetObservations"])]


def event_of(event: Mapping[str, Any]) -> AssetEvent:
    """Return an event as a model."""
    return AssetEvent.model_validate(
        {
            "type": _TYPES[event["__typename"]],
            "time": event["timestamp"],
            "run_id": event["runId"] or None,
            "step_key": event["stepKey"],
            "partition": event["partition"],
            "description": event["description"],
            "metadata": metadata_of(event["metadataEntries"]),
            "tags": {tag["key"]: tag["value"] for tag in event["tags"]},
        }
    )
