"""`ops api dynamic-partition list`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import command_line, connection_options, exclusive, json_option, place_options
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.dynamic_partition import format_dynamic_definitions, format_dynamic_partitions

DEFAULT_LIMIT = 100


@click.command("list")
@click.argument("definition", type=NonEmptyText(), required=False)
@click.option("--prefix", metavar="TEXT", help="Only keys that begin with TEXT.")
@place_options
@click.option("--limit", type=click.IntRange(min=1), help=f"Maximum number of results.  [default: {DEFAULT_LIMIT}]")
@click.option("--all", "everything", is_flag=True, help="List every key.")
@click.option("--cursor", metavar="CURSOR", help="Continue from this cursor.")
@json_option
@click.option("--jsonl", "as_jsonl", is_flag=True, help="One JSON object a line.")
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
    everything: bool,
    cursor: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    r"""List the keys of a dynamic partitions definition, in the order in which they were added.

    Without DEFINITION, list the definitions that assets use. Dagster keeps one set of keys for each name of a
    definition: code locations that use the same name share the keys.

    \b
    Examples:
      ops dynamic-partition list
      ops dynamic-partition list customers --all --jsonl
    """
    exclusive(limit=limit, all=everything)
    exclusive(as_json=as_json, as_jsonl=as_jsonl)
    if definition is None:
        if limit or cursor or prefix:
            raise InvalidRequestError("--limit, --cursor and --prefix go with a DEFINITION")
        definitions = ops.dynamic_partitions.list_definitions(repository_name, location_name)
        if as_jsonl:
            ops.show_jsonl(definitions.items)
        else:
            ops.show(definitions, None if as_json else format_dynamic_definitions)
        return
    most = None if everything else limit or DEFAULT_LIMIT
    page = ops.dynamic_partitions.list(definition, repository_name, location_name, most, cursor, prefix or "")
    if as_jsonl:
        ops.show_jsonl(page.items)
    else:
        ops.show(page, None if as_json else format_dynamic_partitions)
    if page.cursor:
        ops.note(f"More: {command_line(ctx, cursor=page.cursor)}")
