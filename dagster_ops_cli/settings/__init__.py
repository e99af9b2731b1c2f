"""The address of Dagster, and the credentials for it.

The strongest source that names a target decides on it, and credentials of weaker sources are never sent to that target.
"""

from dagster_ops_cli.settings.load import load_settings
from dagster_ops_cli.settings.target import DEFAULT_TIMEOUT, DEFAULT_URL, Settings

__all__ = ["DEFAULT_TIMEOUT", "DEFAULT_URL", "Settings", "load_settings"]
