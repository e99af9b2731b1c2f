"""`ops api dynamic-partition add`."""

from typing import Any

import click

from dagster_ops_cli.cli.api.dynamic_partition.keys import change_keys, change_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options
from dagster_ops_cli.cli.streams import OutcomeCommand


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops dynamic-partition add customers acme globex",
        "ops dynamic-partition add customers acme --dry-run",
    ),
)
@change_options
@connection_options
@click.pass_context
def add(ctx: click.Context, /, ops: Ops, **options: Any) -> None:
    """Add keys to a dynamic partitions definition.

    Keys that exist already are left as they are. Pass - to read the keys from standard input, one per line. If the
    command is interrupted, run it again: only missing keys are added.
    """
    change_keys(ctx, ops, "add", yes=True, **options)
