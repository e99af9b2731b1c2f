"""Jobs as text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.text import cell, detail, listing, table

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.job import JobAsset, JobDetail, JobDimension, JobPage

_HEADER = ("JOB", "LOCATION", "REPOSITORY", "KIND", "PARTITIONED")
_WIDTHS = (30, 20, 20, 6, 11)
_DIMENSION_HEADER = ("DIMENSION", "TYPE", "KEYS", "VALUES")
_SINGLE_RUN = "SINGLE_RUN"
_DIMENSION_WIDTHS = (15, 11, 6, 30)


def format_jobs(page: "JobPage") -> str:
    """Return the table of jobs."""
    rows = [
        (
            cell(job.name),
            cell(job.location_name),
            cell(job.repository_name),
            "assets" if job.is_asset_job else "ops",
            "yes" if job.is_partitioned else "no",
        )
        for job in page.items
    ]
    return listing("jobs", _HEADER, _WIDTHS, rows, page.has_more)


def format_job(job: "JobDetail") -> str:
    """Return a job, one line for each fact; absent ones are left out."""
    pairs = [
        ("Job", job.name),
        ("Location", job.location_name),
        ("Repository", job.repository_name),
        *(("Asset", f"{asset.key}{_policy(asset)}") for asset in job.assets),
        ("Partitions", "none" if job.partitions is None else str(job.partitions)),
        ("Partition config", "each partition has its own run config" if job.has_partition_config else None),
        ("Required config", None if job.required_config else "none"),
    ]
    parts = [detail(pairs)]
    if job.required_config:
        fields = [f"  {cell(field.path)}: {cell(field.type)}" for field in job.required_config]
        parts.append("\n".join(["Required config:", *fields]))
    if job.dimensions:
        rows = [_dimension(each) for each in job.dimensions]
        parts += ["", *table(_DIMENSION_HEADER, _DIMENSION_WIDTHS, rows)]
    return "\n".join(parts)


def _policy(asset: "JobAsset") -> str:
    if not asset.dimension_types:
        return ""
    policy = asset.backfill_policy
    if policy is None:
        return " (a backfill launches one run for each partition)"
    most = policy.max_partitions_per_run if policy.type != _SINGLE_RUN else None
    return f" (backfill policy {policy.type}" + (f", at most {most} partitions in a run)" if most else ")")


def _dimension(dimension: "JobDimension") -> Sequence[str]:
    keys = [cell(key) for key in dimension.first]
    hidden = dimension.total - len(dimension.first)
    if hidden:
        # If few are hidden, the last ones overlap with the first.
        keys += ["..."] * (hidden > len(dimension.last)) + [cell(key) for key in dimension.last[-hidden:]]
    return (cell(dimension.name), cell(dimension.type or "-"), str(dimension.total), ", ".join(keys))
