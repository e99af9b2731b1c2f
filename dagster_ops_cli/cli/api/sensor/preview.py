"""`ops api sensor preview`."""

from dagster_ops_cli.cli.api.automation.preview import preview_command
from dagster_ops_cli.cli.help import TARGET, option
from dagster_ops_cli.schemas.enums import SENSOR

preview = preview_command(
    SENSOR,
    "Show what a tick of a sensor would request.\n\n"
    "Nothing is launched and the cursor stays, but the code of the sensor runs. The exit code is 1 if it fails.",
    option("--cursor", heading=TARGET, metavar="CURSOR", help="Cursor to begin with  [default: the sensor's own]"),
    "--cursor 2026-11-20",
)
