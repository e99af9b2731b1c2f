"""The results of runs as text, and their progress while a command waits for them."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.asset_check import format_failed_checks
from dagster_ops_cli.formatters.table import Column, Link, Sheet, Table, sheet
from dagster_ops_cli.formatters.text import escape
from dagster_ops_cli.times import format_duration

if TYPE_CHECKING:
    from datetime import datetime

    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.run.result import RunResult, WatchedRun

_COLUMNS = (
    Column("ID", 36, "id", priority=9),
    Column("STATUS", 10, "status", priority=8, absent="-"),
    Column("JOB", 25, priority=6, absent="-"),
    Column("RESULT", 20, priority=7),
)
_NOT_DONE = {"FAILURE": "failed", "CANCELED": "canceled", "SUCCESS": "checks failed"}


def format_results(page: "Page[RunResult]", done: str) -> Sheet | str:
    """Return a line for each run, and how many are done. ``done`` is the word for that, such as ``deleted``."""
    if not page.items:
        return "No runs found"
    rows = [(Link(each.id, each.url), each.status, each.job_name, _result(each, done)) for each in page.items]
    checks = [check for each in page.items for check in getattr(each, "failed_checks", ())]
    failed = ["", *format_failed_checks(checks)] if checks else []
    return sheet(Table(_COLUMNS, rows), failed, "", f"{sum(each.done for each in page.items)} of {page.count} {done}")


def _result(result: "RunResult", done: str) -> str:
    outcome = result.error or (done if result.done else _NOT_DONE.get(result.status or "", "unfinished"))
    return f"{outcome}: run {result.new_run_id}" if result.new_run_id else outcome


def format_change(watched: "WatchedRun") -> str:
    """Return one line with a run's status."""
    if watched.run is None:
        return f"{escape(watched.id)}: not found"
    line = f"{escape(watched.run.id)} {escape(watched.run.job_name)} {escape(watched.run.status)}"
    if watched.is_gone:
        return f"{line}, deleted since"
    return line if watched.has_ended or watched.retry_id is None else f"{line}, retried as {escape(watched.retry_id)}"


def format_watched(watched: "WatchedRun", now: "datetime") -> str:
    """Return a line with a run's status and duration."""
    run = watched.run
    return format_change(watched) + (_elapsed(run.started_at, run.ended_at, now) if run else "")


def _elapsed(start: "datetime | None", end: "datetime | None", now: "datetime") -> str:
    # The clocks of two machines may differ.
    return f" {format_duration(max(0.0, ((end or now) - start).total_seconds()))}" if start else ""
