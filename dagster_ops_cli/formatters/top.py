"""What goes on in a Dagster as text: a table for what runs, what waits, what has failed, and for backfills."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import Column, Link, Sheet, Table, Value, sheet
from dagster_ops_cli.formatters.text import escape

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.daemon import Daemon
    from dagster_ops_cli.schemas.top import BackfillProgress, RunningRun, Top

_PARTITION = Column("PARTITION", 20, priority=6)
_ID = Column("ID", 36, "id", priority=9)
_NEXT_ROUND = "the daemon's next round"


def format_top(top: "Top") -> Sheet:
    """Return all tables, and the daemons."""
    version = f", Dagster {escape(top.version)}" if top.version else ""
    parts: list[str | Table] = [f"{escape(top.url)}{version}, {top.taken_at:%Y-%m-%dT%H:%M:%SZ}"]
    for each in tables(top):
        parts += ["", each if each.rows else each.columns[0].name]
    return sheet(parts, "", format_daemons(top.daemons))


def tables(top: "Top") -> list[Table]:
    """Return what failed, what runs, what waits and the backfills. The first column's name tells how many there are."""
    limit = "" if top.max_concurrent_runs is None else f" of {top.max_concurrent_runs}"
    return [
        _table(
            f"RUNNING {top.running_count}{limit}",
            (
                Column("STATUS", 10, "status", 5),
                _PARTITION,
                Column("STEPS", 8, priority=8),
                Column("STARTED", 19, "age", 7),
            ),
            (
                (each.job_name, each.status, each.partition, _steps(each), each.started_at, Link(each.id, each.url))
                for each in top.running
            ),
        ),
        _table(
            f"WAITING {top.queued_count}",
            (_PARTITION, Column("FOR", 20, priority=8), Column("QUEUED", 19, "age", 7)),
            (
                (
                    each.job_name,
                    each.partition,
                    "; ".join(wait.message for wait in each.waiting_for) or _NEXT_ROUND,
                    each.queued_at,
                    Link(each.id, each.url),
                )
                for each in top.waiting
            ),
        ),
        _table(
            f"FAILED {top.failed_count} IN 1H",
            (_PARTITION, Column("ERROR", 40, priority=8), Column("ENDED", 19, "age", 7)),
            (
                (each.job_name, each.partition, each.error, each.ended_at, Link(each.id, each.url))
                for each in top.failed
            ),
        ),
        _table(
            f"BACKFILLS {len(top.backfills)}",
            (Column("STATUS", 10, "status", 5), Column("PARTITIONS", 20, priority=8), Column("CREATED", 19, "age", 7)),
            (
                (_name(each), each.status, _progress(each), each.created_at, Link(each.id, each.url))
                for each in top.backfills
            ),
        ),
    ]


def format_daemons(daemons: "Sequence[Daemon]") -> str:
    """Return the daemons on one line, those that are not healthy by name."""
    if not daemons:
        return "DAEMONS unknown"
    sick = [each for each in daemons if not each.healthy]
    told = [f"{len(daemons) - len(sick)} healthy"] if len(daemons) > len(sick) else []
    if sick:
        told.append(f"NOT HEALTHY: {', '.join(map(_sick, sick))}")
    return f"DAEMONS {', '.join(told)}"


def _table(title: str, columns: Sequence[Column], rows: "Iterator[Sequence[Value]]") -> Table:
    return Table((Column(title, 25, priority=8), *columns, _ID), [*rows])


def _steps(run: "RunningRun") -> str:
    if run.steps_succeeded is None:
        return ""
    of = "" if run.steps_total is None else f" of {run.steps_total}"
    failed = f", {run.steps_failed} failed" if run.steps_failed else ""
    return f"{run.steps_succeeded}{of}{failed}"


def _name(backfill: "BackfillProgress") -> str:
    what = backfill.job_name or ", ".join(backfill.asset_keys or [])
    return f"{backfill.name} {what}" if backfill.name else what


def _progress(backfill: "BackfillProgress") -> str:
    failed = backfill.counts.get("FAILURE", 0)
    of = "" if backfill.total is None else f" of {backfill.total:,}"
    return f"{backfill.done:,}{of} done" + (f", {failed:,} failed" if failed else "")


def _sick(daemon: "Daemon") -> str:
    seen = f" (last seen {daemon.last_heartbeat:%H:%M:%SZ})" if daemon.last_heartbeat else " (never seen)"
    return f"{escape(daemon.type)}{seen}"
