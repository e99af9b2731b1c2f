"""`ops api schedule start`."""

import click

from dagster_ops_cli.cli.api.automation.change import Choice, automation_choice_options, change
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.schemas.enums import SCHEDULE


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops schedule start nightly_schedule",
        "ops schedule start --location etl --dry-run",
        "ops schedule start --all --yes",
    ),
)
@automation_choice_options(SCHEDULE)
@connection_options
@click.pass_context
def start(ctx: click.Context, ops: Ops, choice: Choice) -> None:
    """Start schedules, by name or by a filter.

    What runs already stays as it is. If one of the names can't be found, nothing is changed. Every result is read
    back; the exit code is 1 if one of them has another status.
    """
    change(ctx, ops, choice, SCHEDULE, "start")
