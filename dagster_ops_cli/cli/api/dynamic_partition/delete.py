"""`ops api dynamic-partition delete`."""

from typing import Any

import click

from dagster_ops_cli.cli.api.dynamic_partition.keys import change_keys, change_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, yes_option
from dagster_ops_cli.cli.streams import OutcomeCommand


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops dynamic-partition delete customers acme --dry-run",
        "ops dynamic-partition delete customers acme globex --yes",
    ),
)
@change_options
@yes_option
@connection_options
@click.pass_context
def delete(ctx: click.Context, /, ops: Ops, **options: Any) -> None:
    """Delete keys from a dynamic partitions definition.

    Materializations are kept, and are shown again if a key is added again. Pass - to read the keys from standard
    input, one per line.
    """
    change_keys(ctx, ops, "delete", **options)
