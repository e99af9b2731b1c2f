"""Backfills as text: what would be launched, how one stands, a list."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.text import cell, detail, escape, fit, row

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.backfill import Backfill, BackfillPlan
    from dagster_ops_cli.schemas.page import Page

_FEW = 3
_LIST_HEADER = ("ID", "STATE", "STATUS", "NAME", "TARGET", "PARTITIONS", "CREATED")


def format_plan(plan: "BackfillPlan") -> str:
    """Return what would be launched, a line for each thing."""
    pairs = [
        ("Name", plan.name),
        *_target(plan.job_name, plan.asset_keys),
        ("Location", plan.location_name),
        ("Repository", plan.repository_name),
        ("Strategy", plan.strategy + (" (one run for all partitions)" if plan.single_run else "")),
        *((f"Dimension {each.dimension}", _choice(each.count, each.first, each.last)) for each in plan.dimensions),
        ("Skipped", _skipped(plan)),
        ("Partitions", f"{plan.total}" + (f": {_few(plan.partitions)}" if plan.partitions else ", nothing to do")),
        ("Config hash", plan.config_hash),
        ("Launched before", plan.existing_id),
    ]
    return detail(pairs)


def format_backfill(backfill: "Backfill") -> str:
    """Return how a backfill stands, and each partition that failed with the command that shows more."""
    shown = backfill.model_dump(mode="json", include={"created_at", "ended_at"})
    state = backfill.state if backfill.status is None else f"{backfill.state} (Dagster says {backfill.status})"
    lines = [
        detail(
            [
                ("Backfill", backfill.id),
                ("Name", backfill.name),
                ("State", state),
                ("Strategy", backfill.strategy),
                ("Created", shown["created_at"]),
                ("Ended", shown["ended_at"]),
                *_target(backfill.job_name, backfill.asset_keys),
                ("Partitions", f"{backfill.total} ({format_counts(backfill.counts)})" if backfill.counts else None),
                ("Error", backfill.error),
                ("URL", backfill.url),
            ]
        )
    ]
    for each in backfill.failed:
        lines.append(
            f"\n{escape(each.partition)}: {escape(each.status)}" + (f": {cell(each.error)}" if each.error else "")
        )
        if each.run_id:
            lines.append(f"  ops api run-events get {escape(each.run_id)} --type STEP_FAILURE,RUN_FAILURE")
    return "\n".join(lines)


def format_counts(counts: Mapping[str, int]) -> str:
    """Return numbers by status in one line."""
    return ", ".join(f"{count} {escape(status)}" for status, count in sorted(counts.items()))


def format_backfills(page: "Page[Backfill]") -> str:
    """Return a table of backfills, as wide as its content."""
    if not page.items:
        return "No backfills found"
    rows = [_cells(each) for each in page.items]
    widths = fit([_LIST_HEADER, *rows], [0] * len(_LIST_HEADER))
    return "\n".join(row(cells, widths) for cells in (_LIST_HEADER, *rows))


def _cells(backfill: "Backfill") -> Sequence[str]:
    return (
        cell(backfill.id),
        backfill.state,
        cell(backfill.status or ""),
        cell(backfill.name or ""),
        cell(backfill.job_name or ", ".join(backfill.asset_keys or [])),
        str(backfill.total),
        backfill.created_at.strftime("%Y-%m-%dT%H:%M:%S") if backfill.created_at else "",
    )


def _target(job_name: str | None, asset_keys: Iterable[str] | None) -> list[tuple[str, str | None]]:
    return [("Job", job_name), ("Assets", ", ".join(asset_keys) if asset_keys else None)]


def _choice(count: int, first: str, last: str) -> str:
    return f"{count}: {first}" if count == 1 else f"{count}: {first} ... {last}"


def _few(keys: Sequence[str]) -> str:
    """The first and the last few keys."""
    shown = [*keys[:_FEW], "...", *keys[-_FEW:]] if len(keys) > 2 * _FEW + 1 else keys
    return ", ".join(shown)


def _skipped(plan: "BackfillPlan") -> str | None:
    told = [
        f"{plan.skipped.materialized} already materialized" if plan.skipped.materialized else "",
        f"{plan.skipped.not_failed} not failed" if plan.skipped.not_failed else "",
    ]
    return ", ".join(text for text in told if text) or None
