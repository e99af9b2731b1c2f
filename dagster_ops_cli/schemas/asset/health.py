"""The health of assets."""

from dagster_ops_cli.schemas.asset import AssetKey
from dagster_ops_cli.schemas.model import Model, Time

HEALTHY, WARNING, UNHEALTHY, UNKNOWN = "healthy", "warning", "unhealthy", "unknown"


class AssetHealth(Model):
    """The health of an asset: the worst of its latest materialization, its checks and its freshness.

    ``status`` is ``unhealthy`` if the latest materialization or a partition failed, if a check failed with severity
    ERROR or crashed, or if the freshness policy is violated; ``warning`` for checks of severity WARN and for freshness
    warnings; ``unknown`` for an asset that was never materialized and has no check result; else ``healthy``.
    ``reasons`` say why it is not healthy. The counts are null for an asset without partitions.
    """

    key: AssetKey
    status: str
    reasons: list[str]
    materialized_at: Time | None
    failed_run_id: str | None
    partitions_failed: int | None
    partitions_total: int | None
    checks_total: int
    checks_failed: int
    checks_warned: int
    freshness: str | None
    url: str
