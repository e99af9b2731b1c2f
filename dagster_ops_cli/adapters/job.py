"""The operations on jobs and code locations."""

from typing import Any

from dagster_ops_cli.adapters.union import expect, parse
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.schemas.job import Workspace

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


def list_jobs(client: GraphQLClient) -> Workspace:
    """Return the jobs of all code locations that load, and all code locations with what kept them from it."""
    data = client.execute(LIST_JOBS)
    repositories = expect(data, "repositoriesOrError", "RepositoryConnection")["nodes"]
    entries = expect(data, "workspaceOrError", "Workspace")["locationEntries"]
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


def _error(entry: dict[str, Any]) -> str | None:
    """A location that failed has, of all things, the status LOADED, and an error in the place of what it holds."""
    loaded = entry.get("locationOrLoadError")
    if not loaded:
        return f"it is not loaded yet ({entry['loadStatus']})"
    return str(loaded.get("message") or "").strip() if loaded["__typename"] == "PythonError" else None
