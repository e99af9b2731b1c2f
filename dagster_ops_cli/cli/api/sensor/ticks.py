"""`ops api sensor ticks`."""

from dagster_ops_cli.cli.api.automation.ticks import ticks_command
from dagster_ops_cli.schemas.enums import SENSOR

ticks = ticks_command(SENSOR)
