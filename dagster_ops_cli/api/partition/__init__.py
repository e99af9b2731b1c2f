"""The API for partitions."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from dagster_ops_cli.adapters.partition import (
    get_job_partitioning,
    list_asset_partition_states,
    list_job_partition_states,
)
from dagster_ops_cli.api.asset import find_asset
from dagster_ops_cli.api.job.find import find_job
from dagster_ops_cli.api.waiting.paging import page_of
from dagster_ops_cli.errors import InvalidRequestError, NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.asset import Asset
from dagster_ops_cli.schemas.job import Job
from dagster_ops_cli.schemas.page import Page
from dagster_ops_cli.schemas.partition import Dimension, DimensionKey, Partitioning, PartitionState, PartitionTarget
from dagster_ops_cli.schemas.partition_key import split_key

# A partition of a job succeeds, one of an asset is materialized: each of the two statuses selects both.
_SAME = frozenset({"materialized", "succeeded"})


@dataclass(frozen=True)
class PartitionApi:
    """The partitions of jobs and assets."""

    client: GraphQLClient

    def list(
        self,
        target: PartitionTarget,
        statuses: Iterable[str] = (),
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[PartitionState]:
        """Return the partitions with one of the statuses (none means any), in Dagster's order.

        At most ``limit`` partitions are returned, only those after the key ``cursor``. Raises NotFoundError for a job
        or asset that does not exist, InvalidRequestError for one that is not partitioned and for a cursor that is not
        a key.
        """
        wanted = _lowered(statuses)
        states = _states(self.client, target, _find(self.client, target))
        return page_of(
            states, lambda state: state.partition, limit, cursor, lambda state: not wanted or state.status in wanted
        )


@dataclass(frozen=True)
class DimensionApi:
    """The keys in one partition dimension of jobs and assets."""

    client: GraphQLClient

    def list(
        self,
        target: PartitionTarget,
        dimension: str,
        statuses: Iterable[str] = (),
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[DimensionKey]:
        """Return the keys of a dimension that have at least one partition with one of the statuses (none means any).

        If there is only one dimension, any name selects it. Raises what ``PartitionApi.list`` raises, and NotFoundError
        for a dimension that does not exist.
        """
        wanted = _lowered(statuses)
        source = _find(self.client, target)
        partitioning = _partitioning(self.client, target, source)
        index, chosen = _dimension(partitioning, target, dimension)
        several = len(partitioning.dimensions) > 1
        counts: dict[str, Counter[str]] = {key: Counter() for key in chosen.keys}
        for state in _states(self.client, target, source):
            parts = split_key(state.partition) if several else [state.partition]
            # A key that appeared between the two requests is not counted.
            if index < len(parts) and parts[index] in counts:
                counts[parts[index]][state.status] += 1
        found = [
            DimensionKey(key=key, total=counts[key].total(), counts=dict(sorted(counts[key].items())))
            for key in chosen.keys
        ]
        return page_of(
            found, lambda each: each.key, limit, cursor, lambda each: not wanted or wanted & each.counts.keys()
        )


def _lowered(statuses: Iterable[str]) -> set[str]:
    wanted = {status.lower() for status in statuses}
    return wanted | _SAME if wanted & _SAME else wanted


def _find(client: GraphQLClient, target: PartitionTarget) -> Job | Asset:
    names = (target.repository_name, target.location_name)
    if target.asset_key is None:
        return find_job(client, target.job_name or "", *names)
    asset = find_asset(client, target.asset_key, *names)
    if not asset.is_partitioned:
        raise _not_partitioned(target)
    return asset


def _states(client: GraphQLClient, target: PartitionTarget, found: Job | Asset) -> list[PartitionState]:
    if isinstance(found, Asset):
        return list_asset_partition_states(client, found.key, found)
    try:
        return list_job_partition_states(client, found.selector)
    except NotFoundError as error:
        # The job exists, so what Dagster did not find are its partitions.
        raise _not_partitioned(target) from error


def _partitioning(client: GraphQLClient, target: PartitionTarget, found: Job | Asset) -> Partitioning:
    partitioning = found.partitioning if isinstance(found, Asset) else get_job_partitioning(client, found.selector)
    if not partitioning.dimensions:
        raise _not_partitioned(target)
    return partitioning


def _not_partitioned(target: PartitionTarget) -> InvalidRequestError:
    return InvalidRequestError(f"{target.title} has no partitions")


def _dimension(partitioning: Partitioning, target: PartitionTarget, name: str) -> tuple[int, Dimension]:
    if len(partitioning.dimensions) == 1:
        return 0, partitioning.dimensions[0]
    for index, dimension in enumerate(partitioning.dimensions):
        if dimension.name == name:
            return index, dimension
    names = [dimension.name for dimension in partitioning.dimensions]
    raise NotFoundError(
        f"{target.title} has no dimension {name!r}",
        code="PARTITION_NOT_FOUND",
        hint=did_you_mean(name, names) or f"Its dimensions: {', '.join(names)}.",
    )
