"""`ops api asset list`."""

from collections.abc import Sequence

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import command_line, connection_options, exclusive, json_option, place_options
from dagster_ops_cli.cli.params import NonEmptyText, Tag
from dagster_ops_cli.cli.tags import tags_of
from dagster_ops_cli.formatters.asset import format_assets

DEFAULT_LIMIT = 100


@click.command("list")
@click.option("--selection", type=NonEmptyText(), metavar="TEXT", help="Only assets of this selection.")
@click.option(
    "--prefix", type=NonEmptyText(), metavar="KEY", help="Only keys that begin with these parts: marts/daily."
)
@click.option("--group", "groups", metavar="NAME", multiple=True, help="Only assets of this group. Repeatable.")
@click.option("--kind", "kinds", metavar="NAME", multiple=True, help="Only assets of this kind. Repeatable.")
@click.option("--owner", "owners", metavar="NAME", multiple=True, help="Only assets of this owner. Repeatable.")
@click.option("--tag", "tags", type=Tag(), multiple=True, help="Only assets that have this tag. Repeatable.")
@place_options
@click.option("--limit", type=click.IntRange(min=1), help=f"Maximum number of results.  [default: {DEFAULT_LIMIT}]")
@click.option("--all", "everything", is_flag=True, help="List every asset.")
@click.option("--cursor", metavar="CURSOR", help="Continue from this cursor.")
@json_option
@click.option("--jsonl", "as_jsonl", is_flag=True, help="One JSON object a line.")
@connection_options
@click.pass_context
def list_assets(
    ctx: click.Context,
    ops: Ops,
    selection: str | None,
    prefix: str | None,
    groups: Sequence[str],
    kinds: Sequence[str],
    owners: Sequence[str],
    tags: Sequence[str],
    location_name: str | None,
    repository_name: str | None,
    limit: int | None,
    everything: bool,
    cursor: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    r"""List the assets of all code locations, in the order of their keys.

    --selection takes Dagster's selection syntax: key:"marts/*"+, group:sales and not kind:dbt, tag:"team"="air".

    \b
    Examples:
      ops asset list --group sales
      ops asset list --selection 'key:"raw/orders"+' --all --jsonl
    """
    exclusive(limit=limit, all=everything)
    exclusive(as_json=as_json, as_jsonl=as_jsonl)
    from dagster_ops_cli.schemas.asset.definition import AssetFilter

    wanted = AssetFilter(
        selection=selection,
        prefix=prefix,
        groups=list(groups),
        kinds=list(kinds),
        owners=list(owners),
        tags=tags_of(tags),
        repository_name=repository_name,
        location_name=location_name,
    )
    page = ops.assets.list(wanted, None if everything else limit or DEFAULT_LIMIT, cursor)
    for location in page.broken:
        ops.note(f"{location.name} does not load, its assets are not in the list: {location.error}")
    if as_jsonl:
        ops.show_jsonl(page.items)
    else:
        ops.show(page, None if as_json else format_assets)
    if page.cursor:
        ops.note(f"More: {command_line(ctx, cursor=page.cursor)}")
