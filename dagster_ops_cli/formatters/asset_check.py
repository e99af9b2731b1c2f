"""Asset checks as text."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.text import cell, detail, table

if TYPE_CHECKING:
    from collections.abc import Sequence

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
_WIDTHS = (20, 20, 16, 8, 19)


def check_table(checks: "Sequence[AssetCheck]") -> list[str]:
    """Return the lines of a table of checks with their latest results."""
    rows = [
        (
            cell(check.asset_key),
            cell(check.name),
            check.latest.status if check.latest else "NO_RESULT",
            (check.latest and check.latest.severity) or "",
            f"{check.latest.time:%Y-%m-%dT%H:%M:%S}" if check.latest else "",
        )
        for check in checks
    ]
    return table(("ASSET", "CHECK", "STATUS", "SEVERITY", "TIME"), _WIDTHS, rows)


def format_checks(page: "AssetCheckPage") -> str:
    """Return the table of checks with their latest results."""
    if not page.items:
        return "No checks found"
    return "\n".join([*check_table(page.items), "", f"Showing {len(page.items):,} checks"])


def format_check_history(history: "CheckHistory") -> str:
    """Return what there is to know of a check, a line for each thing, and the table of its executions."""
    return f"{_check(history.check)}\n\n{_executions(history.executions)}"


def _check(check: "AssetCheck") -> str:
    return detail(
        [
            ("Check", check.name),
            ("Asset", check.asset_key),
            ("Description", check.description),
            ("Location", check.location_name),
            ("Blocking", None if check.is_blocking is None else "yes" if check.is_blocking else "no"),
            ("Runs alone", "yes" if check.is_executable else "no"),
            ("URL", check.url),
        ]
    )


def _executions(page: "Page[CheckExecution]") -> str:
    if not page.items:
        return "No executions found"
    rows = [
        (
            f"{each.time:%Y-%m-%dT%H:%M:%S}",
            each.status,
            each.severity or "",
            cell(each.run_id or ""),
            cell(each.description or ""),
        )
        for each in page.items
    ]
    header = ("TIME", "STATUS", "SEVERITY", "RUN", "DESCRIPTION")
    return "\n".join([*table(header, (19, 16, 8, 36, 20), rows), "", f"Showing {len(rows):,} executions"])


def with_failed_checks(text: str, checks: "Sequence[FailedCheck]", places: bool = False) -> str:
    """Return the text, followed by the checks that failed; with ``places`` in which partitions or runs."""
    lines = format_failed_checks(checks, places)
    return "\n".join([text, "", *lines]) if lines else text


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


def format_run_checks(checks: "Sequence[RunCheck]") -> str:
    """Return a line for each check of a run."""
    rows = [(cell(each.asset_key), cell(each.name), each.status, each.severity or "") for each in checks]
    return "\n".join(table(("ASSET", "CHECK", "STATUS", "SEVERITY"), _WIDTHS[:4], rows))
