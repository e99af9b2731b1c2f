"""The settings of this machine, as `ops config` shows them."""

from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.page import Page


class EffectiveSetting(Model):
    """A setting in effect, and the flag, variable, profile or file it comes from; secrets are shown as ``***``."""

    name: str
    value: str
    source: str


class EffectiveSettings(Model):
    """All settings in effect."""

    items: list[EffectiveSetting]


class Profile(Model):
    """A profile of the configuration file. ``target`` is a URL, or an organization and deployment of Dagster+."""

    name: str
    current: bool
    target: str


class ProfileList(Page[Profile]):
    """All profiles; ``path`` is the configuration file."""

    path: str
