"""The operations on partitions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dagster_ops_cli.adapters.union import expect, expect_list, parse, reading_answer
from dagster_ops_cli.errors import BadResponseError, NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.asset import Asset
from dagster_ops_cli.schemas.partition import Partitioning, PartitionState
from dagster_ops_cli.schemas.partition_key import ONLY_DIMENSION, PartitionKey
from dagster_ops_cli.schemas.selectors import JobSelector, asset_selector

GET_JOB_PARTITIONING = """
query OpsGetJobPartitioning($repository: RepositorySelector!, $partitionSet: String!) {
  partitionSetOrError(repositorySelector: $repository, partitionSetName: $partitionSet) {
    __typename
    ... on PartitionSet {
      partitionsOrError {
        __typename
        ... on Partitions { results { name } }
        ... on Error { message }
      }
      first: partitionsOrError(limit: 1) {
        __typename
        ... on Partitions {
          results {
            tagsOrError {
              __typename
              ... on PartitionTags { results { key value } }
              ... on Error { message }
            }
          }
        }
        ... on Error { message }
      }
    }
    ... on Error { message }
  }
}
"""

LIST_JOB_PARTITION_STATES = """
query OpsListJobPartitionStates($repository: RepositorySelector!, $partitionSet: String!) {
  partitionSetOrError(repositorySelector: $repository, partitionSetName: $partitionSet) {
    __typename
    ... on PartitionSet {
      partitionStatusesOrError {
        __typename
        ... on PartitionStatuses { results { partitionName runId runStatus } }
        ... on Error { message }
      }
    }
    ... on Error { message }
  }
}
"""

_ONE_DIMENSION = """__typename
        ... on TimePartitionStatuses { ranges { startKey endKey status } }
        ... on DefaultPartitionStatuses { materializedPartitions failedPartitions materializingPartitions }"""
_ASSET_STATES = f"""
      partitionKeys
      partitionKeysByDimension {{ name type partitionKeys }}
      assetPartitionStatuses {{
        {_ONE_DIMENSION}
        ... on MultiPartitionStatuses {{
          primaryDimensionName
          ranges {{ primaryDimStartKey primaryDimEndKey secondaryDim {{ {_ONE_DIMENSION} }} }}
        }}
      }}"""

LIST_ASSET_PARTITION_STATES = f"""
query OpsListAssetPartitionStates($assetKey: AssetKeyInput!) {{
  assetNodeOrError(assetKey: $assetKey) {{
    __typename
    ... on AssetNode {{{_ASSET_STATES}
    }}
    ... on Error {{ message }}
  }}
}}
"""

# For an asset that several repositories define, because Dagster would answer for another definition.
LIST_HIDDEN_ASSET_PARTITION_STATES = f"""
query OpsListHiddenAssetPartitionStates($assetKey: AssetKeyInput!, $job: PipelineSelector!) {{
  assetNodes(assetKeys: [$assetKey], pipeline: $job) {{{_ASSET_STATES}
  }}
}}
"""

_STATUS_OF_RUN = {None: "missing", "SUCCESS": "succeeded", "FAILURE": "failed", "CANCELED": "failed"}
_STATUS_OF_RANGE = {"MATERIALIZED": "materialized", "FAILED": "failed"}
_UNDER_WAY = "in_progress"


def get_job_partitioning(client: GraphQLClient, job: JobSelector) -> Partitioning:
    """Return the partitions of an existing job; none if it is not partitioned.

    Dagster does not return the dimensions of jobs that are made of ops: they are read from the tags of the first
    partition. A partitioned job without keys has one dimension here, even if it will have more.
    """
    answer = client.execute(GET_JOB_PARTITIONING, _partition_set(job))
    try:
        partition_set = expect(answer, "partitionSetOrError", "PartitionSet")
    except NotFoundError:
        return Partitioning(dimensions=[], keys=[])
    partitions = expect_list(expect(partition_set, "partitionsOrError", "Partitions"), "results")
    firsts = expect_list(expect(partition_set, "first", "Partitions"), "results")
    with reading_answer():
        keys = [each["name"] for each in partitions]
        names = [ONLY_DIMENSION]
        for first in firsts:
            tags = expect(first, "tagsOrError", "PartitionTags")["results"]
            found = sorted(tag["key"] for tag in tags if tag["key"].startswith(dagster_tags.DIMENSION_PREFIX))
            names = [name.removeprefix(dagster_tags.DIMENSION_PREFIX) for name in found] or names
        parsed = [PartitionKey.parse(key, names) for key in keys]
        dimensions = [{"name": name, "keys": list(dict.fromkeys(key.values[name] for key in parsed))} for name in names]
        return parse(Partitioning, {"dimensions": dimensions, "keys": keys})


def list_job_partition_states(client: GraphQLClient, job: JobSelector) -> list[PartitionState]:
    """Return all partitions of a job with the status of their last run.

    Dagster counts only runs with the tag ``dagster/partition_set``. Raises NotFoundError for a job without partitions.
    """
    answer = client.execute(LIST_JOB_PARTITION_STATES, _partition_set(job))
    partition_set = expect(answer, "partitionSetOrError", "PartitionSet")
    found = expect_list(expect(partition_set, "partitionStatusesOrError", "PartitionStatuses"), "results")
    with reading_answer():
        return [
            PartitionState(
                partition=each["partitionName"],
                status=_STATUS_OF_RUN.get(each["runStatus"], _UNDER_WAY),
                run_id=each["runId"] or None,
            )
            for each in found
        ]


def list_asset_partition_states(
    client: GraphQLClient, asset_key: str, definition: Asset | None = None
) -> list[PartitionState]:
    """Return all partitions of an asset with their status; none if it is not partitioned. Raises NotFoundError.

    If several repositories define the asset, ``definition`` chooses one.
    """
    variables: dict[str, Any] = {"assetKey": asset_selector(asset_key)}
    if definition is None or definition.hidden_by is None:
        answer = client.execute(LIST_ASSET_PARTITION_STATES, variables)
        return _asset_states(expect(answer, "assetNodeOrError", "AssetNode"))
    job = JobSelector(definition.location_name, definition.repository_name, definition.job_names[0])
    variables["job"] = job.pipeline
    nodes = expect_list(client.execute(LIST_HIDDEN_ASSET_PARTITION_STATES, variables), "assetNodes")
    if not nodes:
        raise NotFoundError(f"there is no asset {asset_key!r}", code="ASSET_NOT_FOUND", asset_key=asset_key)
    return _asset_states(nodes[0])


def _asset_states(asset: Mapping[str, Any]) -> list[PartitionState]:
    with reading_answer():
        dimensions = {each["name"]: each["partitionKeys"] for each in asset["partitionKeysByDimension"]}
        keys = asset["partitionKeys"]
        statuses = asset["assetPartitionStatuses"]
        if statuses["__typename"] == "MultiPartitionStatuses":
            found = dict(_multi(statuses, dimensions))
        else:
            found = dict(_single(statuses, keys))
        return [PartitionState(partition=key, status=found.get(key, "missing")) for key in keys]


def _partition_set(job: JobSelector) -> dict[str, Any]:
    return {"repository": job.repository, "partitionSet": job.partition_set}


def _multi(statuses: Mapping[str, Any], dimensions: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    primary = statuses["primaryDimensionName"]
    (secondary,) = (name for name in dimensions if name != primary)
    positions = _positions(dimensions[primary])
    for part in statuses["ranges"]:
        within = list(_single(part["secondaryDim"], dimensions[secondary]))
        for outer in _between(dimensions[primary], positions, part["primaryDimStartKey"], part["primaryDimEndKey"]):
            yield from ((str(PartitionKey({primary: outer, secondary: inner})), status) for inner, status in within)


def _single(statuses: Mapping[str, Any], keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the keys of one dimension that have a status. If a key comes twice, the last status counts."""
    if statuses["__typename"] == "TimePartitionStatuses":
        positions = _positions(keys)
        for part in statuses["ranges"]:
            status = _STATUS_OF_RANGE.get(part["status"], _UNDER_WAY)
            yield from ((key, status) for key in _between(keys, positions, part["startKey"], part["endKey"]))
        return
    for field, status in (
        ("materializedPartitions", "materialized"),
        ("failedPartitions", "failed"),
        ("materializingPartitions", _UNDER_WAY),
    ):
        yield from ((key, status) for key in statuses[field])


def _positions(keys: Sequence[str]) -> dict[str, int]:
    return {key: position for position, key in enumerate(keys)}


def _between(keys: Sequence[str], positions: Mapping[str, int], start: str, end: str) -> Sequence[str]:
    """Return the keys of a range, both ends included."""
    if start not in positions or end not in positions:
        raise BadResponseError(
            f"Dagster returned a status for partitions {start} to {end}, which are not in its list of keys",
            passing=False,
        )
    return keys[positions[start] : positions[end] + 1]
