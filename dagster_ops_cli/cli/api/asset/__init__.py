"""`ops api asset`: one file per verb."""

from typing import TYPE_CHECKING

from dagster_ops_cli.cli.context import Ops

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.job import CodeLocation


def warn_of_broken(ops: Ops, location: "CodeLocation", nouns: str = "assets") -> None:
    """Warn of a code location that does not load: its assets, or checks, are missing from the answer."""
    ops.warn(f"code location {location.name} does not load, so its {nouns} are missing: {location.error}")
