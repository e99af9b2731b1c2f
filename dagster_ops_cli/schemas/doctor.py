"""What `ops doctor` checks."""

from pydantic import Field

from dagster_ops_cli.schemas.config import EffectiveSetting
from dagster_ops_cli.schemas.model import Model


class Permission(Model):
    """A permission, and whether the user has it. Source: ``Permission``."""

    name: str = Field(validation_alias="permission")
    allowed: bool = Field(validation_alias="value")
    reason: str | None = Field(None, validation_alias="disabledReason")


class Check(Model):
    """The result of one check. ``state`` is ``ok``, ``warning`` or ``failed``."""

    name: str
    state: str
    message: str


class CommandSupport(Model):
    """Whether the server supports a command.

    ``lacks`` are the problems of the command's documents on this server, ``missing_permissions`` the permissions that
    the command needs and the user does not have.
    """

    command: str
    served: bool
    lacks: list[str]
    missing_permissions: list[str]


class Diagnosis(Model):
    """The answer of `ops doctor`. ``healthy`` is false if a check failed."""

    healthy: bool
    url: str
    version: str | None
    settings: list[EffectiveSetting]
    checks: list[Check]
    commands: list[CommandSupport]
