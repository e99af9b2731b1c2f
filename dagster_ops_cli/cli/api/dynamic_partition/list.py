"""`ops api dynamic-partition list`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, Command, option
from dagster_ops_cli.cli.options import connection_options, list_output_options, page_options, place_options, show_page
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.dynamic_partition import format_dynamic_definitions, format_dynamic_partitions


@click.command(
    "list",
    cls=Command,
    examples=(
        "ops dynamic-partition list",
        "ops dynamic-partition list customers --all --jsonl",
    ),
)
@click.argument("definition", type=NonEmptyText(), required=False)
@option("--prefix", heading=FILTERS, type=NonEmptyText(), metavar="TEXT", help="Only keys that begin with TEXT")
@place_options
@page_options(default=100)
@list_output_options("Page[dynamic_partition.DynamicPartition]", "Page[dynamic_partition.DynamicDefinition]")
@connection_options
@click.pass_context
def list_dynamic_partitions(
    ctx: click.Context,
    ops: Ops,
    definition: str | None,
    prefix: str | None,
    location_name: str | None,
    repository_name: str | None,
    limit: int | None,
    cursor: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """List dynamic partitions definitions, or the keys of one.

    Keys are in the order in which they were added. Without DEFINITION, list the definitions that assets use. Dagster
    keeps one set of keys for each name of a definition: code locations that use the same name share the keys.
    """
    if definition is None:
        if cursor or prefix:
            raise InvalidRequestError("--cursor and --prefix need a DEFINITION")
        definitions = ops.dynamic_partitions.list_definitions(repository_name, location_name)
        show_page(ctx, ops, definitions, as_json, as_jsonl, format_dynamic_definitions)
        return
    page = ops.dynamic_partitions.list(definition, repository_name, location_name, limit, cursor, prefix or "")
    show_page(ctx, ops, page, as_json, as_jsonl, format_dynamic_partitions)
