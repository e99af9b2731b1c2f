"""The results of runs as text, and their progress while a command waits for them."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.asset_check import format_failed_checks
from dagster_ops_cli.formatters.text import cell, escape, fit, row
from dagster_ops_cli.times import format_duration

if TYPE_CHECKING:
    from datetime import datetime

    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.run import RunStep
    from dagster_ops_cli.schemas.run.result import RunResult, WatchedRun

_HEADER = ("ID", "STATUS", "JOB", "RESULT")
_WIDTHS = (36, 10, 25, 20)
_NOT_DONE = {"FAILURE": "failed", "CANCELED": "canceled", "SUCCESS": "checks failed"}


def format_results(page: "Page[RunResult]") -> str:
    """Return a line for each run, and how many are done."""
    if not page.items:
        return "No runs found"
    rows = [
        (cell(each.id), cell(each.status or "-"), cell(each.job_name or "-"), cell(_result(each)))
        for each in page.items
    ]
    widths = fit(rows, _WIDTHS)
    lines = [row(_HEADER, widths), "-" * (sum(widths) + len(widths) - 1), *(row(cells, widths) for cells in rows)]
    if checks := [check for each in page.items for check in getattr(each, "failed_checks", ())]:
        lines += ["", *format_failed_checks(checks)]
    return "\n".join([*lines, "", f"{sum(each.done for each in page.items)} of {page.count} done"])


def _result(result: "RunResult") -> str:
    outcome = result.error or ("done" if result.done else _NOT_DONE.get(result.status or "", "unfinished"))
    return f"{outcome}: run {result.new_run_id}" if result.new_run_id else outcome


def format_change(watched: "WatchedRun") -> str:
    """Return one line with a run's status."""
    if watched.run is None:
        return f"{escape(watched.id)}: not found"
    line = f"{escape(watched.run.id)} {escape(watched.run.job_name)} {escape(watched.run.status)}"
    if watched.is_gone:
        return f"{line}, deleted since"
    return line if watched.has_ended or watched.retry_id is None else f"{line}, retried as {escape(watched.retry_id)}"


def format_watched(watched: "WatchedRun", now: "datetime") -> list[str]:
    """Return a line with a run's status, and one for each of its steps, including those to come."""
    run = watched.run
    if run is None:
        return [format_change(watched)]
    begun = {step.key: step for step in run.steps}
    keys = dict.fromkeys([*(run.step_keys or []), *begun])
    head = format_change(watched) + _elapsed(run.started_at, run.ended_at, now)
    return [head, *(_format_step(key, begun.get(key), now) for key in keys)]


def _format_step(key: str, step: "RunStep | None", now: "datetime") -> str:
    status = step.status or "IN_PROGRESS" if step else "-"
    elapsed = _elapsed(step.started_at, step.ended_at, now) if step else ""
    return f"  {escape(status):11} {escape(key)}{elapsed}"


def _elapsed(start: "datetime | None", end: "datetime | None", now: "datetime") -> str:
    # The clocks of two machines may differ.
    return f" {format_duration(max(0.0, ((end or now) - start).total_seconds()))}" if start else ""
