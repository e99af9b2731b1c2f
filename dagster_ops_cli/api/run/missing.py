"""Add the keys of dynamic partitions that a run needs, before it is launched."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagster_ops_cli.api.asset.find import find_asset
from dagster_ops_cli.api.job.find import find_job
from dagster_ops_cli.api.partition.missing import DynamicDimensions, add_missing_keys, find_dynamic_dimensions
from dagster_ops_cli.api.run.target import key_of
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.asset import Asset
from dagster_ops_cli.schemas.partition_key import PartitionKey

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.job import Job


def add_missing_partition(
    client: GraphQLClient,
    poll: Poll,
    job_name: str | None,
    asset_keys: Sequence[str],
    partition: Sequence[str],
    repository_name: str | None = None,
    location_name: str | None = None,
) -> None:
    """Add the keys of dynamic dimensions that a partition of a job or of assets needs and that do not exist yet.

    ``partition`` is a key, or ``dimension=key`` for each dimension. Raises NotFoundError for a job or an asset, and
    InvalidRequestError for a missing key in a dimension that is not dynamic; nothing is added then.
    """
    place = (repository_name, location_name)
    targets: list[Job | Asset] = [find_job(client, job_name, *place)] if job_name else []
    targets += [find_asset(client, key, *place) for key in asset_keys if not job_name]
    missing = []
    for target in targets:
        dynamic = find_dynamic_dimensions(client, target)
        if dynamic.partitioning.dimensions:
            key = key_of(partition, dynamic.partitioning)
            _check_others(dynamic, key, f"asset {target.key!r}" if isinstance(target, Asset) else f"job {job_name!r}")
            missing += [each for each in dynamic.missing([key]) if each not in missing]
    add_missing_keys(client, poll, missing)


def _check_others(dynamic: DynamicDimensions, key: str, what: str) -> None:
    """Raise InvalidRequestError if a key is missing in a dimension that is not dynamic."""
    names = dynamic.partitioning.dimension_names
    try:
        values = PartitionKey.parse(key, names).values
    except ValueError as error:
        raise InvalidRequestError(str(error)) from error
    for dimension in dynamic.partitioning.dimensions:
        value = values[dimension.name]
        if dimension.name not in dynamic.definitions and value not in dimension.keys:
            raise InvalidRequestError(
                f"{what} has no key {value!r} in dimension {dimension.name!r}, and keys can only be added to dynamic "
                "dimensions of assets"
            )
