"""Partitions of jobs and of assets."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.partition_key import ONLY_DIMENSION, PartitionKey
from dagster_ops_cli.schemas.run import Tags


class Dimension(Model):
    """One dimension of a partitioning, with its keys in Dagster's order.

    ``type`` is TIME_WINDOW, STATIC or DYNAMIC, and null where Dagster does not tell it: for the jobs that are made of
    ops. The only dimension of a partitioning that has one is named ``partition``.
    """

    name: str
    type: str | None = None
    keys: list[str] = Field(validation_alias="partitionKeys")


def _named(value: Any) -> Any:
    """Dagster calls the only dimension of an asset ``default``; several are told in any order."""
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        return (
            [{**value[0], "name": ONLY_DIMENSION}] if len(value) == 1 else sorted(value, key=lambda each: each["name"])
        )
    return value


class Partitioning(Model):
    """How a job or an asset is partitioned, and by which keys, in Dagster's order.

    A key over several dimensions is their values joined by ``|``, in the alphabetical order of the dimensions' names.
    Without partitions, ``dimensions`` and ``keys`` are empty.
    """

    dimensions: Annotated[list[Dimension], BeforeValidator(_named)]
    keys: list[str]

    @property
    def dimension_names(self) -> list[str]:
        """The names of the dimensions."""
        return [dimension.name for dimension in self.dimensions]

    @model_validator(mode="after")
    def _keys_have_all_dimensions(self) -> "Partitioning":
        for key in self.keys if len(self.dimensions) > 1 else ():
            PartitionKey.parse(key, self.dimension_names)
        return self


class PartitionState(Model):
    """One partition and how it stands.

    ``status`` is ``missing`` (never run, or never materialized), ``failed``, ``in_progress`` or ``materialized`` for
    assets; for jobs the same words, ``materialized`` being ``succeeded``, by the last run of the partition.
    """

    partition: str
    status: str
    run_id: str | None = None


class PartitionLaunch(Model):
    """What a run of one partition is launched with. ``run_config`` is YAML, as Dagster writes it."""

    key: str
    run_config: str
    tags: Tags

    @property
    def has_run_config(self) -> bool:
        """Whether the partition has a run config of its own; Dagster writes an empty one as ``{}``."""
        return self.run_config.strip() not in ("", "{}", "null")


class PartitionTarget(Model):
    """Whose partitions are meant: those of a job or of an asset, where its name alone does not tell, of which."""

    job_name: str | None = None
    asset_key: str | None = None
    repository_name: str | None = None
    location_name: str | None = None

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"the job {self.job_name!r}" if self.asset_key is None else f"the asset {self.asset_key!r}"


class DimensionKey(Model):
    """One key of one dimension, and how many of the partitions that it is part of stand how."""

    key: str
    total: int
    counts: dict[str, int]
