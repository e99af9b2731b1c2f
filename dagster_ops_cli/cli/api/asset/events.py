"""`ops api asset events`."""

from collections.abc import Sequence

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import command_line, connection_options, exclusive, json_option
from dagster_ops_cli.cli.params import Names, NonEmptyText, flatten
from dagster_ops_cli.formatters.asset import format_events

DEFAULT_LIMIT = 100
TYPES = ("MATERIALIZATION", "OBSERVATION", "FAILURE")


@click.command()
@click.argument("asset_key", type=NonEmptyText(), metavar="KEY")
@click.option(
    "--type",
    "types",
    type=Names(TYPES),
    multiple=True,
    callback=flatten,
    help="Only events of this type: materialization, observation or failure. Repeatable, or with commas.",
)
@click.option("--partition", "partitions", metavar="KEY", multiple=True, help="Only this partition. Repeatable.")
@click.option("--limit", type=click.IntRange(min=1), help=f"Maximum number of results.  [default: {DEFAULT_LIMIT}]")
@click.option("--all", "everything", is_flag=True, help="List every event.")
@click.option("--cursor", metavar="CURSOR", help="Continue from this cursor.")
@json_option
@click.option("--jsonl", "as_jsonl", is_flag=True, help="One JSON object a line.")
@connection_options
@click.pass_context
def events(
    ctx: click.Context,
    ops: Ops,
    asset_key: str,
    types: Sequence[str],
    partitions: Sequence[str],
    limit: int | None,
    everything: bool,
    cursor: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    r"""List the materializations and observations of an asset with their metadata, newest first.

    \b
    Examples:
      ops asset events marts/daily --limit 10
      ops asset events marts/daily --partition 2024-01-01 --type materialization --json
    """
    exclusive(limit=limit, all=everything)
    exclusive(as_json=as_json, as_jsonl=as_jsonl)
    from dagster_ops_cli.schemas.asset.detail import AssetEvent
    from dagster_ops_cli.schemas.page import Page

    most = None if everything else limit or DEFAULT_LIMIT
    items: list[AssetEvent] = []
    wanted = [each.lower() for each in types]
    behind: str | None = None
    for page in ops.assets.stream_events(asset_key, wanted, partitions, most, cursor):
        behind = page.cursor
        if as_jsonl:
            ops.show_jsonl(page.items)
        else:
            items += page.items
    if not as_jsonl:
        whole = Page[AssetEvent](items=items, cursor=behind, has_more=behind is not None)
        ops.show(whole, None if as_json else format_events)
    if behind:
        ops.note(f"More: {command_line(ctx, cursor=behind)}")
