"""`ops api sensor list`."""

from dagster_ops_cli.cli.api.automation.list import list_command
from dagster_ops_cli.schemas.enums import SENSOR

list_sensors = list_command("List sensors with their last ticks.", SENSOR)
