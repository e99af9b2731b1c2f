"""Statistics of runs as text."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.text import cell, escape
from dagster_ops_cli.times import format_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_ops_cli.schemas.run.stats import RunStatistics

_BAR_WIDTH = 40
# More errors than these, each with a text of its own, are only counted.
_MOST_ERRORS = 10
_BAR = "\u2588"


def format_run_stats(stats: "RunStatistics", bars: bool) -> str:
    """Return the counts by status, the failures and the durations; with ``bars`` as charts."""
    blocks = [f"Runs created since {stats.since:%Y-%m-%dT%H:%M:%SZ}: {stats.total}"]
    if stats.statuses:
        blocks.append(_chart("STATUS", list(stats.statuses.items()), bars))
    if stats.failures_by_job:
        blocks.append(_chart("FAILURES BY JOB", [(each.job_name, each.count) for each in stats.failures_by_job], bars))
    if stats.failures_by_error:
        blocks.append("\n".join(["FAILURES BY ERROR", *_errors(stats)]))
    if stats.duration.median is not None and stats.duration.p95 is not None:
        took = f"median {format_duration(stats.duration.median)}, 95th percentile {format_duration(stats.duration.p95)}"
        blocks.append(f"Duration of {stats.duration.count} runs: {took}")
    return "\n\n".join(blocks)


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


def _errors(stats: "RunStatistics") -> list[str]:
    digits = max(len(str(each.count)) for each in stats.failures_by_error)
    lines = [
        f"{each.count:>{digits}} {escape(each.error or 'no error in the log')} (run {escape(each.run_id)})"
        for each in stats.failures_by_error[:_MOST_ERRORS]
    ]
    left = len(stats.failures_by_error) - len(lines)
    if left:
        lines.append(f"and {left:,} other error{'' if left == 1 else 's'}; --json has all")
    failures = stats.statuses.get("FAILURE", 0)
    if stats.failures_read < failures:
        lines.append(f"of the latest {stats.failures_read} of {failures} failures")
    return lines
