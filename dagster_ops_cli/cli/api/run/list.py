"""`ops api run list`."""

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from dagster_ops_cli import times
from dagster_ops_cli.cli.api.run.filter import run_filter_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, Command, option
from dagster_ops_cli.cli.options import connection_options, exclusive, list_output_options, note_more, page_options
from dagster_ops_cli.cli.params import Duration
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.run import format_runs
from dagster_ops_cli.schemas.enums import PASSING_RUN_STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.run import RunRow
    from dagster_ops_cli.schemas.run.filter import RunFilter


# Runs that have been starting, canceling or queued for more seconds than this are stuck.
_OLDER_THAN = 600.0


@click.command(
    "list",
    cls=Command,
    examples=(
        "ops run list --status FAILURE --created-after 24h",
        "ops run list --job ingestion_job --location luchtmeetnet --limit 10",
        "ops run list --stuck --older-than 15m",
    ),
)
@run_filter_options
@option(
    "--stuck",
    heading=FILTERS,
    is_flag=True,
    help="Only runs that have been queued, starting or canceling for longer than --older-than",
)
@option(
    "--older-than",
    heading=FILTERS,
    type=Duration(),
    help="With --stuck: how long without a change  [default: 10m]",
)
@page_options(default=50)
@list_output_options("Page[run.RunRow]")
@connection_options
@click.pass_context
def list_runs(
    ctx: click.Context,
    ops: Ops,
    run_filter: "RunFilter",
    stuck: bool,
    older_than: float | None,
    limit: int | None,
    cursor: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """List runs, newest first.

    Dagster cannot filter by location or duration, so ops does: it reads as many runs as it takes to find enough.
    """
    run_filter = _only_stuck(run_filter, stuck, older_than)
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


def _only_stuck(run_filter: "RunFilter", stuck: bool, older_than: float | None) -> "RunFilter":
    if not stuck:
        if older_than is not None:
            raise InvalidRequestError("--older-than needs --stuck")
        return run_filter
    exclusive(stuck=stuck, status=run_filter.statuses, updated_before=run_filter.updated_before)
    before = times.now() - timedelta(seconds=older_than or _OLDER_THAN)
    return run_filter.model_copy(update={"statuses": list(PASSING_RUN_STATUSES), "updated_before": before})


def _remember(pages: "Iterator[Page[RunRow]]", last: "deque[Page[RunRow]]") -> "Iterator[Page[RunRow]]":
    """Pass pages on and keep the last one: its cursor tells where to continue."""
    for page in pages:
        last.append(page)
        yield page
