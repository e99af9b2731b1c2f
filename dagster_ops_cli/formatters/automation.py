"""Schedules and sensors as text."""

from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import At, Column, Facts, Link, Phrase, Sheet, Table, facts, listing, sheet
from dagster_ops_cli.formatters.text import escape_lines

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
    from dagster_ops_cli.schemas.automation.freeze import FreezeReport
    from dagster_ops_cli.schemas.page import Page

# The longest message in a table of a pipe.
_MOST = 60
_COLUMNS = (
    Column("NAME", 25, priority=9),
    Column("LOCATION", 15, priority=2),
    Column("KIND", 8, priority=1),
    Column("STATUS", 8, "status", priority=9),
    Column("WHEN", 12, priority=6),
    Column("NEXT_TICK", 19, "age", priority=5, absent="-"),
    Column("LAST_TICK", 19, "age", priority=7, absent="-"),
    Column("OUTCOME", 10, priority=8, most=_MOST),
)
_TICK_COLUMNS = (
    Column("TIME", 19, "age", priority=8),
    Column("STATUS", 8, "status", priority=9),
    Column("RUNS", 5, "number", priority=5),
    Column("RESULT", 30, priority=7),
)
_RESULT_COLUMNS = (
    Column("NAME", 25, priority=9),
    Column("LOCATION", 15, priority=3),
    Column("TYPE", 8, priority=2),
    Column("STATUS", 8, "status", priority=8, absent="-"),
    Column("RESULT", 10, priority=7),
)


def format_automation(page: "AutomationPage", nouns: str = "schedules or sensors") -> Sheet | str:
    """Return the table of schedules and sensors. ``nouns`` are what was looked for, if none was found."""
    if not page.items:
        return f"No {nouns} found"
    rows = [
        (
            Link(item.name, item.url),
            item.location_name,
            item.kind,
            item.status + (" (late)" if item.late else ""),
            when(item),
            item.next_tick,
            item.last_tick.timestamp if item.last_tick else None,
            outcome(item.last_tick),
        )
        for item in page.items
    ]
    types = dict.fromkeys(item.type for item in page.items)
    # Sensors are of several kinds, schedules are not.
    table = Table(_columns(page.items), rows, silent=["KIND"] if [*types] == ["SCHEDULE"] else ())
    return listing(" and ".join(f"{each.lower()}s" for each in types), table)


def _columns(items: "Sequence[Automation]") -> "Sequence[Column]":
    """Return the columns. Where several locations have the same name, a narrow window keeps the location."""
    if len({(item.type, item.name) for item in items}) == len(items):
        return _COLUMNS
    return [replace(each, priority=9) if each.name == "LOCATION" else each for each in _COLUMNS]


def when(item: "Automation") -> str:
    """Return when a schedule or sensor ticks."""
    if item.interval is not None:
        return f"every {item.interval} s"
    return " | ".join(item.cron) + (f" {item.timezone}" if item.timezone not in (None, "UTC") else "")


def outcome(tick: "LastTick | Tick | None") -> str:
    """Return the outcome of a tick, and its reason."""
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


def format_detail(item: "AutomationDetail") -> Sheet:
    """Return a schedule or sensor, a line for each thing; what is absent is left out."""
    known = facts(
        (item.type.capitalize(), Link(item.name, item.url)),
        ("Location", item.location_name),
        ("Repository", item.repository_name),
        ("Kind", None if item.kind == item.type else item.kind),
        ("Status", item.status + (" (late)" if item.late else ""), "status"),
        ("Default status", item.default_status),
        ("When", when(item)),
        *(("Job", name) for name in item.job_names),
        ("Description", item.description),
        ("Cursor", item.cursor),
        ("URL", Link(item.url, item.url)),
        (
            "Next ticks" if item.status == "RUNNING" else "Next ticks if started",
            _times(item.next_ticks),
        ),
        ("Ticks", None if item.ticks else "none"),
    )
    return sheet(known, ["", _ticks(item.ticks)] if item.ticks else [])


def _times(times: "Sequence[datetime]") -> Phrase | None:
    parts = [part for time in times for part in (", ", At(time, _time(time)))]
    return Phrase(parts[1:]) if parts else None


def format_ticks(page: "Page[Tick]", header: bool = True) -> Sheet | str:
    """Return the table of ticks, without its header where it goes on, and below it the error of each that failed."""
    return sheet(_ticks(page.items, header)) if page.items or not header else "No ticks found"


def _ticks(ticks: "Sequence[Tick]", header: bool = True) -> Table:
    rows = [(tick.timestamp, tick.status, len(tick.run_ids), _result(tick)) for tick in ticks]
    return Table(_TICK_COLUMNS, rows, header)


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


def format_changes(results: "Sequence[AutomationResult]") -> Sheet | str:
    """Return a line for each schedule or sensor, and how many are done."""
    if not results:
        return "Nothing to do"
    rows = [
        (
            each.name,
            each.location_name,
            each.type.lower(),
            each.status,
            each.error or ("changed" if each.changed else "unchanged"),
        )
        for each in results
    ]
    done = sum(each.done for each in results)
    return sheet(Table(_RESULT_COLUMNS, rows), "", f"{done} of {len(results)} done")


def format_report(report: "FreezeReport") -> Sheet | str:
    """Return the results of a freeze or restore."""
    return format_changes(report.items)


def format_cursor(change: "CursorChange") -> Facts:
    """Return a sensor's cursor before and after the change."""
    return facts(
        ("Sensor", change.name),
        ("Old cursor", _cursor(change.old_cursor)),
        ("New cursor", _cursor(change.new_cursor)),
    )


def _cursor(cursor: str | None) -> str:
    return "none" if cursor is None else cursor


def format_preview(preview: "Preview") -> Sheet:
    """Return what a tick would do."""
    known = facts(
        (preview.type.capitalize(), preview.name),
        ("At", Phrase([At(preview.at, f"{preview.at:%Y-%m-%dT%H:%M:%SZ}")]) if preview.at else None),
        ("Cursor", None if preview.type == "SCHEDULE" else _cursor(preview.cursor_before)),
        ("New cursor", None if preview.type == "SCHEDULE" else _cursor(preview.cursor)),
        ("Skipped", preview.skip_reason),
        *(("Partitions", _partitions(each)) for each in preview.partition_requests),
        ("Runs", None if preview.error else len(preview.run_requests)),
    )
    requests = [part for each in preview.run_requests for part in ("", *_run_request(each))]
    errors = [preview.error, *preview.error.causes] if preview.error else []
    told = [f"Error: {escape_lines(each.message.strip())}" for each in errors]
    return sheet(known, requests, ["", *told] if told else [])


def _run_request(request: "RunRequest") -> list[Facts | str]:
    known = facts(
        ("Job", request.job_name),
        ("Run key", request.run_key),
        *(("Asset", key) for key in request.asset_keys or ()),
        *((f"Tag {key}", value) for key, value in request.tags.items()),
    )
    config = escape_lines(request.run_config.strip())
    return [known, *([f"Run config:\n{config}"] if config not in ("", "{}") else [])]
