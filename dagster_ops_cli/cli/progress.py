"""Progress of what is waited for: a bar on a terminal, a line per change in a pipe; always on stderr."""

import sys
from collections import Counter
from typing import TYPE_CHECKING

from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dagster_ops_cli.cli.context import Ops
    from dagster_ops_cli.schemas.run import RunRow


def show_runs(ops: "Ops", polls: "Iterable[Sequence[RunRow]]") -> "Iterator[Sequence[RunRow]]":
    """Pass polls on, and show how the runs come along."""
    if ops.quiet:
        yield from polls
    elif sys.stderr.isatty():
        yield from _as_bar(polls)
    else:
        told = ""
        for runs in polls:
            if (text := _counts(runs)) != told:
                ops.note(text)
                told = text
            yield runs


def _as_bar(polls: "Iterable[Sequence[RunRow]]") -> "Iterator[Sequence[RunRow]]":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("")
        for runs in polls:
            finished = sum(run.status in FINISHED_RUN_STATUSES for run in runs)
            progress.update(task, total=len(runs), completed=finished, description=_counts(runs))
            yield runs


def _counts(runs: "Sequence[RunRow]") -> str:
    counts = Counter(run.status for run in runs)
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
