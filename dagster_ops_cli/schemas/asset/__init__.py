"""Assets, and their keys as users write them."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.partition import Partitioning
from dagster_ops_cli.schemas.selectors import asset_key


def _key(value: Any) -> Any:
    return asset_key(value["path"]) if isinstance(value, dict) else value


def keys_of_paths(value: Any) -> Any:
    """Return the keys of a selection of assets, None if it is empty."""
    return [_key(each) for each in value] if value else None


AssetKey = Annotated[str, BeforeValidator(_key)]
"""The parts of an asset's key, separated by slashes."""


class BackfillPolicy(Model):
    """How a backfill distributes the partitions of an asset to runs. Source: ``BackfillPolicy``.

    ``type`` is SINGLE_RUN (one run for a range of partitions) or MULTI_RUN (at most ``max_partitions_per_run``
    partitions in each run).
    """

    type: str = Field(validation_alias="policyType")
    max_partitions_per_run: int | None = Field(None, validation_alias="maxPartitionsPerRun")


class AssetPlace(Model):
    """A repository that defines an asset."""

    repository_name: str
    location_name: str

    def __str__(self) -> str:
        """The name in messages."""
        return f"repository {self.repository_name} of location {self.location_name}"


class Asset(Model):
    """An asset as the workspace defines it. Source: ``assetNodes``.

    If several repositories define the same key, Dagster's own pages and backfills use only one of them; ``hidden_by``
    is that one, if it is not this one. ``is_executable`` is false for an external asset, which Dagster can't
    materialize. ``job_names`` are the jobs that materialize it, including those that Dagster creates itself. Without a
    ``backfill_policy``, a backfill launches one run for each partition.
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
