"""`ops api asset-check list`."""

from collections.abc import Sequence

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, Command, option
from dagster_ops_cli.cli.options import connection_options, list_output_options, page_options, place_options, show_page
from dagster_ops_cli.cli.params import Names, NonEmptyText, completes, flatten, with_stdin
from dagster_ops_cli.formatters.asset_check import format_checks

STATUSES = ("SUCCEEDED", "FAILED", "EXECUTION_FAILED", "SKIPPED", "IN_PROGRESS", "NO_RESULT")


@click.command(
    "list",
    cls=Command,
    examples=("ops asset-check list --failing", "ops asset-check list marts/daily --json"),
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
@option(
    "--status",
    "statuses",
    heading=FILTERS,
    type=Names(STATUSES),
    multiple=True,
    callback=flatten,
    help="Only succeeded, failed, execution_failed, skipped, in_progress or no_result; repeatable or comma-separated",
)
@option("--failing", "only_bad", heading=FILTERS, is_flag=True, help="Only failures of severity ERROR, and crashes")
@place_options
@page_options(default=100)
@list_output_options("Page[asset_check.AssetCheck]")
@connection_options
@click.pass_context
def list_checks(
    ctx: click.Context,
    ops: Ops,
    asset_keys: Sequence[str],
    selection: str | None,
    statuses: Sequence[str],
    only_bad: bool,
    location_name: str | None,
    repository_name: str | None,
    limit: int | None,
    cursor: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """List asset checks with their latest results.

    Without KEY or --selection, list the checks of all assets.
    """
    place = (repository_name, location_name)
    page = ops.asset_checks.list(asset_keys, selection, statuses, only_bad, *place, limit, cursor)
    for location in page.broken:
        ops.warn_of_broken(location, "checks")
    show_page(ctx, ops, page, as_json, as_jsonl, format_checks)
