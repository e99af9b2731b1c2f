"""The operations on partitions."""

from dagster_ops_cli.adapters.union import expect
from dagster_ops_cli.client import GraphQLClient

GET_PARTITION_TAGS = """
query OpsGetPartitionTags($repository: RepositorySelector!, $partitionSet: String!, $key: String!) {
  partitionSetOrError(repositorySelector: $repository, partitionSetName: $partitionSet) {
    __typename
    ... on PartitionSet {
      partition(partitionName: $key) {
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
"""


def get_partition_tags(
    client: GraphQLClient, location_name: str, repository_name: str, job_name: str, key: str
) -> dict[str, str]:
    """Return the tags that a run of the job needs to be the run of that partition.

    Dagster does not check the key: whoever asks must know that it exists. Raises NotFoundError for a job that has no
    partitions or does not exist; Dagster does not tell which.
    """
    variables = {
        "repository": {"repositoryLocationName": location_name, "repositoryName": repository_name},
        "partitionSet": f"{job_name}_partition_set",
        "key": key,
    }
    partition_set = expect(client.execute(GET_PARTITION_TAGS, variables), "partitionSetOrError", "PartitionSet")
    tags = expect(partition_set["partition"], "tagsOrError", "PartitionTags")
    return {tag["key"]: tag["value"] for tag in tags["results"]}
