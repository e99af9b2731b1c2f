"""The operations on run configs."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_ops_cli.adapters.union import expect, parse, reading_answer
from dagster_ops_cli.errors import InvalidContentError, ServerFaultError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.partition import PartitionLaunch
from dagster_ops_cli.schemas.selectors import JobSelector

CHECK_RUN_CONFIG = """
query OpsCheckRunConfig($job: PipelineSelector!, $runConfig: RunConfigData!) {
  isPipelineConfigValid(pipeline: $job, mode: "default", runConfigData: $runConfig) {
    __typename
    ... on PipelineConfigValidationValid { pipelineName }
    ... on RunConfigValidationInvalid { errors { message } }
    ... on Error { message }
  }
}
"""

# As a fragment, the server validates it only once for any number of partitions.
_PARTITION = """
fragment OpsPartitionLaunch on Partition {
  name
  runConfigOrError { __typename ... on PartitionRunConfig { yaml } ... on Error { message } }
  tagsOrError { __typename ... on PartitionTags { results { key value } } ... on Error { message } }
}
"""


def check_run_config(client: GraphQLClient, job: JobSelector, run_config: Any) -> None:
    """Raise InvalidContentError (INVALID_RUN_CONFIG) with Dagster's messages if it would reject a run config."""
    data = client.execute(CHECK_RUN_CONFIG, {"job": job.pipeline, "runConfig": run_config})
    expect(data, "isPipelineConfigValid", "PipelineConfigValidationValid")


def list_partition_launches(client: GraphQLClient, job: JobSelector, keys: Sequence[str]) -> list[PartitionLaunch]:
    """Return the tags and the run config that Dagster itself gives to the runs of partitions of a job.

    The keys must exist: Dagster does not check them. Raises InvalidContentError (INVALID_RUN_CONFIG) if the job's own
    code fails to make the run config of one of them.
    """
    variables: dict[str, Any] = {f"key{number}": key for number, key in enumerate(keys)}
    variables |= {"repository": job.repository, "partitionSet": job.partition_set}
    answer = expect(
        client.execute(partition_launches_document(len(keys)), variables), "partitionSetOrError", "PartitionSet"
    )
    with reading_answer():
        return [_launch(answer[f"partition{number}"]) for number in range(len(keys))]


def partition_launches_document(count: int) -> str:
    """Return the document for ``count`` partitions; Dagster has no field that takes several keys."""
    keys = "".join(f", $key{number}: String!" for number in range(count))
    partitions = "".join(
        f"\n      partition{number}: partition(partitionName: $key{number}) {{ ...OpsPartitionLaunch }}"
        for number in range(count)
    )
    return f"""
query OpsListPartitionLaunches($repository: RepositorySelector!, $partitionSet: String!{keys}) {{
  partitionSetOrError(repositorySelector: $repository, partitionSetName: $partitionSet) {{
    __typename
    ... on PartitionSet {{{partitions}
    }}
    ... on Error {{ message }}
  }}
}}
{_PARTITION}"""


# Tests hold this one against Dagster's schemas, for any number of partitions.
LIST_PARTITION_LAUNCHES = partition_launches_document(1)


def read_run_config(text: str) -> Any:
    """Return a run config from Dagster's YAML."""
    import yaml

    return yaml.safe_load(text)


def _launch(partition: Mapping[str, Any]) -> PartitionLaunch:
    try:
        config = expect(partition, "runConfigOrError", "PartitionRunConfig")["yaml"]
        tags = expect(partition, "tagsOrError", "PartitionTags")["results"]
    except ServerFaultError as error:
        if "PartitionExecutionError" not in error.message:
            raise
        raise InvalidContentError(error.message, code="INVALID_RUN_CONFIG") from error
    return parse(PartitionLaunch, {"key": partition["name"], "run_config": config, "tags": tags})
