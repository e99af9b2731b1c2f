"""The operations on jobs and code locations."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_ops_cli.adapters.union import expect, expect_list, parse, parse_list, reading_answer
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.job import CodeLocation, JobAsset, Workspace
from dagster_ops_cli.schemas.partition_key import ONLY_DIMENSION
from dagster_ops_cli.schemas.selectors import JobSelector

LOCATIONS = """workspaceOrError {
    __typename
    ... on Workspace {
      locationEntries {
        name
        loadStatus
        locationOrLoadError {
          __typename
          ... on RepositoryLocation { name }
          ... on PythonError { message causes { message } }
        }
      }
    }
    ... on Error { message }
  }"""

LIST_JOBS = f"""
query OpsListJobs {{
  repositoriesOrError {{
    __typename
    ... on RepositoryConnection {{
      nodes {{ name location {{ name }} pipelines {{ name isAssetJob }} }}
    }}
    ... on Error {{ message }}
  }}
  {LOCATIONS}
}}
"""

LIST_PARTITIONED_JOBS = """
query OpsListPartitionedJobs {
  repositoriesOrError {
    __typename
    ... on RepositoryConnection {
      nodes { name location { name } partitionSets { pipelineName } }
    }
    ... on Error { message }
  }
}
"""

LIST_JOB_ASSETS = """
query OpsListJobAssets($job: PipelineSelector!) {
  assetNodes(pipeline: $job) {
    assetKey { path }
    backfillPolicy { policyType maxPartitionsPerRun }
    partitionDefinition { type dimensionTypes { name type } }
  }
}
"""


def list_jobs(client: GraphQLClient) -> Workspace:
    """Return the jobs of all code locations that load, and all code locations."""
    data = client.execute(LIST_JOBS)
    repositories = expect_list(expect(data, "repositoriesOrError", "RepositoryConnection"), "nodes")
    with reading_answer():
        jobs = [
            {**job, "repository_name": repository["name"], "location_name": repository["location"]["name"]}
            for repository in repositories
            for job in repository["pipelines"]
        ]
        names: dict[str, list[str]] = {}
        for repository in repositories:
            names.setdefault(repository["location"]["name"], []).append(repository["name"])
        return parse(Workspace, {"jobs": jobs, "locations": locations_of(data, names)})


def locations_of(
    data: Mapping[str, Any], repositories: Mapping[str, Sequence[str]] | None = None
) -> list[CodeLocation]:
    """Return the code locations in the answer to ``LOCATIONS``, with the names of the ``repositories`` of each."""
    entries = expect_list(expect(data, "workspaceOrError", "Workspace"), "locationEntries")
    with reading_answer():
        known = repositories or {}
        found = [{**each, "error": load_error(each), "repositories": known.get(each["name"], [])} for each in entries]
        return parse_list(CodeLocation, found)


def list_partitioned_jobs(client: GraphQLClient) -> set[tuple[str, str, str]]:
    """Return the location, the repository and the name of each job that is partitioned."""
    data = client.execute(LIST_PARTITIONED_JOBS)
    repositories = expect_list(expect(data, "repositoriesOrError", "RepositoryConnection"), "nodes")
    with reading_answer():
        return {
            (repository["location"]["name"], repository["name"], each["pipelineName"])
            for repository in repositories
            for each in repository["partitionSets"]
        }


def list_job_assets(client: GraphQLClient, job: JobSelector) -> list[JobAsset]:
    """Return the assets that a job materializes, by key; an empty list for a job of ops."""
    nodes = expect_list(client.execute(LIST_JOB_ASSETS, {"job": job.pipeline}), "assetNodes")
    with reading_answer():
        assets = [parse(JobAsset, {**node, "dimension_types": _dimension_types(node)}) for node in nodes]
    return sorted(assets, key=lambda asset: asset.key)


def _dimension_types(node: dict[str, Any]) -> dict[str, str]:
    definition = node["partitionDefinition"] or {"dimensionTypes": []}
    if len(definition["dimensionTypes"]) == 1:
        return {ONLY_DIMENSION: definition["type"]}
    return {each["name"]: each["type"] for each in definition["dimensionTypes"]}


def load_error(entry: Mapping[str, Any]) -> str | None:
    """Return why a code location does not load, None if it does."""
    # A location that failed to load has the status LOADED, and an error in place of its content.
    loaded = entry.get("locationOrLoadError")
    if not loaded:
        return f"it is not loaded yet ({entry['loadStatus']})"
    if loaded["__typename"] == "RepositoryLocation":
        return None
    own, *causes = (str(each.get("message") or "").strip() for each in [loaded, *(loaded.get("causes") or ())])
    # The error's own message says only that loading failed. If no code server answers, its cause is a long gRPC report.
    return own if not causes or causes[0].startswith("grpc.") else causes[0]
