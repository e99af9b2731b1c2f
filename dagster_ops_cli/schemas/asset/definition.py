"""Assets in lists and selections."""

from pydantic import Field

from dagster_ops_cli.schemas.asset import AssetKey
from dagster_ops_cli.schemas.job import CodeLocation
from dagster_ops_cli.schemas.model import Model, Time
from dagster_ops_cli.schemas.page import Page


class AssetRow(Model):
    """An asset in a list. Source: ``assetNodes``.

    ``kinds`` are those of its tags ``dagster/kind/...``; before Dagster 1.8 there is at most one, and ``tags`` are
    empty. ``is_materializable`` is false for external assets, and for those that Dagster only observes.
    ``partition_type`` is TIME_WINDOW, STATIC, DYNAMIC or MULTIPARTITIONED, null for an asset without partitions.
    ``upstream`` are the assets that it depends on. ``materialized_at`` is the time of its latest materialization; it
    is only known for assets that are shown.
    """

    key: AssetKey
    group_name: str | None
    kinds: list[str]
    owners: list[str]
    tags: dict[str, str]
    location_name: str
    repository_name: str
    is_materializable: bool
    partition_type: str | None
    job_names: list[str]
    upstream: list[AssetKey]
    materialized_at: Time | None = None
    url: str


class AssetPage(Page[AssetRow]):
    """Some assets. ``broken`` are the code locations that do not load: their assets are missing (not in JSON)."""

    broken: list[CodeLocation] = Field(exclude=True)


class AssetFilter(Model):
    """A filter for assets; an empty one matches every asset. ``prefix`` is one or more whole parts of a key."""

    selection: str | None = None
    prefix: str | None = None
    groups: list[str] = Field(default_factory=list)
    kinds: list[str] = Field(default_factory=list)
    owners: list[str] = Field(default_factory=list)
    tags: dict[str, str] = Field(default_factory=dict)
    repository_name: str | None = None
    location_name: str | None = None

    def fits(self, asset: AssetRow) -> bool:
        """Whether an asset matches everything but ``selection``."""
        return (
            (self.prefix is None or f"{asset.key}/".startswith(f"{self.prefix.rstrip('/')}/"))
            and (not self.groups or asset.group_name in self.groups)
            and (not self.kinds or not set(self.kinds).isdisjoint(asset.kinds))
            and (not self.owners or not set(self.owners).isdisjoint(asset.owners))
            and self.tags.items() <= asset.tags.items()
            and self.repository_name in (None, asset.repository_name)
            and self.location_name in (None, asset.location_name)
        )
