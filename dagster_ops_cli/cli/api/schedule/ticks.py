"""`ops api schedule ticks`."""

from dagster_ops_cli.cli.api.automation.ticks import ticks_command
from dagster_ops_cli.schemas.enums import SCHEDULE

ticks = ticks_command(SCHEDULE)
