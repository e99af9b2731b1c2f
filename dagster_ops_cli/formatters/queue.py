"""The run queue as text."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import At, Column, Link, Phrase, Sheet, Table, facts, sheet

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.run.queue import Queue

_COLUMNS = (
    Column("ID", 36, "id", priority=9),
    Column("JOB", 25, priority=7),
    Column("PRIORITY", 8, "number", priority=3),
    Column("QUEUED", 19, "age", priority=6),
    Column("WAITING_FOR", 20, priority=8),
)


def format_queue(queue: "Queue") -> Sheet:
    """Return the limits of the queue, and the table of the runs in it with what they wait for."""
    head = facts(
        ("Runs in progress", f"{queue.in_progress}{_of(queue.max_concurrent_runs)}"),
        ("Runs queued", queue.queued),
        ("Tag limits", " ".join(queue.tag_limits.split()) if queue.tag_limits else None),
        ("Daemon", _daemon(queue)),
    )
    rows = [
        (
            Link(run.id, run.url),
            run.job_name,
            run.priority,
            run.created_at,
            "; ".join(each.message for each in run.waiting_for) or "the daemon's next round",
        )
        for run in queue.runs
    ]
    return sheet(head, ["", Table(_COLUMNS, rows)] if rows else [])


def _of(limit: int | None) -> str:
    return "" if limit is None else f" of {limit}"


def _daemon(queue: "Queue") -> str | Phrase:
    if queue.daemon_healthy is None:
        return "not required"
    if queue.daemon_healthy or not queue.daemon_heartbeat:
        return "healthy" if queue.daemon_healthy else "NOT HEALTHY"
    seen = At(queue.daemon_heartbeat, f"{queue.daemon_heartbeat:%Y-%m-%dT%H:%M:%SZ}")
    return Phrase(["NOT HEALTHY, last heartbeat ", seen])
