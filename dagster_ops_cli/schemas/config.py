"""The settings of this machine, as `ops config` shows them."""

from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.page import Page


class EffectiveSetting(Model):
    """A value that holds for a command, and the flag, variable, profile or file it is from; secrets are ``***``."""

    name: str
    value: str
    source: str


class EffectiveSettings(Model):
    """All settings."""

    items: list[EffectiveSetting]


class Profile(Model):
    """A target of the configuration file. ``target`` is its URL, or its organization and deployment in Dagster+."""

    name: str
    current: bool
    target: str


class ProfileList(Page[Profile]):
    """All profiles; ``path`` is the file they are in."""

    path: str
