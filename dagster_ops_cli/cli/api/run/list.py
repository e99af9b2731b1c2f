"""`ops api run list`."""

from collections import deque
from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.api.run.filter import run_filter_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, list_output_options, note_more, page_options
from dagster_ops_cli.formatters.run import format_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.run import RunRow
    from dagster_ops_cli.schemas.run.filter import RunFilter


@click.command(
    "list",
    cls=Command,
    examples=(
        "ops run list --status FAILURE --created-after 24h",
        "ops run list --job ingestion_job --location luchtmeetnet --limit 10",
        "ops run list --status STARTED --longer-than 2h --jsonl",
    ),
)
@run_filter_options
@page_options(default=50)
@list_output_options
@connection_options
@click.pass_context
def list_runs(
    ctx: click.Context,
    ops: Ops,
    run_filter: "RunFilter",
    limit: int | None,
    cursor: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """List runs, newest first.

    Dagster cannot filter by location or duration, so ops does: it reads as many runs as it takes to find enough.
    """
    if as_json:
        ops.show(ops.runs.list(run_filter, limit, cursor), to_text=None)
        return
    last: deque[Page[RunRow]] = deque(maxlen=1)
    streamed = limit is None
    pages = ops.runs.stream if streamed or as_jsonl else lambda *wanted: iter([ops.runs.list(*wanted)])
    remembered = _remember(pages(run_filter, limit, cursor), last)
    if as_jsonl:
        for page in remembered:
            ops.show_jsonl(page.items)
    else:
        for lines in format_runs(remembered, streamed):
            ops.write([lines])
    note_more(ctx, ops, last[0].cursor)


def _remember(pages: "Iterator[Page[RunRow]]", last: "deque[Page[RunRow]]") -> "Iterator[Page[RunRow]]":
    """Pass pages on and keep the last one: its cursor tells where to continue."""
    for page in pages:
        last.append(page)
        yield page
