"""What a run is launched of."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.run import Tags


class RunTarget(Model):
    """A job, or some assets of it, and what Dagster itself gives a run of one of its partitions.

    ``asset_keys`` are written with slashes; none means the whole job. ``run_config`` is YAML, as the job makes it
    for the partition; null where the job makes none.
    """

    job_name: str
    repository_name: str
    location_name: str
    asset_keys: list[str] = Field(default_factory=list)
    tags: dict[str, str] = Field(default_factory=dict)
    run_config: str | None = None


class PartitionRun(Model):
    """What a run needs to be the run of a job's partition. Source: ``PartitionTagsAndConfig``."""

    tags: Tags
    run_config: str | None


class PartitionDimension(Model):
    """One dimension of an asset's partitions; where there is only one, its name means nothing."""

    name: str
    keys: list[str] = Field(validation_alias="partitionKeys")


def _key(value: Any) -> Any:
    return join_asset_key(value["path"]) if isinstance(value, dict) else value


def _location(value: Any) -> Any:
    return {**value, "location_name": value["location"]["name"]} if isinstance(value, dict) else value


class AssetRepository(Model):
    """Where an asset is defined."""

    name: str
    location_name: str


class Asset(Model):
    """An asset as far as launching it goes. Source: ``assetNodes``.

    ``job_names`` are the jobs that materialize it, the hidden ones too; none where Dagster can't materialize it.
    """

    key: Annotated[str, BeforeValidator(_key)] = Field(validation_alias="assetKey")
    job_names: list[str] = Field(validation_alias="jobNames")
    partition_keys: list[str] = Field(validation_alias="partitionKeys")
    is_partitioned: bool = Field(validation_alias="isPartitioned")
    dimensions: list[PartitionDimension] = Field(validation_alias="partitionKeysByDimension")
    repository: Annotated[AssetRepository, BeforeValidator(_location)]


def split_asset_key(key: str) -> list[str]:
    r"""Return the parts of a key that is written with slashes; ``\/`` is a slash inside a part."""
    return [part.replace("\0", "/") for part in key.replace("\\/", "\0").split("/")]


def join_asset_key(path: list[str]) -> str:
    """Return the key as users write it."""
    return "/".join(part.replace("/", "\\/") for part in path)
