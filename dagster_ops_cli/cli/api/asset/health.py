"""`ops api asset health`."""

from collections.abc import Sequence
from functools import partial

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, Command, option
from dagster_ops_cli.cli.options import connection_options, list_output_options, show_page
from dagster_ops_cli.cli.params import NonEmptyText, completes, with_stdin
from dagster_ops_cli.formatters.asset import format_health


@click.command(
    cls=Command,
    examples=("ops asset health", "ops asset health marts/daily --json", "ops asset health --selection group:sales"),
)
@click.argument(
    "asset_keys",
    type=NonEmptyText(),
    nargs=-1,
    callback=with_stdin,
    metavar="[KEY... | -]",
    shell_complete=completes("asset"),
)
@option("--selection", heading=FILTERS, type=NonEmptyText(), metavar="TEXT", help="Only assets of this selection")
@option("--unhealthy", "only_unhealthy", heading=FILTERS, is_flag=True, help="Only assets that are unhealthy")
@list_output_options("Page[asset.health.AssetHealth]")
@connection_options
@click.pass_context
def health(
    ctx: click.Context,
    ops: Ops,
    asset_keys: Sequence[str],
    selection: str | None,
    only_unhealthy: bool,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """Check whether assets are healthy.

    The status is the worst of the latest materialization, the checks and the freshness. The exit code is 1 if an asset
    is unhealthy; warnings and assets that were never materialized do not change it.
    """
    from dagster_ops_cli.schemas.asset.health import UNHEALTHY, AssetHealth
    from dagster_ops_cli.schemas.page import Page

    found = ops.assets.check(asset_keys, selection, partial(ops.warn_of_broken, nouns="assets"))
    unhealthy = [each for each in found if each.status == UNHEALTHY]
    page = Page[AssetHealth](items=unhealthy if only_unhealthy else list(found))
    show_page(ctx, ops, page, as_json, as_jsonl, partial(format_health, unhealthy=only_unhealthy))
    ctx.exit(1 if unhealthy else 0)
