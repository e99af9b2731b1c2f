"""`ops api asset-check list`."""

from collections.abc import Sequence

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import command_line, connection_options, exclusive, json_option, place_options
from dagster_ops_cli.cli.params import Names, NonEmptyText, flatten
from dagster_ops_cli.formatters.asset_check import format_checks

DEFAULT_LIMIT = 100
STATUSES = ("SUCCEEDED", "FAILED", "EXECUTION_FAILED", "SKIPPED", "IN_PROGRESS", "NO_RESULT")


@click.command("list")
@click.argument("asset_keys", type=NonEmptyText(), nargs=-1, metavar="[KEY...]")
@click.option("--selection", type=NonEmptyText(), metavar="TEXT", help="Only checks of the assets of this selection.")
@click.option(
    "--status",
    "statuses",
    type=Names(STATUSES),
    multiple=True,
    callback=flatten,
    help="Only checks whose latest result is this: succeeded, failed, execution_failed, skipped, in_progress, "
    "no_result. Repeatable, or with commas.",
)
@click.option("--failing", "only_bad", is_flag=True, help="Only checks that failed with severity ERROR, or crashed.")
@place_options
@click.option("--limit", type=click.IntRange(min=1), help=f"Maximum number of results.  [default: {DEFAULT_LIMIT}]")
@click.option("--all", "everything", is_flag=True, help="List every check.")
@click.option("--cursor", metavar="CURSOR", help="Continue from this cursor.")
@json_option
@click.option("--jsonl", "as_jsonl", is_flag=True, help="One JSON object a line.")
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
    everything: bool,
    cursor: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    r"""List the checks of all assets, or of some, with their latest results.

    \b
    Examples:
      ops asset-check list --failing
      ops asset-check list marts/daily --json
    """
    exclusive(limit=limit, all=everything)
    exclusive(as_json=as_json, as_jsonl=as_jsonl)
    most = None if everything else limit or DEFAULT_LIMIT
    page = ops.asset_checks.list(
        asset_keys, selection, statuses, only_bad, repository_name, location_name, most, cursor
    )
    if as_jsonl:
        ops.show_jsonl(page.items)
    else:
        ops.show(page, None if as_json else format_checks)
    if page.cursor:
        ops.note(f"More: {command_line(ctx, cursor=page.cursor)}")
