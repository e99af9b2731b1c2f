"""One asset with its state and its events."""

from typing import Any

from pydantic import Field

from dagster_ops_cli.schemas.asset import AssetKey, BackfillPolicy
from dagster_ops_cli.schemas.asset_check import AssetCheck
from dagster_ops_cli.schemas.model import EventTime, Model


class AssetEvent(Model):
    """A materialization, an observation, or a failed materialization (which only Dagster+ stores).

    ``type`` is ``materialization``, ``observation`` or ``failure``. ``run_id`` is null for an event that was reported
    from outside of a run. ``tags`` are Dagster's own, such as the data version.
    """

    type: str
    time: EventTime
    run_id: str | None
    step_key: str | None = None
    partition: str | None = None
    description: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict)


class PartitionCounts(Model):
    """How many partitions of an asset have which state."""

    total: int = Field(validation_alias="numPartitions")
    materialized: int = Field(validation_alias="numMaterialized")
    failed: int = Field(validation_alias="numFailed")
    materializing: int = Field(validation_alias="numMaterializing")

    @property
    def missing(self) -> int:
        """The number of partitions that were never materialized."""
        return max(0, self.total - self.materialized - self.failed - self.materializing)


class StaleCause(Model):
    """A reason why an asset is stale: a change in it or in another asset."""

    key: AssetKey
    reason: str


class LatestRun(Model):
    """The last run that planned to materialize an asset. It may have failed after it materialized this one."""

    id: str
    status: str


class AssetDetail(Model):
    """One asset: its definition, its state, and the assets around it. Source: ``assetNodeOrError``.

    ``partitions`` is null for an asset without partitions. ``stale_status`` is FRESH, STALE or MISSING.
    ``freshness`` is Dagster's state of the freshness policy, such as PASS, WARN or FAIL; null without a policy and
    before Dagster 1.11. ``targeted_by`` are the schedules and sensors that can materialize it.
    """

    key: AssetKey
    description: str | None
    group_name: str | None
    kinds: list[str]
    owners: list[str]
    tags: dict[str, str]
    location_name: str
    repository_name: str
    is_materializable: bool
    partition_type: str | None
    job_names: list[str]
    backfill_policy: BackfillPolicy | None = None
    automation_condition: str | None = None
    targeted_by: list[str]
    upstream: list[AssetKey]
    downstream: list[AssetKey]
    partitions: PartitionCounts | None
    latest_materialization: AssetEvent | None
    latest_observation: AssetEvent | None
    latest_run: LatestRun | None = None
    stale_status: str | None
    stale_causes: list[StaleCause]
    freshness: str | None = None
    checks: list[AssetCheck] = Field(default_factory=list)
    url: str
