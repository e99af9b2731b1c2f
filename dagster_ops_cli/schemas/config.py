"""The settings of this machine, as `ops config` shows them."""

from dagster_ops_cli.schemas.model import Model


class EffectiveSetting(Model):
    """A value that holds for a command, and the flag, variable, profile or file it is from; secrets are ``***``."""

    name: str
    value: str
    source: str


class EffectiveSettings(Model):
    """All of them."""

    items: list[EffectiveSetting]


class Profile(Model):
    """A target of the configuration file. ``target`` is its URL, or its organization and deployment in Dagster+."""

    name: str
    current: bool
    target: str


class ProfileList(Model):
    """All of them; ``path`` is the file."""

    items: list[Profile]
    total: int
    cursor: str | None = None
    has_more: bool = False
    path: str
