"""`ops api schedule reset`."""

import click

from dagster_ops_cli.cli.api.automation.change import Choice, automation_choice_options, change
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.schemas.enums import SCHEDULE


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops schedule reset nightly_schedule",
        "ops schedule reset --location etl --dry-run",
        "ops schedule reset --all --yes",
    ),
)
@automation_choice_options(SCHEDULE)
@connection_options
@click.pass_context
def reset(ctx: click.Context, ops: Ops, choice: Choice) -> None:
    """Give schedules the status that their code declares.

    If one of the names can't be found, nothing is changed. Every result is read back; the exit code is 1 if one of
    them has another status.
    """
    change(ctx, ops, choice, SCHEDULE, "reset")
