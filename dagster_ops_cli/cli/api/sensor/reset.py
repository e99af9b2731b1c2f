"""`ops api sensor reset`."""

from dagster_ops_cli.cli.api.automation.change import change_command
from dagster_ops_cli.schemas.enums import SENSOR

reset = change_command(SENSOR, "reset", "Reset sensors to the status that their code declares.", "The cursor stays.")
