"""`ops api sensor start`."""

from dagster_ops_cli.cli.api.automation.change import change_command
from dagster_ops_cli.schemas.enums import SENSOR

start = change_command(
    SENSOR, "start", "Start sensors, by name or by a filter.", "Those that already run stay as they are."
)
