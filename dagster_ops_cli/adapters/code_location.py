"""The operations on code locations."""

from typing import Any
from urllib.parse import quote

from dagster_ops_cli.adapters.union import expect, expect_list, parse, reading_answer
from dagster_ops_cli.adapters.versions import execute
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.code_location import CodeLocationRow, RepositoryContent
from dagster_ops_cli.schemas.job import ASSET_JOB_PREFIX
from dagster_ops_cli.schemas.selectors import asset_key, repository_selector

LIST_CODE_LOCATIONS = """
query OpsListCodeLocations {
  workspaceOrError {
    __typename
    ... on Workspace {
      locationEntries {
        name
        loadStatus
        updatedTimestamp
        versionKey
        displayMetadata { key value }
        locationOrLoadError {
          __typename
          ... on RepositoryLocation {
            serverId
            dagsterLibraryVersions { name version }
            repositories { name }
          }
          ... on PythonError {
            message
            className
            stack
            errorChain { error { message className stack } }
          }
        }
      }
    }
    ... on Error { message }
  }
}
"""

GET_REPOSITORY_CONTENT = """
query OpsGetRepositoryContent($repository: RepositorySelector!) {
  repositoryOrError(repositorySelector: $repository) {
    __typename
    ... on Repository {
      name
      jobs { name }
      schedules { name }
      sensors { name }
      assetNodes { assetKey { path } isAutoCreatedStub }
    }
    ... on Error { message }
  }
}
"""

# The answer would list the old definitions, so request only the outcome.
RELOAD_CODE_LOCATION = """
mutation OpsReloadCodeLocation($name: String!) {
  reloadRepositoryLocation(repositoryLocationName: $name) {
    __typename
    ... on WorkspaceLocationEntry { name }
    ... on Error { message }
  }
}
"""

# The name of the repository of a location that defines none itself; the UI leaves it out of addresses.
_UNNAMED = "__repository__"


def list_code_locations(client: GraphQLClient) -> list[CodeLocationRow]:
    """Return all code locations, the broken ones too, in Dagster's order."""
    workspace = expect(execute(client, LIST_CODE_LOCATIONS), "workspaceOrError", "Workspace")
    entries = expect_list(workspace, "locationEntries")
    with reading_answer():
        return [_row(client.url, entry) for entry in entries]


def get_repository_content(client: GraphQLClient, location_name: str, repository_name: str) -> RepositoryContent:
    """Return the names of what a repository defines. Raises NotFoundError."""
    selector = repository_selector(location_name, repository_name)
    answer = expect(
        execute(client, GET_REPOSITORY_CONTENT, {"repository": selector}), "repositoryOrError", "Repository"
    )
    with reading_answer():
        own = [each for each in answer["assetNodes"] if not each.get("isAutoCreatedStub")]
        names = {kind: [each["name"] for each in answer[kind]] for kind in ("jobs", "schedules", "sensors")}
        names["jobs"] = [name for name in names["jobs"] if not name.startswith(ASSET_JOB_PREFIX)]
        assets = sorted(asset_key(each["assetKey"]["path"]) for each in own)
        return parse(RepositoryContent, {"name": repository_name, **names, "assets": assets})


def reload_code_location(client: GraphQLClient, name: str) -> None:
    """Ask Dagster to reload a code location. It answers once it has tried, whether or not the location loads.

    Raises NotFoundError, and ForbiddenError.
    """
    data = client.execute(RELOAD_CODE_LOCATION, {"name": name})
    expect(data, "reloadRepositoryLocation", "WorkspaceLocationEntry")


def _row(url: str, entry: dict[str, Any]) -> CodeLocationRow:
    loaded = entry["locationOrLoadError"] or {}
    repositories = [each["name"] for each in loaded.get("repositories") or []]
    return parse(
        CodeLocationRow,
        {
            "name": entry["name"],
            "state": _state(entry["loadStatus"], loaded),
            # Dagster 1.7 and older have no version key; the server's id serves as one.
            "version_key": entry.get("versionKey") or loaded.get("serverId"),
            "updated_at": entry["updatedTimestamp"],
            "library_versions": {each["name"]: each["version"] for each in loaded.get("dagsterLibraryVersions") or []},
            "source": {each["key"]: each["value"] for each in entry["displayMetadata"]},
            "repositories": repositories,
            "load_error": loaded if loaded.get("__typename") == "PythonError" else None,
            "url": _page(url, entry["name"], repositories[0]) if repositories else None,
        },
    )


def _state(status: str, loaded: dict[str, Any]) -> str:
    """A location that failed to load has the status LOADED, and an error in place of its content."""
    if not loaded:
        return "loading"
    return "failed" if loaded["__typename"] == "PythonError" else status.lower()


def _page(url: str, location_name: str, repository_name: str) -> str:
    path = location_name if repository_name == _UNNAMED else f"{repository_name}@{location_name}"
    return f"{url}/locations/{quote(path, safe='@')}"
