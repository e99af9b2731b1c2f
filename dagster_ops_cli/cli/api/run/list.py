"""`ops api run list`."""

from collections import deque
from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.api.run.filter import run_filter_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import command_line, connection_options, exclusive, json_option
from dagster_ops_cli.cli.params import Duration, NonEmptyText
from dagster_ops_cli.formatters.run import format_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.run import RunRow
    from dagster_ops_cli.schemas.run.filter import RunFilter

DEFAULT_LIMIT = 50


@click.command("list")
@run_filter_options
@click.option(
    "--longer-than", type=Duration(), metavar="DURATION", help="Only runs that take, or took, longer than this."
)
@click.option("--limit", type=click.IntRange(min=1), help=f"How many runs to return.  [default: {DEFAULT_LIMIT}]")
@click.option("--all", "everything", is_flag=True, help="Return all of them.")
@click.option("--cursor", type=NonEmptyText(), metavar="CURSOR", help="Go on behind an earlier answer.")
@json_option
@click.option("--jsonl", "as_jsonl", is_flag=True, help="One JSON object a line, as the runs arrive.")
@connection_options
@click.pass_context
def list_runs(
    ctx: click.Context,
    ops: Ops,
    run_filter: "RunFilter",
    longer_than: float | None,
    limit: int | None,
    everything: bool,
    cursor: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """List runs, newest first."""
    exclusive(limit=limit, all=everything)
    exclusive(as_json=as_json, as_jsonl=as_jsonl)
    wanted = (run_filter, None if everything else limit or DEFAULT_LIMIT, cursor, longer_than)
    if as_json:
        ops.show(ops.runs.list(*wanted), to_text=None)
        return
    last: deque[Page[RunRow]] = deque(maxlen=1)
    pages = _remember(ops.runs.stream(*wanted) if everything or as_jsonl else iter([ops.runs.list(*wanted)]), last)
    if as_jsonl:
        for page in pages:
            ops.show_jsonl(page.items)
    else:
        for lines in format_runs(pages, streamed=everything):
            ops.write([lines])
    if last[0].cursor:
        ops.note(f"More runs: {command_line(ctx, cursor=last[0].cursor)}")


def _remember(pages: "Iterator[Page[RunRow]]", last: "deque[Page[RunRow]]") -> "Iterator[Page[RunRow]]":
    """Pass pages on, and keep the one that came last: it tells where to go on."""
    for page in pages:
        last.append(page)
        yield page
