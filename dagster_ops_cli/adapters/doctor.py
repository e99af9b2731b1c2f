"""The operations that tell how a Dagster is."""

from dagster_ops_cli.adapters.union import as_promised, expect, parse, parse_list
from dagster_ops_cli.errors import ServerFaultError
from dagster_ops_cli.http.client import GET_VERSION, GraphQLClient
from dagster_ops_cli.schemas.doctor import LocationState, Permission

LIST_PERMISSIONS = """
query OpsListPermissions {
  permissions { permission value disabledReason }
}
"""

LIST_LOCATION_STATES = """
query OpsListLocationStates {
  workspaceOrError {
    __typename
    ... on Workspace {
      locationEntries {
        name
        loadStatus
        locationOrLoadError {
          __typename
          ... on RepositoryLocation { name }
          ... on Error { message }
        }
      }
    }
    ... on Error { message }
  }
}
"""


def get_version(client: GraphQLClient) -> str:
    """Return the server's version of Dagster."""
    version = client.execute(GET_VERSION).get("version")
    if not isinstance(version, str):
        raise ServerFaultError("Dagster does not tell its version", code="INTERNAL_ERROR")
    return version


def list_permissions(client: GraphQLClient) -> list[Permission]:
    """Return what whoever asks may do in the deployment as a whole."""
    return parse_list(Permission, client.execute(LIST_PERMISSIONS).get("permissions") or [])


def list_location_states(client: GraphQLClient) -> list[LocationState]:
    """Return the code locations, and why those that are not loaded are not."""
    workspace = expect(client.execute(LIST_LOCATION_STATES), "workspaceOrError", "Workspace")
    with as_promised():
        return [
            parse(
                LocationState,
                {
                    "name": entry.get("name"),
                    "status": entry.get("loadStatus"),
                    "error": (entry.get("locationOrLoadError") or {}).get("message"),
                },
            )
            for entry in workspace.get("locationEntries") or []
        ]
