"""`ops api dynamic-partition add`."""

from collections.abc import Sequence

import click

from dagster_ops_cli.cli.api.dynamic_partition.keys import change_keys, keys_argument
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, dry_run_option, json_option, place_options
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.formatters.dynamic_partition import format_dynamic_partition_results


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops dynamic-partition add customers acme globex",
        "ops dynamic-partition add customers acme --dry-run",
    ),
)
@click.argument("definition", type=NonEmptyText())
@keys_argument
@place_options
@dry_run_option
@json_option
@connection_options
@click.pass_context
def add(
    ctx: click.Context,
    ops: Ops,
    definition: str,
    keys: Sequence[str],
    location_name: str | None,
    repository_name: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add keys to a dynamic partitions definition.

    Keys that exist already are left as they are. With -, one key a line is read from standard input. If the command
    is interrupted, run it again: only missing keys are added.
    """
    place = (repository_name, location_name)
    if dry_run:
        from dagster_ops_cli.schemas.dynamic_partition import DynamicPartitionResult
        from dagster_ops_cli.schemas.page import Page

        plan = Page[DynamicPartitionResult](items=ops.dynamic_partitions.plan(definition, keys, *place))
        ops.show(plan, None if as_json else format_dynamic_partition_results)
        return
    change_keys(ctx, ops, ops.dynamic_partitions.add(definition, keys, *place), len(set(keys)), as_json)
