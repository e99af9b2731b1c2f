"""`ops doctor`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, json_option
from dagster_ops_cli.formatters.doctor import format_diagnosis


@click.command(
    cls=Command,
    examples=(
        "ops doctor",
        "ops doctor --url https://dagster.example.com --json",
        "ops doctor --quiet --timeout 10s",
    ),
)
@json_option("doctor.Diagnosis")
@connection_options
@click.pass_context
def doctor(ctx: click.Context, ops: Ops, as_json: bool) -> None:
    """Check your connection and Dagster's health.

    Checks settings, network, server version and speed, daemons, code locations, permissions, clocks, and which commands
    of ops the server supports. The exit code is 1 if a check fails; a missing permission is a failed check.

    With --quiet, only the exit code tells the result: nothing is printed, except with --json.
    """
    diagnosis = ops.doctor.get()
    if as_json or not ops.quiet:
        ops.show(diagnosis, None if as_json else format_diagnosis)
    ctx.exit(0 if diagnosis.healthy else 1)
