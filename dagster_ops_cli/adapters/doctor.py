"""The operations on Dagster itself: its version, daemons, permissions and code locations."""

from dagster_ops_cli.adapters.job import LOCATIONS, locations_of
from dagster_ops_cli.adapters.union import parse_list
from dagster_ops_cli.errors import ServerFaultError
from dagster_ops_cli.http.client import GET_VERSION, GraphQLClient
from dagster_ops_cli.schemas.doctor import Permission
from dagster_ops_cli.schemas.job import CodeLocation

LIST_PERMISSIONS = """
query OpsListPermissions {
  permissions { permission value disabledReason }
}
"""

LIST_LOCATION_STATES = f"""
query OpsListLocationStates {{
  {LOCATIONS}
}}
"""


def get_version(client: GraphQLClient) -> str:
    """Return the server's version of Dagster."""
    version = client.execute(GET_VERSION).get("version")
    if not isinstance(version, str):
        raise ServerFaultError("Dagster did not return its version", code="INTERNAL_ERROR")
    return version


def list_permissions(client: GraphQLClient) -> list[Permission]:
    """Return the user's permissions in the deployment as a whole."""
    return parse_list(Permission, client.execute(LIST_PERMISSIONS).get("permissions") or [])


def list_locations(client: GraphQLClient) -> list[CodeLocation]:
    """Return the code locations, without the repositories in them."""
    return locations_of(client.execute(LIST_LOCATION_STATES))
