"""Runs as text."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import Column, Facts, Link, Part, Table, Value, facts, footer
from dagster_ops_cli.times import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.run import Run, RunRow
    from dagster_ops_cli.schemas.run.why import RunExplanation

_COLUMNS = (
    Column("ID", 36, "id", priority=9),
    Column("STATUS", 10, "status", priority=8),
    Column("JOB", 25, priority=7),
    Column("PARTITION", 20, priority=5),
    Column("CREATED", 19, "age", priority=6),
    Column("DURATION", 9, priority=4),
)


def format_run(run: "Run", cause: str | None = None) -> Facts:
    """Return a run, one line for each fact; absent ones are left out. ``cause`` is the error that it failed with."""
    return facts(
        ("Run ID", Link(run.id, run.url)),
        ("Status", run.status, "status"),
        ("Created", run.created_at),
        ("Started", run.started_at),
        ("Ended", run.ended_at),
        ("Pipeline", run.pipeline_name),
        ("Mode", run.mode),
        ("Partition", run.partition),
        ("Location", run.location_name),
        ("Duration", format_run_duration(run)),
        ("URL", Link(run.url, run.url)),
        ("Cause", cause),
    )


def format_run_duration(run: "Run | RunRow | RunExplanation") -> str | None:
    """Return a run's duration, so far if it is unfinished; None if it has not started."""
    if run.duration is None:
        return None
    return format_duration(run.duration) + (" so far" if run.ended_at is None else "")


def format_runs(pages: "Iterable[Page[RunRow]]", streamed: bool = False) -> Iterator[Part]:
    """Yield the table of runs, a part at a time.

    If the table is ``streamed``, its columns keep their minimum widths, because later rows are not known yet; otherwise
    they grow with the page.
    """
    count, has_more = 0, False
    for page in pages:
        if not page.items:
            continue
        yield replace(run_table(page.items), header=not count, streamed=streamed)
        count, has_more = count + len(page.items), page.has_more
    yield "\n" + footer("runs", count, has_more) if count else "No runs found"


def run_table(runs: "Sequence[RunRow]") -> Table:
    """Return the table of runs."""
    return Table(_COLUMNS, [_cells(run) for run in runs])


def _cells(run: "RunRow") -> Sequence[Value]:
    return (
        Link(run.id, run.url),
        run.status,
        run.job_name,
        run.partition,
        run.created_at,
        format_run_duration(run),
    )
