"""The run queue as text."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.text import cell, detail, table

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.queue import Queue

_HEADER = ("ID", "JOB", "PRIORITY", "QUEUED", "WAITING_FOR")
_WIDTHS = (36, 25, 8, 19, 20)


def format_queue(queue: "Queue") -> str:
    """Return the limits of the queue, and the table of what waits in it for what."""
    head = detail(
        [
            ("Runs in progress", f"{queue.in_progress}{_of(queue.max_concurrent_runs)}"),
            ("Runs queued", str(queue.queued)),
            ("Tag limits", " ".join(queue.tag_limits.split()) if queue.tag_limits else None),
            ("Daemon", _daemon(queue)),
        ]
    )
    if not queue.runs:
        return head
    rows = [
        (
            cell(run.id),
            cell(run.job_name),
            str(run.priority),
            run.created_at.strftime("%Y-%m-%dT%H:%M:%S") if run.created_at else "",
            cell("; ".join(each.message for each in run.waiting_for) or "the daemon's next round"),
        )
        for run in queue.runs
    ]
    return "\n".join([head, "", *table(_HEADER, _WIDTHS, rows)])


def _of(limit: int | None) -> str:
    return "" if limit is None else f" of {limit}"


def _daemon(queue: "Queue") -> str:
    if queue.daemon_healthy is None:
        return "not required"
    seen = f", last heartbeat {queue.daemon_heartbeat:%Y-%m-%dT%H:%M:%SZ}" if queue.daemon_heartbeat else ""
    return "healthy" if queue.daemon_healthy else f"NOT HEALTHY{seen}"
