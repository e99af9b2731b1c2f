"""Settings and profiles as text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.text import cell, escape, fit, row

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.config import EffectiveSettings, ProfileList


def format_settings(settings: "EffectiveSettings") -> str:
    """Return a table of the settings and their sources."""
    return _table([("SETTING", "VALUE", "SOURCE"), *((each.name, each.value, each.source) for each in settings.items)])


def format_profiles(profiles: "ProfileList") -> str:
    """Return a table of the profiles; the current one is marked with a star."""
    if not profiles.items:
        return f"No profiles in {escape(profiles.path)}"
    rows = (("*" if each.current else "", each.name, each.target) for each in profiles.items)
    return _table([("CURRENT", "NAME", "TARGET"), *rows])


def _table(rows: Sequence[Sequence[str]]) -> str:
    cells = [[cell(text) for text in each] for each in rows]
    widths = fit(cells, [0] * len(rows[0]))
    return "\n".join(row(each, [width + 1 for width in widths]) for each in cells)
