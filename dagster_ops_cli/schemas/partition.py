"""Partitions of jobs and of assets."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.partition_key import ONLY_DIMENSION, PartitionKey, join_key
from dagster_ops_cli.schemas.run import Tags


class Dimension(Model):
    """One dimension of a partitioning, with its keys in Dagster's order.

    ``type`` is TIME_WINDOW, STATIC or DYNAMIC; null for jobs of ops, for which Dagster does not return it. If there is
    only one dimension, its name is ``partition``.
    """

    name: str
    type: str | None = None
    keys: list[str] = Field(validation_alias="partitionKeys")


def _named(value: Any) -> Any:
    """Return the dimensions sorted by name; Dagster calls the only dimension of an asset ``default``."""
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        return (
            [{**value[0], "name": ONLY_DIMENSION}] if len(value) == 1 else sorted(value, key=lambda each: each["name"])
        )
    return value


class Partitioning(Model):
    """The partition dimensions and keys of a job or an asset, in Dagster's order; both empty without partitions.

    ``PartitionKey`` reads the keys of several dimensions.
    """

    dimensions: Annotated[list[Dimension], BeforeValidator(_named)]
    keys: list[str]

    @property
    def dimension_names(self) -> list[str]:
        """The names of the dimensions."""
        return [dimension.name for dimension in self.dimensions]

    def with_keys(self, added: Mapping[str, Sequence[str]]) -> "Partitioning":
        """Return the partitions after keys were added to dimensions, as Dagster lists them: added keys come last."""
        dimensions = [
            each.model_copy(update={"keys": [*each.keys, *added.get(each.name, ())]}) for each in self.dimensions
        ]
        return self.model_copy(
            update={
                "dimensions": dimensions,
                "keys": [join_key(parts) for parts in product(*(each.keys for each in dimensions))],
            }
        )

    @model_validator(mode="after")
    def _keys_have_all_dimensions(self) -> "Partitioning":
        for key in self.keys if len(self.dimensions) > 1 else ():
            PartitionKey.parse(key, self.dimension_names)
        return self


class PartitionState(Model):
    """One partition and its status.

    The ``status`` for assets is ``missing`` (never materialized), ``failed``, ``in_progress`` or ``materialized``; for
    jobs, by the partition's last run, ``missing`` (no run), ``failed``, ``in_progress`` or ``succeeded``.
    """

    partition: str
    status: str
    run_id: str | None = None


class PartitionLaunch(Model):
    """What Dagster itself launches a run of one partition with. ``run_config`` is YAML."""

    key: str
    run_config: str
    tags: Tags

    @property
    def has_run_config(self) -> bool:
        """Whether the job makes a run config for the partition; Dagster writes an empty one as ``{}``."""
        return self.run_config.strip() not in ("", "{}", "null")


class PartitionTarget(Model):
    """The job or asset whose partitions are wanted, with its repository and location if the name is ambiguous."""

    job_name: str | None = None
    asset_key: str | None = None
    repository_name: str | None = None
    location_name: str | None = None

    @property
    def title(self) -> str:
        """The name in messages."""
        return f"job {self.job_name!r}" if self.asset_key is None else f"asset {self.asset_key!r}"


class DimensionKey(Model):
    """One key of one dimension, and how many of its partitions have each status."""

    key: str
    total: int
    counts: dict[str, int]
