"""Backfills as text: a plan, the state of one, a list."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.asset_check import format_failed_checks
from dagster_ops_cli.formatters.table import Column, Facts, Link, Sheet, Table, Value, facts, listing, sheet
from dagster_ops_cli.formatters.text import cell, escape
from dagster_ops_cli.schemas.partition_key import split_key

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.asset_check import FailedCheck
    from dagster_ops_cli.schemas.backfill import Backfill, BackfillPlan, DuplicateRun, FailedPartition
    from dagster_ops_cli.schemas.page import Page

_FEW = 3
# The most partitions or runs shown as examples, and the most groups of failures.
_EXAMPLES, _MOST_GROUPS = 5, 10
# Failures are first, canceled partitions next, and those that did not start last.
_ORDER = {"CANCELED": 1, "NOT_STARTED": 2}
_COLUMNS = (
    Column("ID", kind="id", priority=10),
    Column("STATE", kind="status", priority=9),
    Column("STATUS", priority=1, least=16),
    Column("NAME", priority=6),
    Column("TARGET", priority=8),
    Column("PARTITIONS", kind="number", priority=5),
    Column("CREATED", kind="age", priority=7),
)


def format_plan(plan: "BackfillPlan") -> Facts:
    """Return the plan, one line for each fact."""
    return facts(
        ("Name", plan.name),
        *_target(plan.job_name, plan.asset_keys),
        ("Location", plan.location_name),
        ("Repository", plan.repository_name),
        ("Strategy", plan.strategy + (" (one run for all partitions)" if plan.single_run else "")),
        *((f"Dimension {each.dimension}", _chosen(each.count, each.first, each.last)) for each in plan.dimensions),
        ("Skipped", _skipped(plan)),
        ("Partitions", f"{plan.total}" + (f" ({_few(plan.partitions)})" if plan.partitions else ", nothing to do")),
        ("Would add", _keys_to_add(plan)),
        ("Config hash", plan.config_hash or None),
        ("Launched before", plan.existing_id),
        ("Would launch", _would_launch(plan) if plan.existing_id else None),
    )


def describe_plan(plan: "BackfillPlan") -> list[tuple[str, str | None]]:
    """Return the facts shown when a launch needs confirmation."""
    return [
        ("Name", plan.name),
        *_target(plan.job_name, plan.asset_keys),
        ("Location", plan.location_name),
        ("Partitions", f"{plan.total:,}"),
        ("Skipped", _skipped(plan)),
        ("Adds", _keys_to_add(plan)),
    ]


def describe_backfill(backfill: "Backfill") -> list[tuple[str, str | None]]:
    """Return the facts shown when a change to a backfill needs confirmation."""
    return [
        ("Backfill", backfill.id),
        ("Name", backfill.name),
        *_target(backfill.job_name, backfill.asset_keys),
        ("Partitions", f"{backfill.total:,} ({format_counts(backfill.counts)})"),
    ]


def format_backfill(
    backfill: "Backfill",
    everything: bool = False,
    command: Callable[[str], str] = lambda line: line,
    failed_checks: "Sequence[FailedCheck]" = (),
) -> Sheet:
    """Return a backfill with its failures and failed checks, then its state and the next commands.

    Failures are grouped by error; with ``everything`` each partition has its own line. ``command`` adds the connection
    options to a command line.
    """
    state = backfill.state if backfill.status is None else f"{backfill.state} (Dagster says {backfill.status})"
    first = facts(
        ("Backfill", Link(backfill.id, backfill.url)),
        ("Name", backfill.name),
        ("Strategy", backfill.strategy),
        *_target(backfill.job_name, backfill.asset_keys),
        ("Attempts" if backfill.attempts else "Attempt", _attempts(backfill)),
        ("Created", backfill.created_at),
        ("Ended", backfill.ended_at),
    )
    last = facts(
        ("Error", backfill.error and backfill.error.removesuffix("\n")),
        ("State", state, "status"),
        ("Partitions", f"{backfill.total} ({format_counts(backfill.counts)})" if backfill.counts else None),
        ("URL", Link(backfill.url, backfill.url)),
    )
    failed = [_line(each) for each in backfill.failed] if everything else _groups(backfill.failed)
    parts = (failed, _duplicates(backfill.duplicates, everything), format_failed_checks(failed_checks))
    middle = [part for part in parts if part]
    blank = [""] if middle else []
    return sheet(first, *(["", *part] for part in middle), blank, last, format_next_steps(backfill, command))


def format_next_steps(backfill: "Backfill", command: Callable[[str], str] = lambda line: line) -> list[str]:
    """Return a line for each useful command: to see why a backfill failed, and to retry it."""
    lines = []
    failed = next((each.run_id for each in backfill.failed if each.run_id and each.status == "FAILURE"), None)
    if failed:
        lines.append(f"Why it failed: {command(f'ops run why {failed}')}")
    if backfill.state in ("failed", "canceled"):
        lines.append(f"To retry: {command(f'ops backfill retry {backfill.id}')}")
    return lines


def _groups(failed: "Sequence[FailedPartition]") -> list[str]:
    """Return lines for each group of failures with the same status and error: how many, and the first partitions."""
    groups: dict[tuple[str, str], list[FailedPartition]] = {}
    for each in failed:
        groups.setdefault((each.status, _error_pattern(each)), []).append(each)
    ordered = sorted(groups.values(), key=lambda own: (_ORDER.get(own[0].status, 0), -len(own)))
    lines = []
    for own in ordered[:_MOST_GROUPS]:
        status, error = own[0].status, own[0].error
        lines.append(f"{len(own):,} {escape(status)}" + (f": {cell(error)}" if error else ""))
        if error or status != "NOT_STARTED":
            lines.append(f"  {_examples([each.partition for each in own])}")
    rest = ordered[_MOST_GROUPS:]
    if rest:
        lines.append(f"{sum(map(len, rest)):,} more, with {len(rest):,} other errors")
    if rest or any(len(own) > _EXAMPLES for own in ordered):
        lines.append("(--all lists every partition)")
    return lines


def _error_pattern(failed: "FailedPartition") -> str:
    """Return the error with the partition's own values replaced, to compare it with those of other partitions."""
    names = "|".join(re.escape(name) for name in split_key(failed.partition) if name)
    return re.sub(rf"(?<!\w)(?:{names})(?!\w)", "*", failed.error) if failed.error and names else failed.error or ""


def _line(failed: "FailedPartition") -> str:
    state = " ".join(filter(None, (failed.status, failed.run_id)))
    return f"{escape(failed.partition)}: {escape(state)}" + (f": {cell(failed.error)}" if failed.error else "")


def _duplicates(duplicates: "Sequence[DuplicateRun]", everything: bool) -> list[str]:
    if not duplicates:
        return []
    shown = duplicates if everything else duplicates[:_EXAMPLES]
    several = "1 duplicate run" if len(duplicates) == 1 else f"{len(duplicates):,} duplicate runs"
    lines = [f"{several} ignored: each partition already had a run."]
    lines += [f"  {escape(f'{each.partition}: {each.status} {each.run_id}')}" for each in shown]
    return [*lines, f"  and {len(duplicates) - len(shown):,} more"] if len(shown) < len(duplicates) else lines


def _examples(keys: Sequence[str]) -> str:
    """Return the first few keys and the number of the others."""
    more = len(keys) - _EXAMPLES
    return ", ".join(map(escape, keys[:_EXAMPLES])) + (f" and {more:,} more" if more > 0 else "")


def _attempts(backfill: "Backfill") -> str | None:
    if len(backfill.attempts) > 1:
        return f"{len(backfill.attempts)} ({', '.join(backfill.attempts)})"
    return f"{backfill.attempt}" if backfill.attempt > 1 else None


def format_counts(counts: Mapping[str, int]) -> str:
    """Return counts by status in one line."""
    return ", ".join(f"{count} {escape(status)}" for status, count in sorted(counts.items()))


def format_backfills(page: "Page[Backfill]") -> Sheet | str:
    """Return a table of backfills."""
    return listing("backfills", backfill_table(page.items), page.has_more)


def backfill_table(backfills: "Sequence[Backfill]") -> Table:
    """Return the table of backfills."""
    return Table(_COLUMNS, [_cells(each) for each in backfills])


def _cells(backfill: "Backfill") -> Sequence[Value]:
    return (
        Link(backfill.id, backfill.url),
        backfill.state,
        backfill.status,
        backfill.name,
        backfill.job_name or ", ".join(backfill.asset_keys or []),
        backfill.total,
        backfill.created_at,
    )


def _target(job_name: str | None, asset_keys: Iterable[str] | None) -> list[tuple[str, str | None]]:
    return [("Job", job_name), ("Assets", ", ".join(asset_keys) if asset_keys else None)]


def _chosen(count: int, first: str, last: str) -> str:
    return f"1 key ({first})" if count == 1 else f"{count:,} keys ({first} ... {last})"


def _few(keys: Sequence[str]) -> str:
    """Return the first and the last few keys."""
    shown = [*keys[:_FEW], "...", *keys[-_FEW:]] if len(keys) > 2 * _FEW + 1 else keys
    return ", ".join(shown)


def _keys_to_add(plan: "BackfillPlan") -> str | None:
    counts = (f"{len(each.keys):,} key{'' if len(each.keys) == 1 else 's'}" for each in plan.keys_to_add)
    added = zip(counts, plan.keys_to_add, strict=True)
    return "; ".join(f"{count} to {each.definition} ({_few(each.keys)})" for count, each in added) or None


def _would_launch(plan: "BackfillPlan") -> str:
    if not plan.to_launch:
        return "nothing"
    missing = "" if plan.to_launch == plan.total else "missing "
    return f"{plan.to_launch} {missing}partition{'' if plan.to_launch == 1 else 's'}"


def _skipped(plan: "BackfillPlan") -> str | None:
    reasons = [
        f"{plan.skipped.materialized} already materialized" if plan.skipped.materialized else "",
        f"{plan.skipped.not_failed} not failed" if plan.skipped.not_failed else "",
    ]
    return ", ".join(filter(None, reasons)) or None
