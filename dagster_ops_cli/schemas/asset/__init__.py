"""Assets, and their keys as users write them."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.partition import Partitioning
from dagster_ops_cli.schemas.selectors import asset_key


def _key(value: Any) -> Any:
    return asset_key(value["path"]) if isinstance(value, dict) else value


def keys_of_paths(value: Any) -> Any:
    """Return the keys of a selection of assets; None where nothing was selected."""
    return [_key(each) for each in value] if value else None


AssetKey = Annotated[str, BeforeValidator(_key)]
"""The parts of an asset's key, separated by slashes."""


class BackfillPolicy(Model):
    """How Dagster spreads the partitions of an asset over runs. Source: ``BackfillPolicy``.

    ``type`` is SINGLE_RUN (one run for all partitions of a range) or MULTI_RUN (runs of at most
    ``max_partitions_per_run`` partitions each).
    """

    type: str = Field(validation_alias="policyType")
    max_partitions_per_run: int | None = Field(None, validation_alias="maxPartitionsPerRun")


class AssetPlace(Model):
    """A repository that defines an asset."""

    repository_name: str
    location_name: str

    def __str__(self) -> str:
        """What messages call it."""
        return f"repository {self.repository_name} of location {self.location_name}"


class Asset(Model):
    """An asset as the workspace defines it. Source: ``assetNodes``.

    Where several repositories define the same key, Dagster's own pages and backfills know only one of them;
    ``hidden_by`` is that one where this is another. ``is_executable`` is false for what Dagster only knows of, and
    can't materialize. ``job_names`` are the jobs that materialize it, those that Dagster made itself among them.
    ``backfill_policy`` is null where the asset has none: then a backfill launches one run for each partition.
    """

    key: AssetKey = Field(validation_alias="assetKey")
    repository_name: str
    location_name: str
    is_executable: bool = Field(validation_alias="isExecutable")
    is_partitioned: bool = Field(validation_alias="isPartitioned")
    job_names: list[str] = Field(validation_alias="jobNames")
    backfill_policy: BackfillPolicy | None = Field(None, validation_alias="backfillPolicy")
    partitioning: Partitioning
    hidden_by: AssetPlace | None = None
