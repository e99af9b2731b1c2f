"""The operations on what a run can be launched of: partitions of jobs, and assets."""

from collections.abc import Sequence
from typing import Any

from dagster_ops_cli.adapters.union import expect, parse
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.schemas.job import Job
from dagster_ops_cli.schemas.run_target import Asset, PartitionRun, join_asset_key, split_asset_key

LIST_JOB_PARTITIONS = """
query OpsListJobPartitions($repository: RepositorySelector!, $partitionSet: String!) {
  partitionSetOrError(repositorySelector: $repository, partitionSetName: $partitionSet) {
    __typename
    ... on PartitionSet {
      partitionsOrError {
        __typename
        ... on Partitions { results { name } }
        ... on Error { message }
      }
    }
    ... on Error { message }
  }
}
"""

GET_PARTITION_RUN = """
query OpsGetPartitionRun($repository: RepositorySelector!, $partitionSet: String!, $key: String!) {
  partitionSetOrError(repositorySelector: $repository, partitionSetName: $partitionSet) {
    __typename
    ... on PartitionSet {
      partition(partitionName: $key) {
        tagsOrError {
          __typename
          ... on PartitionTags { results { key value } }
          ... on Error { message }
        }
        runConfigOrError {
          __typename
          ... on PartitionRunConfig { yaml }
          ... on Error { message }
        }
      }
    }
    ... on Error { message }
  }
}
"""

GET_ASSETS = """
query OpsGetAssets($keys: [AssetKeyInput!]!) {
  assetNodes(assetKeys: $keys) {
    assetKey { path }
    jobNames
    isPartitioned
    partitionKeys
    partitionKeysByDimension { name partitionKeys }
    repository { name location { name } }
  }
}
"""

LIST_ASSET_KEYS = """
query OpsListAssetKeys {
  assetNodes { assetKey { path } }
}
"""


def list_job_partitions(client: GraphQLClient, job: Job) -> list[str]:
    """Return the keys of the job's partitions; none where it has no partitions."""
    data = client.execute(LIST_JOB_PARTITIONS, _partition_set(job))
    if (data.get("partitionSetOrError") or {}).get("__typename") == "PartitionSetNotFoundError":
        return []
    partition_set = expect(data, "partitionSetOrError", "PartitionSet")
    return [each["name"] for each in expect(partition_set, "partitionsOrError", "Partitions")["results"]]


def get_partition_run(client: GraphQLClient, job: Job, key: str) -> PartitionRun:
    """Return what makes a run of the job the run of that partition.

    Dagster does not check the key: whoever asks must know that it exists.
    """
    data = client.execute(GET_PARTITION_RUN, {**_partition_set(job), "key": key})
    partition = expect(data, "partitionSetOrError", "PartitionSet")["partition"]
    tags = expect(partition, "tagsOrError", "PartitionTags")["results"]
    run_config = expect(partition, "runConfigOrError", "PartitionRunConfig")["yaml"]
    return parse(PartitionRun, {"tags": tags, "run_config": run_config})


def get_assets(client: GraphQLClient, keys: Sequence[str]) -> list[Asset]:
    """Return those of the assets that exist, each code location's own where several define one."""
    data = client.execute(GET_ASSETS, {"keys": [{"path": split_asset_key(key)} for key in keys]})
    return [parse(Asset, node) for node in data.get("assetNodes") or []]


def list_asset_keys(client: GraphQLClient) -> list[str]:
    """Return the keys of all assets."""
    return [join_asset_key(node["assetKey"]["path"]) for node in client.execute(LIST_ASSET_KEYS)["assetNodes"] or []]


def _partition_set(job: Job) -> dict[str, Any]:
    repository = {"repositoryLocationName": job.location_name, "repositoryName": job.repository_name}
    return {"repository": repository, "partitionSet": f"{job.name}_partition_set"}
