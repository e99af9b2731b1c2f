"""`ops api dynamic-partition delete`."""

from collections.abc import Sequence

import click

from dagster_ops_cli.cli.api.dynamic_partition.keys import change_keys, keys_argument
from dagster_ops_cli.cli.confirm import confirm, require_answer, server_fact
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, dry_run_option, json_option, place_options, yes_option
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.formatters.dynamic_partition import format_dynamic_partition_results


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops dynamic-partition delete customers acme --dry-run",
        "ops dynamic-partition delete customers acme globex --yes",
    ),
)
@click.argument("definition", type=NonEmptyText())
@keys_argument
@place_options
@dry_run_option
@yes_option
@json_option
@connection_options
@click.pass_context
def delete(
    ctx: click.Context,
    ops: Ops,
    definition: str,
    keys: Sequence[str],
    location_name: str | None,
    repository_name: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Delete keys from a dynamic partitions definition.

    Materializations are kept, and are shown again if a key is added again. With -, one key a line is read
    from standard input.
    """
    require_answer(yes or dry_run)
    place = (repository_name, location_name)
    plan = ops.dynamic_partitions.plan(definition, keys, *place)
    found = [each.key for each in plan if each.result == "exists"]
    if dry_run:
        from dagster_ops_cli.schemas.dynamic_partition import DynamicPartitionResult
        from dagster_ops_cli.schemas.page import Page

        ops.show(Page[DynamicPartitionResult](items=plan), None if as_json else format_dynamic_partition_results)
        return
    if found:
        count = f"{len(found):,} key{'' if len(found) == 1 else 's'}"
        confirm(ctx, f"Delete {count} from {definition}?", yes, [server_fact(ops)], found)
    change_keys(ctx, ops, ops.dynamic_partitions.delete(definition, keys, *place), len(plan), as_json)
