"""How Dagster is, and what it can do for whoever asks."""

from pydantic import Field

from dagster_ops_cli.schemas.config import EffectiveSetting
from dagster_ops_cli.schemas.model import Model


class Permission(Model):
    """What whoever asks may do or not. Source: ``Permission``."""

    name: str = Field(validation_alias="permission")
    allowed: bool = Field(validation_alias="value")
    reason: str | None = Field(None, validation_alias="disabledReason")


class LocationState(Model):
    """A code location, loaded or with the error that keeps it from loading. Source: ``WorkspaceLocationEntry``."""

    name: str
    status: str
    error: str | None = None


class Check(Model):
    """One thing that was looked at. ``state`` is ``ok``, ``warning`` (works, but look at it) or ``failed``."""

    name: str
    state: str
    message: str


class CommandSupport(Model):
    """A command, and what this server lacks for it: nothing where it can be served.

    ``missing_permissions`` are those that it needs and that whoever asks does not have.
    """

    command: str
    served: bool
    lacks: list[str]
    missing_permissions: list[str]


class Diagnosis(Model):
    """All of it. ``healthy`` is false if a check failed."""

    healthy: bool
    url: str
    version: str | None
    settings: list[EffectiveSetting]
    checks: list[Check]
    commands: list[CommandSupport]
