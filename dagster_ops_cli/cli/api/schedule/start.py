"""`ops api schedule start`."""

from dagster_ops_cli.cli.api.automation.change import change_command
from dagster_ops_cli.schemas.enums import SCHEDULE

start = change_command(
    SCHEDULE, "start", "Start schedules, by name or by a filter.", "Those that already run stay as they are."
)
