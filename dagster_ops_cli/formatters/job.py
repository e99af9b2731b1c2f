"""Jobs as text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import Column, Link, Sheet, Table, Value, facts, listing, sheet
from dagster_ops_cli.formatters.text import cell

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.job import JobAsset, JobDetail, JobDimension, JobPage

_COLUMNS = (
    Column("JOB", 30, priority=9),
    Column("LOCATION", 20, priority=7),
    Column("REPOSITORY", 20, priority=3),
    Column("KIND", 6, priority=4),
    Column("PARTITIONED", 11, priority=5),
)
_DIMENSION_COLUMNS = (
    Column("DIMENSION", 15, priority=9),
    Column("TYPE", 11, priority=5),
    Column("KEYS", 6, "number", priority=7),
    Column("VALUES", 30, priority=8),
)
_SINGLE_RUN = "SINGLE_RUN"
# Dagster gives this name to the only repository of a code location with Definitions.
_ONLY_REPOSITORY = "__repository__"


def format_jobs(page: "JobPage") -> Sheet | str:
    """Return the table of jobs."""
    rows = [
        (
            Link(job.name, job.url),
            job.location_name,
            job.repository_name,
            "assets" if job.is_asset_job else "ops",
            "yes" if job.is_partitioned else "no",
        )
        for job in page.items
    ]
    has_names = any(job.repository_name != _ONLY_REPOSITORY for job in page.items)
    table = Table(_COLUMNS, rows, silent=() if has_names else ["REPOSITORY"])
    return listing("jobs", table, page.has_more)


def format_job(job: "JobDetail") -> Sheet:
    """Return a job, one line for each fact; absent ones are left out."""
    known = facts(
        ("Job", job.name),
        ("Location", job.location_name),
        ("Repository", job.repository_name),
        *(("Asset", f"{asset.key}{_policy(asset)}") for asset in job.assets),
        ("Partitions", "none" if job.partitions is None else str(job.partitions)),
        ("Partition config", "each partition has its own run config" if job.has_partition_config else None),
        ("Required config", None if job.required_config else "none"),
    )
    fields = [f"  {cell(field.path)}: {cell(field.type)}" for field in job.required_config]
    # Dagster tells the types of an asset's dimensions only.
    silent = () if any(each.type for each in job.dimensions) else ["TYPE"]
    dimensions = Table(_DIMENSION_COLUMNS, [_dimension(each) for each in job.dimensions], silent=silent)
    return sheet(known, ["Required config:", *fields] if fields else [], ["", dimensions] if job.dimensions else [])


def _policy(asset: "JobAsset") -> str:
    if not asset.dimension_types:
        return ""
    policy = asset.backfill_policy
    if policy is None:
        return " (a backfill launches one run for each partition)"
    most = policy.max_partitions_per_run if policy.type != _SINGLE_RUN else None
    return f" (backfill policy {policy.type}" + (f", at most {most} partitions in a run)" if most else ")")


def _dimension(dimension: "JobDimension") -> Sequence[Value]:
    keys = [cell(key) for key in dimension.first]
    hidden = dimension.total - len(dimension.first)
    if hidden:
        # If few are hidden, the last ones overlap with the first.
        keys += ["..."] * (hidden > len(dimension.last)) + [cell(key) for key in dimension.last[-hidden:]]
    return (dimension.name, dimension.type or "-", dimension.total, ", ".join(keys))
