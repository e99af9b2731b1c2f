"""`ops api schedule preview`."""

from dagster_ops_cli.cli.api.automation.preview import preview_command
from dagster_ops_cli.cli.help import TARGET, option
from dagster_ops_cli.cli.params import Time
from dagster_ops_cli.schemas.enums import SCHEDULE

preview = preview_command(
    SCHEDULE,
    "Show which runs a tick of a schedule would request.\n\n"
    "Nothing is launched, but the code of the schedule runs. The exit code is 1 if it fails.",
    option("--at", heading=TARGET, type=Time(), help="Time of the tick  [default: the next one]"),
    "--at 2026-11-20T02:00:00Z",
)
