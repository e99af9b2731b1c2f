"""`ops api sensor get`."""

from dagster_ops_cli.cli.api.automation.get import get_command
from dagster_ops_cli.schemas.enums import SENSOR

get = get_command(SENSOR, "Show a sensor with its cursor and last ticks.")
