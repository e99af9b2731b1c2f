"""`ops api schedule reset`."""

from dagster_ops_cli.cli.api.automation.change import change_command
from dagster_ops_cli.schemas.enums import SCHEDULE

reset = change_command(SCHEDULE, "reset", "Reset schedules to the status that their code declares.")
