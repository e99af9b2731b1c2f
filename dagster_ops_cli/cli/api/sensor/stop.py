"""`ops api sensor stop`."""

import click

from dagster_ops_cli.cli.api.automation.change import Choice, automation_choice_options, change
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.schemas.enums import SENSOR


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops sensor stop upload_sensor",
        "ops sensor stop --location etl --dry-run",
        "ops sensor stop --all --yes",
    ),
)
@automation_choice_options(SENSOR)
@connection_options
@click.pass_context
def stop(ctx: click.Context, ops: Ops, choice: Choice) -> None:
    """Stop sensors, by name or by a filter.

    Runs that they launched go on. The cursor stays. If one of the names can't be found, nothing is changed. Every
    result is read back; the exit code is 1 if one of them has another status.
    """
    change(ctx, ops, choice, SENSOR, "stop")
