"""Progress of what is waited for: a live view on a terminal, a line per change in a pipe; always on stderr."""

import sys
from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.backfill import format_counts
from dagster_ops_cli.formatters.run_result import format_change, format_watched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.progress import Progress, TaskID

    from dagster_ops_cli.cli.context import Ops
    from dagster_ops_cli.schemas.backfill import Backfill
    from dagster_ops_cli.schemas.run_result import RunResult, WatchedRun

# A view of the steps costs the server a file per run, and the terminal a line per step.
MOST_RUNS_WITH_STEPS = 5


def is_live(ops: "Ops") -> bool:
    """Tell whether somebody looks on who can be shown a picture that changes."""
    return not ops.quiet and sys.stderr.isatty()


def shows_steps(ops: "Ops", run_ids: "Sequence[str]") -> bool:
    """Tell whether the steps of these runs will be shown."""
    return is_live(ops) and len(run_ids) <= MOST_RUNS_WITH_STEPS


def show_runs(ops: "Ops", polls: "Iterable[Sequence[WatchedRun]]") -> "Iterator[Sequence[WatchedRun]]":
    """Pass polls on, and show how the runs come along."""
    if ops.quiet:
        yield from polls
    elif is_live(ops):
        yield from _live(polls)
    else:
        told: dict[str, str] = {}
        for watched in polls:
            for each in watched:
                if (line := format_change(each)) != told.get(each.id):
                    ops.note(line)
                    told[each.id] = line
            yield watched


def show_backfill(ops: "Ops", polls: "Iterable[Backfill]") -> "Iterator[Backfill]":
    """Pass looks at a backfill on, and show its partitions by status: a bar each, or a line per change."""
    if is_live(ops):
        yield from _backfill_bars(polls)
        return
    told = ""
    for backfill in polls:
        line = f"{backfill.state}: {format_counts(backfill.counts)}"
        if line != told:
            ops.note(line)
            told = line
        yield backfill


def _backfill_bars(polls: "Iterable[Backfill]") -> "Iterator[Backfill]":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bars: dict[str, TaskID] = {}
        for backfill in polls:
            for status in sorted({*bars, *backfill.counts}):
                if status not in bars:
                    bars[status] = progress.add_task(status)
                progress.update(bars[status], total=backfill.total, completed=backfill.counts.get(status, 0))
            yield backfill


def show_batches(ops: "Ops", results: "Iterable[Sequence[RunResult]]", total: int) -> "Iterator[Sequence[RunResult]]":
    """Pass results on, batch by batch, and show how many of all there are."""
    if not is_live(ops):
        yield from results
        return
    with _bar() as bar:
        task = bar.add_task("", total=total)
        failed = 0
        for batch in results:
            failed += sum(not each.done for each in batch)
            bar.update(task, advance=len(batch), description=f"{failed} not done" if failed else "")
            yield batch


def _live(polls: "Iterable[Sequence[WatchedRun]]") -> "Iterator[Sequence[WatchedRun]]":
    from rich.console import Console, Group
    from rich.live import Live
    from rich.text import Text

    bar = _bar()
    task = bar.add_task("")
    console = Console(stderr=True)
    with Live(console=console, auto_refresh=False, transient=True) as live:
        for watched in polls:
            ended = sum(each.has_ended for each in watched)
            bar.update(task, total=len(watched), completed=ended, description=_counts(watched))
            lines = []
            if len(watched) <= MOST_RUNS_WITH_STEPS:
                now = datetime.now(timezone.utc)
                lines = [line for each in watched for line in format_watched(each, now)]
            # What does not fit is left out from the top: the last steps are those that run.
            room = max(1, console.height - 2)
            shown = [Text(line, no_wrap=True, overflow="ellipsis") for line in lines[-room:]]
            live.update(Group(*shown, bar), refresh=True)
            yield watched


def _bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    return Progress(*columns, console=Console(stderr=True))


def _counts(watched: "Sequence[WatchedRun]") -> str:
    counts = Counter(each.run.status if each.run else "unknown" for each in watched)
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
