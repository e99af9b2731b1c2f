"""Concurrency pools as text."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.text import cell, detail, escape, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.pool import PoolChange, PoolDetail, PoolState, Slot, SlotResult

_HEADER = ("POOL", "LIMIT", "HELD", "WAITING", "STUCK")
_WIDTHS = (25, 12, 6, 7, 5)
_SLOT_HEADER = ("HELD_BY", "STATUS", "STEP", "SINCE")
_SLOT_WIDTHS = (36, 10, 20, 19)
_FREE_HEADER = ("POOL", "RUN", "STATUS", "STEP", "RESULT")
_FREE_WIDTHS = (20, 36, 10, 20, 10)
_CHANGE_HEADER = ("POOL", "LIMIT_BEFORE", "LIMIT", "RESULT")
_CHANGE_WIDTHS = (25, 12, 6, 10)
_MOST = 20


def format_pools(page: "Page[PoolState]") -> str:
    """Return the table of pools."""
    if not page.items:
        return "No pools found"
    rows = [
        (cell(pool.name), _limit(pool), str(len(pool.slots)), str(len(pool.waiting_steps)), str(pool.stuck or ""))
        for pool in page.items
    ]
    return "\n".join([*table(_HEADER, _WIDTHS, rows), "", f"Total pools: {len(rows)}"])


def format_pool(pool: "PoolDetail") -> str:
    """Return what is worth knowing of a pool: its limit, who holds its slots and who waits for them."""
    parts = [
        detail(
            [
                ("Pool", pool.name),
                ("Limit", _limit(pool)),
                ("Held", str(len(pool.slots))),
                ("Stuck", str(pool.stuck) if pool.stuck else None),
                ("Waiting steps", str(len(pool.waiting_steps))),
                ("Queued runs", str(len(pool.queued_run_ids))),
            ]
        )
    ]
    if pool.slots:
        rows = [(cell(slot.run_id), _status(slot), cell(slot.step_key), _time(slot.claimed_at)) for slot in pool.slots]
        parts.append("\n".join(table(_SLOT_HEADER, _SLOT_WIDTHS, rows)))
    waiting = [
        *(f"{cell(step.run_id)} {cell(step.step_key)} since {_time(step.enqueued_at)}" for step in pool.waiting_steps),
        *(f"{cell(run_id)} in the queue" for run_id in pool.queued_run_ids),
    ]
    if waiting:
        more = [f"  and {len(waiting) - _MOST} more"] if len(waiting) > _MOST else []
        parts.append("\n".join(["Waiting:", *(f"  {line}" for line in waiting[:_MOST]), *more]))
    return "\n\n".join(parts)


def format_slots(page: "Page[Slot]") -> str:
    """Return the table of slots that would be freed."""
    if not page.items:
        return "No slots found"
    rows = [(cell(s.pool), cell(s.run_id), _status(s), cell(s.step_key), "held") for s in page.items]
    return "\n".join([*table(_FREE_HEADER, _FREE_WIDTHS, rows), "", f"Total slots: {len(rows)}"])


def format_freed(page: "Page[SlotResult]") -> str:
    """Return a line for each slot that was to be freed."""
    if not page.items:
        return "No slots to free"
    rows = [
        (cell(s.pool), cell(s.run_id), cell(s.run_status or "deleted"), cell(s.step_key), cell(s.error or "freed"))
        for s in page.items
    ]
    freed = sum(each.freed for each in page.items)
    return "\n".join([*table(_FREE_HEADER, _FREE_WIDTHS, rows), "", f"{freed} of {len(rows)} freed"])


def format_pool_changes(page: "Page[PoolChange]") -> str:
    """Return a line for each limit, with what became of it."""
    if not page.items:
        return "No limits to change"
    rows = [
        (
            cell(each.name),
            "-" if each.previous_limit is None else str(each.previous_limit),
            "-" if each.limit is None else str(each.limit),
            cell(each.error or each.state),
        )
        for each in page.items
    ]
    return "\n".join(table(_CHANGE_HEADER, _CHANGE_WIDTHS, rows))


def format_pool_notices(changes: "Sequence[PoolChange]") -> Iterator[str]:
    """Yield a sentence for each limit of a pool that nothing uses: its name may be misspelt."""
    for change in changes:
        if change.limit is not None and change.is_used is False and change.state != "failed":
            yield f"Nothing in the code locations uses the pool {escape(change.name)}."


def _limit(pool: "PoolState") -> str:
    if pool.limit is None:
        return "-"
    return f"{pool.limit} (default)" if pool.is_default else str(pool.limit)


def _status(slot: "Slot") -> str:
    return cell(slot.run_status or "deleted")


def _time(time: object) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}" if time else ""
