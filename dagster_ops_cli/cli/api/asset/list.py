"""`ops api asset list`."""

from collections.abc import Sequence

import click

from dagster_ops_cli.cli.arguments.tags import tags_of
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, Command, option
from dagster_ops_cli.cli.options import connection_options, list_output_options, page_options, place_options, show_page
from dagster_ops_cli.cli.params import NonEmptyText, Tag
from dagster_ops_cli.formatters.asset import format_assets


@click.command(
    "list",
    cls=Command,
    examples=(
        "ops asset list --group sales",
        """ops asset list --selection 'key:"raw/orders"+' --all --jsonl""",
    ),
)
@option("--selection", heading=FILTERS, type=NonEmptyText(), metavar="TEXT", help="Only assets of this selection")
@option("--prefix", heading=FILTERS, type=NonEmptyText(), metavar="KEY", help="Only keys that begin with these parts")
@option(
    "--group",
    "groups",
    heading=FILTERS,
    type=NonEmptyText(),
    metavar="NAME",
    multiple=True,
    help="Only this group; repeatable",
)
@option(
    "--kind",
    "kinds",
    heading=FILTERS,
    type=NonEmptyText(),
    metavar="NAME",
    multiple=True,
    help="Only this kind; repeatable",
)
@option(
    "--owner",
    "owners",
    heading=FILTERS,
    type=NonEmptyText(),
    metavar="NAME",
    multiple=True,
    help="Only this owner; repeatable",
)
@option("--tag", "tags", heading=FILTERS, type=Tag(), multiple=True, help="Only assets with this tag; repeatable")
@place_options
@page_options(default=100)
@list_output_options("Page[asset.definition.AssetRow]")
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
    cursor: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """List the assets of all code locations.

    --selection takes Dagster's selection syntax, such as key:"marts/*"+ or group:sales and not kind:dbt.
    """
    from dagster_ops_cli.api.early import ask_for_assets

    ask_for_assets(ops.client)
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
    page = ops.assets.list(wanted, limit, cursor)
    for location in page.broken:
        ops.warn_of_broken(location, "assets")
    show_page(ctx, ops, page, as_json, as_jsonl, format_assets)
