"""`ops api schedule stop`."""

from dagster_ops_cli.cli.api.automation.change import change_command
from dagster_ops_cli.schemas.enums import SCHEDULE

stop = change_command(SCHEDULE, "stop", "Stop schedules, by name or by a filter.", "Runs that they launched continue.")
