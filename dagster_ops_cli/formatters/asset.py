"""Assets as text."""

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.asset_check import check_table, format_run_checks, metadata_value
from dagster_ops_cli.formatters.run import format_run
from dagster_ops_cli.formatters.text import cell, detail, escape, table
from dagster_ops_cli.schemas.dagster_tags import partition_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_ops_cli.schemas.asset.definition import AssetPage
    from dagster_ops_cli.schemas.asset.detail import AssetDetail, AssetEvent
    from dagster_ops_cli.schemas.asset.health import AssetHealth
    from dagster_ops_cli.schemas.asset.materialization import Materialization, MaterializationPlan
    from dagster_ops_cli.schemas.asset.wipe import WipeResult
    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.report import AssetReport

_HEADER = ("ASSET", "GROUP", "KINDS", "LOCATION", "PARTITIONS", "MATERIALIZED")
# How many assets a line names.
_NAMED = 5
# Metadata in a table is cut; JSON has all of it.
_METADATA = 100
_WIDTHS = (30, 12, 12, 15, 10, 20)


def format_assets(page: "AssetPage") -> str:
    """Return the table of assets."""
    if not page.items:
        return "No assets found"
    rows = [
        (
            cell(row.key),
            cell(row.group_name or ""),
            cell(", ".join(row.kinds)),
            cell(row.location_name),
            _partitions(row.partition_type),
            _time(row.materialized_at),
        )
        for row in page.items
    ]
    return "\n".join([*table(_HEADER, _WIDTHS, rows), "", f"Showing {len(rows):,} assets"])


def _partitions(kind: str | None) -> str:
    words = {"TIME_WINDOW": "time", "MULTIPARTITIONED": "multi"}
    return "" if kind is None else words.get(kind, kind.lower())


def _time(time: datetime | None) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}" if time else ""


def format_asset(asset: "AssetDetail") -> str:
    """Return what there is to know of an asset, a line for each thing, and its checks."""
    partitions = asset.partitions
    pairs = [
        ("Asset", asset.key),
        ("Description", asset.description),
        ("Group", asset.group_name),
        ("Kinds", ", ".join(asset.kinds) or None),
        ("Owners", ", ".join(asset.owners) or None),
        ("Tags", ", ".join(f"{key}={value}" if value else key for key, value in asset.tags.items()) or None),
        ("Location", asset.location_name),
        ("Repository", asset.repository_name),
        ("Materializable", None if asset.is_materializable else "no"),
        ("Automation", asset.automation_condition),
        ("Targeted by", ", ".join(asset.targeted_by) or None),
        ("Upstream", ", ".join(asset.upstream) or None),
        ("Downstream", ", ".join(asset.downstream) or None),
        (
            "Partitions",
            None
            if partitions is None
            else f"{partitions.total:,} ({partitions.materialized:,} materialized, {partitions.failed:,} failed, "
            f"{partitions.materializing:,} in progress, {partitions.missing:,} missing)",
        ),
        ("Latest materialization", _event(asset.latest_materialization)),
        ("Latest observation", _event(asset.latest_observation)),
        ("Latest run", f"{asset.latest_run.id} {asset.latest_run.status}" if asset.latest_run else None),
        ("Stale", _stale(asset)),
        ("Freshness", asset.freshness),
        ("URL", asset.url),
    ]
    lines = [detail(pairs)]
    if asset.latest_materialization and asset.latest_materialization.metadata:
        lines += ["", "Metadata:"]
        lines += [
            f"  {escape(name)}: {metadata_value(value)}"
            for name, value in asset.latest_materialization.metadata.items()
        ]
    if asset.checks:
        lines += ["", *check_table(asset.checks)]
    return "\n".join(lines)


def _event(event: "AssetEvent | None") -> str | None:
    if event is None:
        return None
    parts = [f"{_time(event.time)}Z", event.partition and f"partition {event.partition}"]
    return ", ".join(filter(None, [*parts, f"run {event.run_id}" if event.run_id else "reported"]))


def _stale(asset: "AssetDetail") -> str | None:
    if asset.stale_status in (None, "FRESH"):
        return None
    causes = "; ".join(f"{cause.key}: {cause.reason}" for cause in asset.stale_causes)
    return f"{asset.stale_status}" + (f" ({causes})" if causes else "")


def format_events(page: "Page[AssetEvent]") -> str:
    """Return the table of what happened to an asset."""
    if not page.items:
        return "No events found"
    rows = [
        (
            _time(event.time),
            event.type,
            cell(event.partition or ""),
            cell(event.run_id or ""),
            cell(", ".join(f"{name}={metadata_value(value)}" for name, value in event.metadata.items()), _METADATA),
        )
        for event in page.items
    ]
    header = ("TIME", "TYPE", "PARTITION", "RUN", "METADATA")
    return "\n".join([*table(header, (19, 15, 12, 36, 20), rows), "", f"Showing {len(rows):,} events"])


def format_health(page: "Page[AssetHealth]") -> str:
    """Return the table of how assets are."""
    if not page.items:
        return "No assets found"
    rows = [(cell(each.key), each.status, cell("; ".join(each.reasons))) for each in page.items]
    counts = Counter(each.status for each in page.items)
    summary = ", ".join(f"{count:,} {status}" for status, count in counts.most_common())
    return "\n".join([*table(("ASSET", "HEALTH", "REASON"), (30, 9, 30), rows), "", summary])


def format_plan(plan: "MaterializationPlan") -> str:
    """Return what would be launched."""
    target = plan.target
    lines = [*target.asset_keys, "", f"{len(target.asset_keys):,} assets in one run of location {target.location_name}"]
    if partition := partition_of(target.tags):
        lines.append(f"Partition: {partition}")
    return "\n".join(map(escape, [*lines, *format_plan_notes(plan)]))


def format_plan_notes(plan: "MaterializationPlan") -> list[str]:
    """Return what a plan changes of what was asked for."""
    notes = []
    if plan.added:
        notes.append(f"Added, because they are only materialized together: {_names(plan.added)}")
    if plan.left_out:
        notes.append(f"Left out, because no run can materialize them: {_names(plan.left_out)}")
    return notes


def _names(keys: "Sequence[str]") -> str:
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return ", ".join(keys[:_NAMED]) + more


def format_materialization(run: "Materialization") -> str:
    """Return a line for each thing worth knowing of a run, its assets, and what became of its checks."""
    lines = [format_run(run)]
    if run.asset_keys:
        lines.append(detail([("Assets", _names(run.asset_keys))]))
    if run.checks:
        lines += ["", format_run_checks(run.checks)]
    return "\n".join(lines)


def format_reports(page: "Page[AssetReport]") -> str:
    """Return the table of reported events, and how many have each result."""
    rows = [
        (cell(each.asset_key), cell(each.partition or ""), each.result, _time(each.time), cell(each.error or ""))
        for each in page.items
    ]
    counts = Counter(each.result for each in page.items)
    kind = page.items[0].type.capitalize() if page.items else "Event"
    summary = f"{kind}s: {', '.join(f'{count:,} {result}' for result, count in counts.items())}"
    header = ("ASSET", "PARTITION", "RESULT", "TIME", "ERROR")
    return "\n".join([*table(header, (30, 12, 8, 19, 20), rows), "", summary])


def format_wipe(page: "Page[WipeResult]") -> str:
    """Return the table of assets, how much history each had, and what became of it."""
    rows = [
        (
            cell(each.asset_key),
            cell(", ".join(each.partitions)),
            f"{each.materializations:,}",
            f"{each.observations:,}",
            each.result,
            cell(each.error or ""),
        )
        for each in page.items
    ]
    header = ("ASSET", "PARTITIONS", "MATERIALIZATIONS", "OBSERVATIONS", "RESULT", "ERROR")
    return "\n".join(table(header, (30, 10, 16, 12, 7, 20), rows))


def counted(count: int, noun: str) -> str:
    """Return a number of things in words."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
