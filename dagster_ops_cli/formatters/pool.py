"""Concurrency pools as text."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import Column, Link, Sheet, Table, facts, listing, sheet
from dagster_ops_cli.formatters.text import cell, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.pool import PoolChange, PoolDetail, PoolState, Slot, SlotResult

_COLUMNS = (
    Column("POOL", 25, priority=9),
    Column("LIMIT", 12, "number", priority=8),
    Column("HELD", 6, "number", priority=7),
    Column("WAITING", 7, "number", priority=6),
    Column("STUCK", 5, "number", priority=5),
)
_SLOT_COLUMNS = (
    Column("HELD_BY", 36, "id", priority=9),
    Column("STATUS", 10, "status", priority=7),
    Column("STEP", 20, priority=8),
    Column("SINCE", 19, "age", priority=6),
)
_FREE_COLUMNS = (
    Column("POOL", 20, priority=8),
    Column("RUN", 36, "id", priority=9),
    Column("STATUS", 10, "status", priority=5),
    Column("STEP", 20, priority=6),
    Column("RESULT", 10, priority=7),
)
_CHANGE_COLUMNS = (
    Column("POOL", 25, priority=9),
    Column("LIMIT_BEFORE", 12, "number", priority=6, absent="-"),
    Column("LIMIT", 6, "number", priority=8, absent="-"),
    Column("RESULT", 10, priority=7),
)
_MOST = 20


def format_pools(page: "Page[PoolState]") -> Sheet | str:
    """Return the table of pools."""
    rows = [
        (Link(pool.name, pool.url), _limit(pool), len(pool.slots), len(pool.waiting_steps), pool.stuck or None)
        for pool in page.items
    ]
    return listing("pools", Table(_COLUMNS, rows))


def format_pool(pool: "PoolDetail") -> Sheet:
    """Return the limit of a pool, the steps that hold its slots, and those that wait."""
    known = facts(
        ("Pool", pool.name),
        ("Limit", _limit(pool)),
        ("Held", len(pool.slots)),
        ("Stuck", pool.stuck or None),
        ("Waiting steps", len(pool.waiting_steps)),
        ("Queued runs", len(pool.queued_run_ids)),
    )
    slots = Table(_SLOT_COLUMNS, [(slot.run_id, _status(slot), slot.step_key, slot.claimed_at) for slot in pool.slots])
    lines: list[str] = []
    waiting = [
        *(f"{cell(step.run_id)} {cell(step.step_key)} since {_time(step.enqueued_at)}" for step in pool.waiting_steps),
        *(f"{cell(run_id)} in the queue" for run_id in pool.queued_run_ids),
    ]
    if waiting:
        more = [f"  and {len(waiting) - _MOST} more"] if len(waiting) > _MOST else []
        lines = ["", "Waiting:", *(f"  {line}" for line in waiting[:_MOST]), *more]
    return sheet(known, ["", slots] if pool.slots else [], lines)


def format_slots(page: "Page[Slot]") -> Sheet | str:
    """Return the table of slots that would be freed."""
    rows = [(s.pool, s.run_id, _status(s), s.step_key, "held") for s in page.items]
    return listing("slots", Table(_FREE_COLUMNS, rows))


def format_freed(page: "Page[SlotResult]") -> Sheet | str:
    """Return a line with the result for each slot."""
    if not page.items:
        return "No slots to free"
    rows = [(s.pool, s.run_id, s.run_status or "deleted", s.step_key, s.error or "freed") for s in page.items]
    freed = sum(each.freed for each in page.items)
    return sheet(Table(_FREE_COLUMNS, rows), "", f"{freed} of {len(rows)} freed")


def format_pool_changes(page: "Page[PoolChange]") -> Sheet | str:
    """Return a line with the result for each limit."""
    if not page.items:
        return "No limits to change"
    rows = [(each.name, each.previous_limit, each.limit, each.error or each.state) for each in page.items]
    return sheet(Table(_CHANGE_COLUMNS, rows))


def format_pool_notices(changes: "Sequence[PoolChange]") -> Iterator[str]:
    """Yield a notice for each limit of a pool that nothing uses, because its name may be misspelt."""
    for change in changes:
        if change.limit is not None and change.is_used is False and change.state != "failed":
            yield f"Nothing in the code locations uses the pool {escape(change.name)}."


def _limit(pool: "PoolState") -> str:
    if pool.limit is None:
        return "-"
    return f"{pool.limit} (default)" if pool.is_default else str(pool.limit)


def _status(slot: "Slot") -> str:
    return slot.run_status or "deleted"


def _time(time: object) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}" if time else ""
