"""The operations on jobs and code locations."""

from typing import Any

from dagster_ops_cli.adapters.union import as_promised, expect, expect_list, parse
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.job import JobAsset, Workspace
from dagster_ops_cli.schemas.partition_key import ONLY_DIMENSION
from dagster_ops_cli.schemas.selectors import JobSelector

LIST_JOBS = """
query OpsListJobs {
  repositoriesOrError {
    __typename
    ... on RepositoryConnection {
      nodes { name location { name } pipelines { name isAssetJob } }
    }
    ... on Error { message }
  }
  workspaceOrError {
    __typename
    ... on Workspace {
      locationEntries {
        name
        loadStatus
        locationOrLoadError { __typename ... on RepositoryLocation { name } ... on PythonError { message } }
      }
    }
    ... on Error { message }
  }
}
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
    """Return the jobs of all code locations that load, and all code locations with what kept them from it."""
    data = client.execute(LIST_JOBS)
    repositories = expect_list(expect(data, "repositoriesOrError", "RepositoryConnection"), "nodes")
    entries = expect_list(expect(data, "workspaceOrError", "Workspace"), "locationEntries")
    with as_promised():
        jobs = [
            {**job, "repository_name": repository["name"], "location_name": repository["location"]["name"]}
            for repository in repositories
            for job in repository["pipelines"]
        ]
        names: dict[str, list[str]] = {}
        for repository in repositories:
            names.setdefault(repository["location"]["name"], []).append(repository["name"])
        locations = [{**each, "error": _error(each), "repositories": names.get(each["name"], [])} for each in entries]
        return parse(Workspace, {"jobs": jobs, "locations": locations})


def list_partitioned_jobs(client: GraphQLClient) -> set[tuple[str, str, str]]:
    """Return location, repository and name of the jobs that are partitioned."""
    data = client.execute(LIST_PARTITIONED_JOBS)
    repositories = expect_list(expect(data, "repositoriesOrError", "RepositoryConnection"), "nodes")
    with as_promised():
        return {
            (repository["location"]["name"], repository["name"], each["pipelineName"])
            for repository in repositories
            for each in repository["partitionSets"]
        }


def list_job_assets(client: GraphQLClient, job: JobSelector) -> list[JobAsset]:
    """Return the assets that a job materializes, in the order of their keys; none for one that is made of ops."""
    nodes = expect_list(client.execute(LIST_JOB_ASSETS, {"job": job.pipeline}), "assetNodes")
    with as_promised():
        assets = [parse(JobAsset, {**node, "dimension_types": _dimension_types(node)}) for node in nodes]
    return sorted(assets, key=lambda asset: asset.key)


def _dimension_types(node: dict[str, Any]) -> dict[str, str]:
    definition = node["partitionDefinition"] or {"dimensionTypes": []}
    if len(definition["dimensionTypes"]) == 1:
        return {ONLY_DIMENSION: definition["type"]}
    return {each["name"]: each["type"] for each in definition["dimensionTypes"]}


def _error(entry: dict[str, Any]) -> str | None:
    """A location that failed has, of all things, the status LOADED, and an error in the place of what it holds."""
    loaded = entry.get("locationOrLoadError")
    if not loaded:
        return f"it is not loaded yet ({entry['loadStatus']})"
    return str(loaded.get("message") or "").strip() if loaded["__typename"] == "PythonError" else None
