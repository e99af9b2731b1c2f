"""Dagster's daemons: the processes that start runs, tick schedules and sensors, and run backfills."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from dagster_ops_cli.schemas.model import Model, Time

# The daemon that starts queued runs.
QUEUE_DAEMON = "QUEUED_RUN_COORDINATOR"


def _messages(errors: Any) -> Any:
    return [each["message"].strip() for each in errors or []]


class Daemon(Model):
    """One of Dagster's daemons. Source: ``DaemonStatus``.

    ``required`` says whether this Dagster needs it. ``healthy`` is null if the server can't tell. ``errors`` are those
    of its last heartbeat: a healthy daemon also reports the errors of schedules and sensors there.
    """

    type: str = Field(validation_alias="daemonType")
    required: bool
    healthy: bool | None = None
    last_heartbeat: Time | None = Field(None, validation_alias="lastHeartbeatTime")
    errors: Annotated[list[str], BeforeValidator(_messages)] = Field([], validation_alias="lastHeartbeatErrors")
