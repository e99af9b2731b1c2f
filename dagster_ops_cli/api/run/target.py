"""Look up the job or the assets of a run before it is launched."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagster_ops_cli.adapters.asset import get_assets, list_asset_keys
from dagster_ops_cli.adapters.job import list_jobs
from dagster_ops_cli.adapters.partition import get_job_partitioning
from dagster_ops_cli.adapters.run.config import list_partition_launches
from dagster_ops_cli.api.job.find import check_location, find_job, raise_broken
from dagster_ops_cli.api.waiting.paging import in_batches
from dagster_ops_cli.errors import InvalidRequestError, NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.asset import Asset
from dagster_ops_cli.schemas.job import ASSET_JOB_PREFIX
from dagster_ops_cli.schemas.partition import Partitioning
from dagster_ops_cli.schemas.partition_key import SEPARATOR, PartitionKey
from dagster_ops_cli.schemas.run.target import RunTarget

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.asset.definition import AssetRow

# How many assets one request asks for: each comes with all its partition keys.
_AT_ONCE = 100


def find_job_target(
    client: GraphQLClient,
    job_name: str,
    repository_name: str | None = None,
    location_name: str | None = None,
    partition: Sequence[str] = (),
    unpartitioned: bool = False,
) -> RunTarget:
    """Return a job as the target of a run, for one partition if it is given.

    ``partition`` is a key, or ``dimension=key`` for each dimension; ``unpartitioned`` runs a partitioned job without
    one. Raises NotFoundError for a job, location or partition that does not exist, and InvalidRequestError for an
    invalid or a missing partition.
    """
    job = find_job(client, job_name, repository_name, location_name)
    target = RunTarget(job_name=job.name, repository_name=job.repository_name, location_name=job.location_name)
    if not partition and unpartitioned:
        return target
    partitioning = get_job_partitioning(client, job.selector)
    if not partition:
        if partitioning.dimensions:
            raise _no_partition(f"job {job_name!r}", partitioning, ["ops", "run", "launch", "--job", job_name])
        return target
    key = _choose(partition, partitioning, f"job {job_name!r}")
    (run,) = list_partition_launches(client, job.selector, [key])
    return target.model_copy(update={"tags": run.tags, "run_config": run.run_config if run.has_run_config else None})


def find_asset_target(
    client: GraphQLClient,
    asset_keys: Sequence[str],
    repository_name: str | None = None,
    location_name: str | None = None,
    partition: Sequence[str] = (),
    unpartitioned: bool = False,
) -> RunTarget:
    """Return assets as the target of one run, for one partition if it is given.

    ``unpartitioned`` runs partitioned assets without one. Raises NotFoundError for an asset, location or partition that
    does not exist, and InvalidRequestError for assets that can't be launched together or a missing partition.
    """
    if repository_name or location_name:
        check_location(list_jobs(client), repository_name, location_name)
    assets = find_assets(client, list(dict.fromkeys(asset_keys)), location_name)
    for asset in assets:
        check_place(asset, repository_name, location_name)
    return target_of(assets, partition, unpartitioned)


def check_place(asset: "Asset | AssetRow", repository_name: str | None, location_name: str | None) -> None:
    """Raise NotFoundError if Dagster itself takes the asset from another repository or code location."""
    elsewhere = location_name not in (None, asset.location_name)
    if elsewhere or repository_name not in (None, asset.repository_name):
        raise NotFoundError(
            f"asset {asset.key!r} is in repository {asset.repository_name} of location {asset.location_name}",
            code="ASSET_NOT_FOUND",
            asset_key=asset.key,
        )


def target_of(
    assets: Sequence[Asset],
    partition: Sequence[str] = (),
    unpartitioned: bool = False,
    command: Sequence[str] = (),
) -> RunTarget:
    """Return assets as the target of one run, see ``find_asset_target``.

    ``command`` are the words of the user's command, which an error completes with a partition; those of ``run launch``
    if there are none.
    """
    places = dict.fromkeys((asset.location_name, asset.repository_name) for asset in assets)
    if len(places) > 1:
        shown = ", ".join(f"repository {repository} of location {location}" for location, repository in places)
        raise InvalidRequestError(
            f"the assets are in different repositories: {shown}", hint="Launch a run for each repository."
        )
    fixed = [asset.key for asset in assets if not asset.is_executable]
    if fixed:
        raise InvalidRequestError(f"Dagster can't materialize {', '.join(fixed)}")
    jobs = [name for name in assets[0].job_names if all(name in asset.job_names for asset in assets)]
    if not jobs:
        raise InvalidRequestError("no job contains all of these assets", hint="Launch a run for each asset.")
    ((location, repository),) = places
    return RunTarget(
        # Dagster has a job of its own for launching assets by key.
        job_name=next((name for name in jobs if name.startswith(ASSET_JOB_PREFIX)), jobs[0]),
        repository_name=repository,
        location_name=location,
        asset_keys=[asset.key for asset in assets],
        tags={} if unpartitioned and not partition else _partition_tags(assets, partition, command),
    )


def find_assets(client: GraphQLClient, asset_keys: Sequence[str], location_name: str | None = None) -> list[Asset]:
    """Return the assets with these keys as Dagster itself chooses them if several repositories define one.

    Raises NotFoundError with the nearest keys, BadResponseError if a missing one may be in a code location that does
    not load; with ``location_name``, only in that one.
    """
    found = [asset for keys in in_batches(asset_keys, _AT_ONCE) for asset in get_assets(client, keys)]
    known = {asset.key for asset in found}
    if missing := [key for key in asset_keys if key not in known]:
        message = f"there is no asset {' or '.join(repr(key) for key in missing)}"
        locations = list_jobs(client).locations
        raise_broken(message, [each for each in locations if location_name in (None, each.name)])
        hint = did_you_mean(missing[0], list_asset_keys(client)) or "`ops asset list` shows all assets."
        raise NotFoundError(message, code="ASSET_NOT_FOUND", hint=hint, asset_key=missing[0])
    return found


def _partition_tags(assets: Sequence[Asset], partition: Sequence[str], command: Sequence[str]) -> dict[str, str]:
    partitioned = [asset for asset in assets if asset.is_partitioned]
    if not partition:
        if partitioned:
            launch = ["ops", "run", "launch", *(word for asset in assets for word in ("--asset-key", asset.key))]
            raise _no_partition(f"asset {partitioned[0].key!r}", partitioned[0].partitioning, command or launch)
        return {}
    if not partitioned:
        raise InvalidRequestError("the assets have no partitions", hint="Launch them without --partition.")
    tags: dict[str, str] = {}
    for asset in partitioned:
        key = _choose(partition, asset.partitioning, f"asset {asset.key!r}")
        tags |= PartitionKey.parse(key, asset.partitioning.dimension_names).tags
    return tags


def _no_partition(of: str, partitioning: Partitioning, command: Sequence[str]) -> InvalidRequestError:
    """Return the error for a run without a partition, with the command for one of them."""
    names = partitioning.dimension_names
    by = f" by {' and '.join(names)}" if len(names) > 1 else ""
    commands = {}
    if partitioning.keys:
        last = PartitionKey.parse(partitioning.keys[-1], names)
        parts = [f"{name}={part}" for name, part in last.values.items()] if by else [str(last)]
        options = [word for part in parts for word in ("--partition", part)]
        commands = {"Example": [*command, *options]}
    return InvalidRequestError(
        f"{of} is partitioned{by}; choose a partition",
        hint="To launch it without a partition, pass --no-partition.",
        commands=commands,
    )


def _choose(partition: Sequence[str], partitioning: Partitioning, of: str) -> str:
    """Return the chosen key. Raises InvalidRequestError, and NotFoundError with the nearest keys."""
    keys = partitioning.keys
    if not partitioning.dimensions:
        raise InvalidRequestError(f"{of} has no partitions", hint="Launch it without --partition.")
    key = key_of(partition, partitioning)
    if key not in keys:
        names = partitioning.dimension_names
        # The key of one dimension is near to many keys.
        hint = did_you_mean(key, keys) if len(names) == 1 or SEPARATOR in key else _each_dimension(names)
        if not hint:
            hint = f"Its keys range from {keys[0]} to {keys[-1]}." if keys else "It has no partitions yet."
        raise NotFoundError(f"{of} has no partition {key!r}", code="PARTITION_NOT_FOUND", hint=hint, partition=key)
    return key


def _each_dimension(names: Sequence[str]) -> str:
    return f"Pass {' '.join(f'--partition {name}=KEY' for name in names)}."


def key_of(partition: Sequence[str], partitioning: Partitioning) -> str:
    """Return the chosen key, which need not exist. Raises InvalidRequestError for wrong dimensions."""
    if len(partition) == 1 and (partition[0] in partitioning.keys or "=" not in partition[0]):
        # A key may contain an equals sign.
        return partition[0]
    return _join(partition, partitioning.dimension_names)


def _join(partition: Sequence[str], names: Sequence[str]) -> str:
    parts: dict[str, str] = {}
    for each in partition:
        name, equals, key = each.partition("=")
        if not equals:
            raise InvalidRequestError(
                "a run has one partition; pass --partition KEY once, or --partition DIMENSION=KEY for each dimension"
            )
        if name in parts:
            raise InvalidRequestError(f"partition dimension {name!r} was given twice")
        parts[name] = key
    if len(names) == len(parts) == 1:
        # With only one dimension, the name does not matter.
        return next(iter(parts.values()))
    if wrong := [name for name in parts if name not in names] or [name for name in names if name not in parts]:
        raise InvalidRequestError(
            f"{'missing' if wrong[0] in names else 'unknown'} dimension: {', '.join(wrong)}",
            hint=_each_dimension(names),
        )
    return str(PartitionKey(parts))
