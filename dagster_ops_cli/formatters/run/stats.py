"""Statistics of runs as text."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import At, Column, Part, Phrase, Sheet, Table, sheet
from dagster_ops_cli.formatters.text import cell
from dagster_ops_cli.times import format_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_ops_cli.schemas.run.stats import RunStatistics

_BAR_WIDTH = 40
# More errors than these, each with a text of its own, are only counted.
_MOST_ERRORS = 10
_BAR = "\u2588"
_ERROR_COLUMNS = (
    Column("FAILURES", 8, "number", priority=8),
    Column("ERROR", 30, priority=9),
    Column("RUN", 36, "id", priority=7),
)


def format_run_stats(stats: "RunStatistics", bars: bool) -> Sheet:
    """Return the counts by status, the failures and the durations; with ``bars`` as charts."""
    blocks: list[Part] = [
        Phrase(["Runs created since ", At(stats.since, f"{stats.since:%Y-%m-%dT%H:%M:%SZ}"), f": {stats.total}"])
    ]
    if stats.statuses:
        blocks.append(_chart("STATUS", list(stats.statuses.items()), bars))
    if stats.failures_by_job:
        blocks.append(_chart("FAILURES BY JOB", [(each.job_name, each.count) for each in stats.failures_by_job], bars))
    if stats.failures_by_error:
        blocks.append(_errors(stats))
        if notes := _notes(stats):
            blocks.append("\n".join(notes))
    if stats.duration.median is not None and stats.duration.p95 is not None:
        took = f"median {format_duration(stats.duration.median)}, 95th percentile {format_duration(stats.duration.p95)}"
        blocks.append(f"Duration of {stats.duration.count} runs: {took}")
    return sheet(part for number, block in enumerate(blocks) for part in (["", block] if number else [block]))


def _chart(title: str, counts: "Sequence[tuple[str, int]]", bars: bool) -> str:
    names = [cell(name) for name, _ in counts]
    width = max(len(name) for name in names)
    digits = max(len(str(count)) for _, count in counts)
    most = max(count for _, count in counts)
    lines = [title]
    for name, (_, count) in zip(names, counts, strict=True):
        # At least one block, so that no bar is empty.
        bar = f" {_BAR * max(1, round(count / most * _BAR_WIDTH))}" if bars else ""
        lines.append(f"{name.ljust(width)} {count:>{digits}}{bar}")
    return "\n".join(lines)


def _errors(stats: "RunStatistics") -> Table:
    shown = stats.failures_by_error[:_MOST_ERRORS]
    rows = [(each.count, each.error or "no error in the log", each.run_id) for each in shown]
    return Table(_ERROR_COLUMNS, rows, rule=False)


def _notes(stats: "RunStatistics") -> list[str]:
    lines = []
    left = len(stats.failures_by_error) - _MOST_ERRORS
    if left > 0:
        lines.append(f"and {left:,} other error{'' if left == 1 else 's'}; --json has all")
    failures = stats.statuses.get("FAILURE", 0)
    if stats.failures_read < failures:
        lines.append(f"These are the errors of the latest {stats.failures_read:,} of {failures:,} failures.")
    return lines
