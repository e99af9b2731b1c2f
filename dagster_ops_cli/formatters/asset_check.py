"""Asset checks as text."""

import json
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import Column, Facts, Link, Sheet, Table, facts, listing, sheet
from dagster_ops_cli.formatters.text import cell, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_ops_cli.schemas.asset.report import CheckReport
    from dagster_ops_cli.schemas.asset_check import (
        AssetCheck,
        AssetCheckPage,
        CheckExecution,
        CheckHistory,
        FailedCheck,
        RunCheck,
    )
    from dagster_ops_cli.schemas.page import Page

# How many partitions or runs a line names.
_PLACES = 5
_COLUMNS = (
    Column("ASSET", 20, priority=8),
    Column("CHECK", 20, priority=9),
    Column("STATUS", 16, "status", priority=9),
    Column("SEVERITY", 8, priority=5),
    Column("TIME", 19, "age", priority=4),
)
_EXECUTION_COLUMNS = (
    Column("TIME", 19, "age", priority=8),
    Column("STATUS", 16, "status", priority=9),
    Column("SEVERITY", 8, priority=3),
    Column("RUN", 36, "id", priority=7),
    Column("DESCRIPTION", 20, priority=6),
)


def check_table(checks: "Sequence[AssetCheck]") -> Table:
    """Return a table of checks with their latest results."""
    rows = [
        (
            check.asset_key,
            Link(check.name, check.url),
            check.latest.status if check.latest else "NO_RESULT",
            check.latest.severity if check.latest else None,
            check.latest.time if check.latest else None,
        )
        for check in checks
    ]
    return Table(_COLUMNS, rows)


def format_checks(page: "AssetCheckPage") -> Sheet | str:
    """Return the table of checks with their latest results."""
    return listing("checks", check_table(page.items), page.has_more)


def format_check_history(history: "CheckHistory") -> Sheet:
    """Return a check, one line for each fact, and the table of its executions."""
    return sheet(_check(history.check), "", _executions(history.executions))


def _check(check: "AssetCheck") -> Facts:
    return facts(
        ("Check", check.name),
        ("Asset", check.asset_key),
        ("Description", check.description),
        ("Location", check.location_name),
        ("Blocking", None if check.is_blocking is None else "yes" if check.is_blocking else "no"),
        ("Runs alone", "yes" if check.is_executable else "no"),
        ("URL", Link(check.url, check.url)),
    )


def _executions(page: "Page[CheckExecution]") -> Sheet | str:
    rows = [(each.time, each.status, each.severity, each.run_id, each.description) for each in page.items]
    return listing("executions", Table(_EXECUTION_COLUMNS, rows), page.has_more)


def with_failed_checks(run: "Facts", checks: "Sequence[FailedCheck]") -> Sheet:
    """Return a run, followed by its checks that failed."""
    lines = format_failed_checks(checks, places=False)
    return sheet(run, ["", *lines] if lines else [])


def format_failed_checks(checks: "Sequence[RunCheck]", places: bool = True) -> list[str]:
    """Return a heading and a line for each check that failed, with the first of its partitions or runs."""
    where: dict[tuple[str, str, str], list[str]] = {}
    for each in checks:
        severity = "no result" if each.status == "NO_RESULT" else each.severity or each.status
        where.setdefault((each.asset_key, each.name, severity), []).append(each.place)
    lines = []
    for (asset_key, name, severity), found in where.items():
        more = f" and {len(found) - _PLACES:,} more" if len(found) > _PLACES else ""
        among = f": {', '.join(map(cell, found[:_PLACES]))}{more}" if places else ""
        lines.append(f"  {cell(name)} of {cell(asset_key)} ({severity}){among}")
    return ["Failed checks:", *lines] if lines else []


def format_run_checks(checks: "Sequence[RunCheck]") -> Table:
    """Return a table of the checks of a run."""
    rows = [(each.asset_key, each.name, each.status, each.severity) for each in checks]
    return Table(_COLUMNS[:4], rows)


def format_check_report(report: "CheckReport") -> Facts:
    """Return a reported result, a line for each thing."""
    return facts(
        ("Check", report.name),
        ("Asset", report.asset_key),
        ("Partition", report.partition),
        ("Result", "SUCCEEDED" if report.passed else "FAILED", "status"),
        ("Severity", report.severity),
        ("Metadata", ", ".join(f"{name}={metadata_value(value)}" for name, value in report.metadata.items()) or None),
        ("Reported", report.time or "no (dry run)"),
    )


def metadata_value(value: object) -> str:
    """Return a value of metadata: a text as it is, anything else as JSON."""
    return escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
