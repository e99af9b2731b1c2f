"""Where Dagster is and who asks.

The target is one unit: the highest level that names one decides, and credentials of lower levels never travel to it.
"""

from dagster_ops_cli.settings.load import load_settings
from dagster_ops_cli.settings.target import DEFAULT_TIMEOUT, DEFAULT_URL, Settings

__all__ = ["DEFAULT_TIMEOUT", "DEFAULT_URL", "Settings", "load_settings"]
