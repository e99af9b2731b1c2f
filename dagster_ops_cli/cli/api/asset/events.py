"""`ops api asset events`."""

from collections.abc import Sequence

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, Command, option
from dagster_ops_cli.cli.options import connection_options, list_output_options, note_more, page_options
from dagster_ops_cli.cli.params import Names, NonEmptyText, completes, flatten, with_stdin
from dagster_ops_cli.formatters.asset import format_events

TYPES = ("MATERIALIZATION", "OBSERVATION", "FAILURE")


@click.command(
    cls=Command,
    examples=(
        "ops asset events marts/daily --limit 10",
        "ops asset events marts/daily --partition 2024-01-01 --json",
    ),
)
@click.argument("asset_key", type=NonEmptyText(), metavar="KEY", shell_complete=completes("asset"))
@option(
    "--type",
    "types",
    heading=FILTERS,
    type=Names(TYPES),
    multiple=True,
    callback=flatten,
    help="Only materialization, observation or failure; repeatable or comma-separated",
)
@option(
    "--partition",
    "partitions",
    heading=FILTERS,
    type=NonEmptyText(),
    metavar="KEY",
    multiple=True,
    callback=with_stdin,
    help="Only this partition; repeatable, - reads stdin",
)
@page_options(default=100)
@list_output_options("Page[asset.detail.AssetEvent]")
@connection_options
@click.pass_context
def events(
    ctx: click.Context,
    ops: Ops,
    asset_key: str,
    types: Sequence[str],
    partitions: Sequence[str],
    limit: int | None,
    cursor: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """List the events of an asset.

    These are its materializations and observations with their metadata, newest first.
    """
    from dagster_ops_cli.schemas.asset.detail import AssetEvent
    from dagster_ops_cli.schemas.page import Page

    items: list[AssetEvent] = []
    behind: str | None = None
    for page in ops.assets.stream_events(asset_key, [each.lower() for each in types], partitions, limit, cursor):
        behind = page.cursor
        if as_jsonl:
            ops.show_jsonl(page.items)
        else:
            items += page.items
    if not as_jsonl:
        whole = Page[AssetEvent](items=items, cursor=behind, has_more=behind is not None)
        ops.show(whole, None if as_json else format_events)
    if not as_json:
        note_more(ctx, ops, behind)
