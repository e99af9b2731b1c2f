"""`ops api schedule stop`."""

import click

from dagster_ops_cli.cli.api.automation.change import Choice, automation_choice_options, change
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.schemas.enums import SCHEDULE


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops schedule stop nightly_schedule",
        "ops schedule stop --location etl --dry-run",
        "ops schedule stop --all --yes",
    ),
)
@automation_choice_options(SCHEDULE)
@connection_options
@click.pass_context
def stop(ctx: click.Context, ops: Ops, choice: Choice) -> None:
    """Stop schedules, by name or by a filter.

    Runs that they launched go on. If one of the names can't be found, nothing is changed. Every result is read back;
    the exit code is 1 if one of them has another status.
    """
    change(ctx, ops, choice, SCHEDULE, "stop")
