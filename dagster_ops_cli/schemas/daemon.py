"""Dagster's daemons."""

from pydantic import Field

from dagster_ops_cli.schemas.model import Model, Time


class Daemon(Model):
    """One of Dagster's daemons. ``healthy`` is null if the server does not know. Source: ``DaemonStatus``."""

    type: str = Field(validation_alias="daemonType")
    healthy: bool | None = None
    required: bool = True
    last_heartbeat: Time | None = Field(None, validation_alias="lastHeartbeatTime")
