"""The target of a launch as text."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import Facts, facts

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.run.target import RunTarget


def format_target(target: "RunTarget") -> Facts:
    """Return the job, the assets and the tags of a run that would be launched."""
    return facts(
        ("Job", target.job_name),
        ("Location", target.location_name),
        ("Repository", target.repository_name),
        ("Assets", ", ".join(target.asset_keys) or None),
        *((f"Tag {key}", value) for key, value in target.tags.items()),
    )
