"""Schedules and sensors as text."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.text import cell, detail, escape_lines, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dagster_ops_cli.schemas.automation import (
        Automation,
        AutomationDetail,
        AutomationPage,
        AutomationResult,
        CursorChange,
        LastTick,
        PartitionRequest,
        Preview,
        RunRequest,
        Tick,
    )
    from dagster_ops_cli.schemas.freeze import FreezeReport
    from dagster_ops_cli.schemas.page import Page

_HEADER = ("NAME", "LOCATION", "KIND", "STATUS", "WHEN", "NEXT TICK", "LAST TICK", "OUTCOME")
_WIDTHS = (25, 15, 8, 8, 12, 19, 19, 10)
_TICK_HEADER = ("TIMESTAMP", "STATUS", "RUNS", "RESULT")
_TICK_WIDTHS = (19, 8, 5, 30)
_RESULT_HEADER = ("NAME", "LOCATION", "TYPE", "STATUS", "RESULT")
_RESULT_WIDTHS = (25, 15, 8, 8, 10)
# Of a message in a table.
_MOST = 60


def format_automation(page: "AutomationPage") -> str:
    """Return the table of schedules and sensors."""
    if not page.items:
        return "Nothing found"
    rows = [
        (
            cell(item.name),
            cell(item.location_name),
            cell(item.kind),
            cell(item.status) + (" (late)" if item.late else ""),
            cell(when(item)),
            _time(item.next_tick),
            _time(item.last_tick.timestamp if item.last_tick else None),
            cell(outcome(item.last_tick), _MOST),
        )
        for item in page.items
    ]
    return "\n".join([*table(_HEADER, _WIDTHS, rows), "", f"Total: {len(rows)}"])


def when(item: "Automation") -> str:
    """Return when a schedule or sensor ticks."""
    if item.interval is not None:
        return f"every {item.interval} s"
    return " | ".join(item.cron) + (f" {item.timezone}" if item.timezone not in (None, "UTC") else "")


def outcome(tick: "LastTick | Tick | None") -> str:
    """Return the end of a tick, and why it came to it."""
    if tick is None:
        return "-"
    if tick.error:
        return f"{tick.status}: {_first_line(tick.error.reason)}"
    if tick.skip_reason:
        return f"{tick.status}: {tick.skip_reason}"
    if tick.run_ids:
        return f"{tick.status}: {_runs(len(tick.run_ids))}"
    return tick.status


def _runs(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


def _time(time: "datetime | None") -> str:
    # Times are in UTC.
    return f"{time:%Y-%m-%dT%H:%M:%S}" if time else "-"


def format_detail(item: "AutomationDetail") -> str:
    """Return a schedule or sensor, a line for each thing; what is absent is left out."""
    pairs = [
        (item.type.capitalize(), item.name),
        ("Location", item.location_name),
        ("Repository", item.repository_name),
        ("Kind", item.kind),
        ("Status", item.status + (" (late)" if item.late else "")),
        ("Default status", item.default_status),
        ("When", when(item)),
        *(("Job", name) for name in item.job_names),
        ("Description", item.description),
        ("Cursor", item.cursor),
        ("URL", item.url),
        (
            "Next ticks" if item.status == "RUNNING" else "Next ticks if started",
            None if not item.next_ticks else ", ".join(map(_time, item.next_ticks)),
        ),
        ("Ticks", None if item.ticks else "none"),
    ]
    lines = [detail(pairs)]
    if item.ticks:
        lines += ["", *_tick_lines(item.ticks)]
    return "\n".join(lines)


def format_ticks(page: "Page[Tick]", header: bool = True) -> str:
    """Return the table of ticks, without its header where it goes on, and below it the error of each that failed."""
    lines = _tick_lines(page.items)
    return "\n".join(lines if header else lines[2:]) if page.items or not header else "No ticks found"


def _tick_lines(ticks: "Sequence[Tick]") -> list[str]:
    rows = [
        (_time(tick.timestamp), cell(tick.status), str(len(tick.run_ids)), cell(_result(tick), None)) for tick in ticks
    ]
    return table(_TICK_HEADER, _TICK_WIDTHS, rows)


def _result(tick: "Tick") -> str:
    if tick.error:
        return _first_line(tick.error.reason)
    parts = [tick.skip_reason] if tick.skip_reason else []
    if tick.run_keys and not tick.run_ids:
        parts.append(f"run keys used before: {', '.join(tick.run_keys)}")
    if tick.requested_materializations:
        parts.append(f"{tick.requested_materializations} assets requested")
    parts += [_partitions(each) for each in tick.partition_requests]
    return "; ".join([*parts, *tick.run_ids]) or "-"


def _partitions(request: "PartitionRequest") -> str:
    verb = "delete" if "DELETE" in request.type.upper() else "add"
    return f"{verb} partitions of {request.definition}: {', '.join(request.keys or [])}"


def format_changes(results: "Sequence[AutomationResult]") -> str:
    """Return a line for each schedule or sensor, and how many came to what was asked of them."""
    if not results:
        return "Nothing to do"
    rows = [
        (
            cell(each.name),
            cell(each.location_name),
            each.type.lower(),
            cell(each.status or "-"),
            cell(each.error or ("changed" if each.changed else "unchanged")),
        )
        for each in results
    ]
    done = sum(each.done for each in results)
    return "\n".join([*table(_RESULT_HEADER, _RESULT_WIDTHS, rows), "", f"{done} of {len(results)} done"])


def format_report(report: "FreezeReport") -> str:
    """Return what became of a freeze or restore."""
    return format_changes(report.items)


def format_cursor(change: "CursorChange") -> str:
    """Return a sensor's cursor before and after."""
    return detail(
        [
            ("Sensor", change.name),
            ("Old cursor", _cursor(change.old_cursor)),
            ("New cursor", _cursor(change.new_cursor)),
        ]
    )


def _cursor(cursor: str | None) -> str:
    return "none" if cursor is None else cursor


def format_preview(preview: "Preview") -> str:
    """Return what a tick would do."""
    pairs = [
        (preview.type.capitalize(), preview.name),
        ("At", f"{preview.at:%Y-%m-%dT%H:%M:%SZ}" if preview.at else None),
        ("Cursor", None if preview.type == "SCHEDULE" else _cursor(preview.cursor_before)),
        ("New cursor", None if preview.type == "SCHEDULE" else _cursor(preview.cursor)),
        ("Skipped", preview.skip_reason),
        *(("Partitions", _partitions(each)) for each in preview.partition_requests),
        ("Runs", None if preview.error else str(len(preview.run_requests))),
    ]
    parts = [detail(pairs), *map(_run_request, preview.run_requests)]
    if preview.error:
        errors = [preview.error, *preview.error.causes]
        parts.append("\n".join(f"Error: {escape_lines(each.message.strip())}" for each in errors))
    return "\n\n".join(parts)


def _run_request(request: "RunRequest") -> str:
    pairs = [
        ("Job", request.job_name),
        ("Run key", request.run_key),
        *(("Asset", key) for key in request.asset_keys or ()),
        *((f"Tag {key}", value) for key, value in request.tags.items()),
    ]
    config = escape_lines(request.run_config.strip())
    return detail(pairs) + (f"\nRun config:\n{config}" if config not in ("", "{}") else "")
