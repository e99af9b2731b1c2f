"""Settings and profiles as text."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import Column, Sheet, Table, sheet
from dagster_ops_cli.formatters.text import escape

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.config import EffectiveSettings, ProfileList

_SETTING_COLUMNS = (Column("SETTING", priority=9), Column("VALUE", priority=8), Column("SOURCE", priority=7))
_PROFILE_COLUMNS = (Column("CURRENT", priority=7), Column("NAME", priority=9), Column("TARGET", priority=8))


def format_settings(settings: "EffectiveSettings") -> Sheet:
    """Return a table of the settings and their sources."""
    rows = [(each.name, each.value, each.source) for each in settings.items]
    return sheet(Table(_SETTING_COLUMNS, rows, rule=False, gap=2))


def format_profiles(profiles: "ProfileList") -> Sheet | str:
    """Return a table of the profiles; the current one is marked with a star."""
    if not profiles.items:
        return f"No profiles in {escape(profiles.path)}\nTo create one: ops config set NAME --url URL"
    rows = [("*" if each.current else "", each.name, each.target) for each in profiles.items]
    return sheet(Table(_PROFILE_COLUMNS, rows, rule=False, gap=2))
