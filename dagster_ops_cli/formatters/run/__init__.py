"""Runs as text."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.text import cell, detail, fit, footer, row
from dagster_ops_cli.times import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.run import Run, RunRow
    from dagster_ops_cli.schemas.run.why import RunExplanation

_HEADER = ("ID", "STATUS", "JOB", "PARTITION", "CREATED", "DURATION")
_WIDTHS = (36, 10, 25, 20, 19, 9)


def format_run(run: "Run", cause: str | None = None) -> str:
    """Return a run, one line for each fact; absent ones are left out. ``cause`` is the error that it failed with."""
    shown = run.model_dump(mode="json", include={"created_at", "started_at", "ended_at"})
    return detail(
        [
            ("Run ID", run.id),
            ("Status", run.status),
            ("Created", shown["created_at"]),
            ("Started", shown["started_at"]),
            ("Ended", shown["ended_at"]),
            ("Pipeline", run.pipeline_name),
            ("Mode", run.mode),
            ("Partition", run.partition),
            ("Location", run.location_name),
            ("Duration", format_run_duration(run)),
            ("URL", run.url),
            ("Cause", cause),
        ]
    )


def format_run_duration(run: "Run | RunRow | RunExplanation") -> str | None:
    """Return a run's duration, so far if it is unfinished; None if it has not started."""
    if run.duration is None:
        return None
    return format_duration(run.duration) + (" so far" if run.ended_at is None else "")


def format_runs(pages: "Iterable[Page[RunRow]]", streamed: bool = False) -> Iterator[str]:
    """Yield the table of runs, one or more lines at a time.

    If the table is ``streamed``, its columns keep their minimum widths, because later rows are not known yet; otherwise
    they grow with the page.
    """
    count, has_more = 0, False
    for page in pages:
        if not page.items:
            continue
        rows = [_cells(run) for run in page.items]
        widths = _WIDTHS if streamed else fit([_HEADER, *rows], _WIDTHS)
        if not count:
            yield row(_HEADER, widths)
            yield "-" * (sum(widths) + len(widths) - 1)
        yield "\n".join(row(cells, widths) for cells in rows)
        count, has_more = count + len(rows), page.has_more
    yield "\n" + footer("runs", count, has_more) if count else "No runs found"


def _cells(run: "RunRow") -> Sequence[str]:
    return (
        cell(run.id),
        cell(run.status),
        cell(run.job_name),
        cell(run.partition or ""),
        run.created_at.strftime("%Y-%m-%dT%H:%M:%S") if run.created_at else "",
        format_run_duration(run) or "",
    )
