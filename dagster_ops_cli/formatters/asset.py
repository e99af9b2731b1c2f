"""Assets as text."""

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.asset_check import check_table, format_run_checks, metadata_value
from dagster_ops_cli.formatters.run import format_run
from dagster_ops_cli.formatters.table import At, Column, Link, Phrase, Sheet, Table, facts, listing, sheet
from dagster_ops_cli.formatters.text import escape
from dagster_ops_cli.schemas.dagster_tags import partition_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_ops_cli.schemas.asset.definition import AssetPage
    from dagster_ops_cli.schemas.asset.detail import AssetDetail, AssetEvent, PartitionCounts
    from dagster_ops_cli.schemas.asset.health import AssetHealth
    from dagster_ops_cli.schemas.asset.materialization import Materialization, MaterializationPlan
    from dagster_ops_cli.schemas.asset.report import AssetReport
    from dagster_ops_cli.schemas.asset.wipe import WipeResult
    from dagster_ops_cli.schemas.page import Page

# Metadata in a table is cut; JSON has all of it.
_METADATA = 100
_COLUMNS = (
    Column("ASSET", 30, priority=9),
    Column("GROUP", 12, priority=3),
    Column("KINDS", 12, priority=2),
    Column("LOCATION", 15, priority=4),
    Column("PARTITIONS", 10, priority=5),
    Column("MATERIALIZED", 20, "age", priority=8),
)
_EVENT_COLUMNS = (
    Column("TIME", 19, "age", priority=8),
    Column("TYPE", 15, priority=5),
    Column("PARTITION", 12, priority=9),
    Column("RUN", 36, "id", priority=7),
    Column("METADATA", 20, most=_METADATA, priority=4),
)
_HEALTH_COLUMNS = (
    Column("ASSET", 30, priority=9),
    Column("HEALTH", 9, "status", priority=8),
    Column("REASON", 30, priority=7),
)
_REPORT_COLUMNS = (
    Column("ASSET", 30, priority=8),
    Column("PARTITION", 12, priority=9),
    Column("RESULT", 8, priority=9),
    Column("TIME", 19, "age", priority=5),
    Column("ERROR", 20, priority=7),
)
_WIPE_COLUMNS = (
    Column("ASSET", 30, priority=9),
    Column("PARTITIONS", 10, priority=6),
    Column("MATERIALIZATIONS", 16, "number", priority=7),
    Column("OBSERVATIONS", 12, "number", priority=5),
    Column("RESULT", 7, priority=9),
    Column("ERROR", 20, priority=8),
)
# How many assets a line names.
_NAMED = 5


def format_assets(page: "AssetPage") -> Sheet | str:
    """Return the table of assets."""
    rows = [
        (
            Link(row.key, row.url),
            row.group_name,
            ", ".join(row.kinds),
            row.location_name,
            _partitions(row.partition_type),
            row.materialized_at,
        )
        for row in page.items
    ]
    return listing("assets", Table(_COLUMNS, rows), page.has_more)


def _partitions(kind: str | None) -> str:
    words = {"TIME_WINDOW": "time", "MULTIPARTITIONED": "multi"}
    return "" if kind is None else words.get(kind, kind.lower())


def _time(time: datetime | None) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}" if time else ""


def format_asset(asset: "AssetDetail") -> Sheet:
    """Return an asset, one line for each fact, and its checks."""
    partitions = asset.partitions
    known = facts(
        ("Asset", Link(asset.key, asset.url)),
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
        ("Partitions", None if partitions is None else _partition_counts(partitions)),
        ("Latest materialization", _event(asset.latest_materialization)),
        ("Latest observation", _event(asset.latest_observation)),
        ("Latest run", f"{asset.latest_run.id} {asset.latest_run.status}" if asset.latest_run else None),
        ("Stale", _stale(asset)),
        ("Freshness", asset.freshness),
        ("URL", Link(asset.url, asset.url)),
    )
    lines: list[str] = []
    if asset.latest_materialization and asset.latest_materialization.metadata:
        lines += ["", "Metadata:"]
        lines += [
            f"  {escape(name)}: {metadata_value(value)}"
            for name, value in asset.latest_materialization.metadata.items()
        ]
    return sheet(known, lines, ["", check_table(asset.checks)] if asset.checks else [])


def _partition_counts(partitions: "PartitionCounts") -> str:
    """Return how many partitions there are, and how many have each state; states without a partition are left out."""
    counts = (
        (partitions.materialized, "materialized"),
        (partitions.failed, "failed"),
        (partitions.materializing, "in progress"),
        (partitions.missing, "missing"),
    )
    states = ", ".join(f"{count:,} {state}" for count, state in counts if count)
    return f"{partitions.total:,} ({states})" if states else f"{partitions.total:,}"


def _event(event: "AssetEvent | None") -> Phrase | None:
    if event is None:
        return None
    partition = f", partition {event.partition}" if event.partition else ""
    origin = f", run {event.run_id}" if event.run_id else ", reported"
    return Phrase([At(event.time, f"{_time(event.time)}Z"), partition + origin])


def _stale(asset: "AssetDetail") -> str | None:
    if asset.stale_status in (None, "FRESH"):
        return None
    causes = "; ".join(f"{cause.key}: {cause.reason}" for cause in asset.stale_causes)
    return f"{asset.stale_status}" + (f" ({causes})" if causes else "")


def format_events(page: "Page[AssetEvent]") -> Sheet | str:
    """Return the table of an asset's events."""
    rows = [
        (
            event.time,
            event.type,
            event.partition,
            event.run_id,
            ", ".join(f"{name}={metadata_value(value)}" for name, value in event.metadata.items()),
        )
        for event in page.items
    ]
    return listing("events", Table(_EVENT_COLUMNS, rows), page.has_more)


def format_health(page: "Page[AssetHealth]", unhealthy: bool = False) -> Sheet | str:
    """Return the table of the health of assets. ``unhealthy`` says that only those are listed."""
    if not page.items:
        return "No unhealthy assets found" if unhealthy else "No assets found"
    rows = [(Link(each.key, each.url), each.status, "; ".join(each.reasons)) for each in page.items]
    counts = Counter(each.status for each in page.items)
    summary = ", ".join(f"{count:,} {status}" for status, count in counts.most_common())
    return sheet(Table(_HEALTH_COLUMNS, rows), "", summary)


def format_plan(plan: "MaterializationPlan") -> str:
    """Return what would be launched."""
    target = plan.target
    lines = [
        *target.asset_keys,
        "",
        f"{counted(len(target.asset_keys), 'asset')} in one run of location {target.location_name}",
    ]
    if partition := partition_of(target.tags):
        lines.append(f"Partition: {partition}")
    return "\n".join(map(escape, [*lines, *format_plan_notes(plan)]))


def format_plan_notes(plan: "MaterializationPlan") -> list[str]:
    """Return the assets that a plan adds to those requested, and those that it leaves out."""
    notes = []
    if plan.added:
        notes.append(f"Added, because they are only materialized together: {_names(plan.added)}")
    if plan.left_out:
        notes.append(f"Left out, because no run can materialize them: {_names(plan.left_out)}")
    return notes


def _names(keys: "Sequence[str]") -> str:
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return ", ".join(keys[:_NAMED]) + more


def format_materialization(run: "Materialization") -> Sheet:
    """Return a run, one line for each fact, with its assets and the results of its checks."""
    known = facts(*format_run(run).facts, ("Assets", _names(run.asset_keys) if run.asset_keys else None))
    return sheet(known, ["", format_run_checks(run.checks)] if run.checks else [])


def format_reports(page: "Page[AssetReport]") -> Sheet:
    """Return the table of reported events, and how many have each result."""
    rows = [(each.asset_key, each.partition, each.result, each.time, each.error) for each in page.items]
    counts = Counter(each.result for each in page.items)
    kind = page.items[0].type.capitalize() if page.items else "Event"
    summary = f"{kind}s: {', '.join(f'{count:,} {result}' for result, count in counts.items())}"
    return sheet(Table(_REPORT_COLUMNS, rows), "", summary)


def format_wipe(page: "Page[WipeResult]") -> Sheet:
    """Return the table of assets, how much history each had, and what became of it."""
    rows = [
        (
            each.asset_key,
            ", ".join(each.partitions),
            f"{each.materializations:,}",
            f"{each.observations:,}",
            each.result,
            each.error,
        )
        for each in page.items
    ]
    return sheet(Table(_WIPE_COLUMNS, rows))


def counted(count: int, noun: str) -> str:
    """Return a number of things in words."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
