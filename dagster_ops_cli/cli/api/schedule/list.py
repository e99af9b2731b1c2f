"""`ops api schedule list`."""

from dagster_ops_cli.cli.api.automation.list import list_command
from dagster_ops_cli.schemas.enums import SCHEDULE

list_schedules = list_command("List schedules with their next and last ticks.", SCHEDULE)
