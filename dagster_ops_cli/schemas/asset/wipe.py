"""The stored history of assets, and the results of wiping it."""

from pydantic import Field

from dagster_ops_cli.schemas.asset import AssetKey
from dagster_ops_cli.schemas.model import EventTime, Model


class AssetHistory(Model):
    """When an asset was materialized and observed, or some of its partitions. Source: ``Asset``."""

    asset_key: AssetKey
    partitions: list[str] = Field(default_factory=list)
    materializations: list[EventTime]
    observations: list[EventTime]


class WipeResult(Model):
    """The result of wiping one asset, or some of its partitions.

    ``materializations`` and ``observations`` are how many there were. ``result`` is ``planned`` (with ``--dry-run``),
    ``wiped`` or ``failed``; ``error`` and ``code`` say why it failed.
    """

    asset_key: AssetKey
    partitions: list[str]
    materializations: int
    observations: int
    result: str
    error: str | None = None
    code: str | None = None

    @classmethod
    def of(cls, history: AssetHistory, result: str = "planned", error: str | None = None) -> "WipeResult":
        """Return the result for a history."""
        return cls(
            asset_key=history.asset_key,
            partitions=history.partitions,
            materializations=len(history.materializations),
            observations=len(history.observations),
            result=result,
            error=error,
            code=error and "INTERNAL_ERROR",
        )

    @property
    def done(self) -> bool:
        """Whether nothing of the history is left."""
        return self.error is None
