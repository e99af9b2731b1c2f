"""`ops api sensor stop`."""

from dagster_ops_cli.cli.api.automation.change import change_command
from dagster_ops_cli.schemas.enums import SENSOR

stop = change_command(
    SENSOR, "stop", "Stop sensors, by name or by a filter.", "Runs that they launched continue. The cursor stays."
)
