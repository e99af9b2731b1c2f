"""The operations on daemons."""

from dagster_ops_cli.adapters.union import parse_list, reading_answer
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.daemon import Daemon

# What a query reads of the instance to tell the health of all daemons.
DAEMON_HEALTH = """daemonHealth {
      allDaemonStatuses { daemonType required healthy lastHeartbeatTime lastHeartbeatErrors { message } }
    }"""
LIST_DAEMONS = f"""
query OpsListDaemons {{
  instance {{
    {DAEMON_HEALTH}
  }}
}}
"""


def list_daemons(client: GraphQLClient) -> list[Daemon]:
    """Return the daemons that this Dagster knows, whether it needs them or not."""
    data = client.execute(LIST_DAEMONS)
    with reading_answer():
        health = (data.get("instance") or {}).get("daemonHealth") or {}
        return parse_list(Daemon, health.get("allDaemonStatuses") or [])
