"""The API for daemons."""

from dataclasses import dataclass

from dagster_ops_cli.adapters.daemon import list_daemons
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.daemon import Daemon
from dagster_ops_cli.schemas.page import Page


@dataclass(frozen=True)
class DaemonApi:
    """The daemons of one Dagster."""

    client: GraphQLClient

    def list(self, unhealthy: bool = False) -> Page[Daemon]:
        """Return all daemons; with ``unhealthy`` only those that this Dagster needs and that are not healthy."""
        daemons = list_daemons(self.client)
        return Page[Daemon](items=[each for each in daemons if not unhealthy or (each.required and not each.healthy)])
