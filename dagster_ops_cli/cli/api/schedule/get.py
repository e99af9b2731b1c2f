"""`ops api schedule get`."""

from dagster_ops_cli.cli.api.automation.get import get_command
from dagster_ops_cli.schemas.enums import SCHEDULE

get = get_command(SCHEDULE, "Show a schedule with its next and last ticks.")
