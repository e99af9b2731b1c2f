"""Find what a run is to be launched of, before anything is launched."""

from collections.abc import Sequence

from dagster_ops_cli.adapters.job import list_jobs
from dagster_ops_cli.adapters.run_target import get_assets, get_partition_run, list_asset_keys, list_job_partitions
from dagster_ops_cli.api.find_job import check_location, find_job, raise_broken
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.errors import InvalidRequestError, NotFoundError
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.job import ASSET_JOB_PREFIX
from dagster_ops_cli.schemas.run_target import Asset, RunTarget


def find_job_target(
    client: GraphQLClient,
    job_name: str,
    repository_name: str | None = None,
    location_name: str | None = None,
    partition: Sequence[str] = (),
) -> RunTarget:
    """Return the job as something to launch, as the run of a partition where one is given.

    ``partition`` is a key, or ``dimension=key`` for each dimension. Raises NotFoundError for a job, location or
    partition that does not exist, InvalidRequestError for a partition that can't be one.
    """
    job = find_job(client, job_name, repository_name, location_name)
    target = RunTarget(job_name=job.name, repository_name=job.repository_name, location_name=job.location_name)
    if not partition:
        return target
    keys = list_job_partitions(client, job)
    if not keys:
        raise InvalidRequestError(f"job {job_name!r} has no partitions", hint="Launch it without --partition.")
    key, dimensions = _parse_partition(partition, keys)
    if key not in keys and not dimensions:
        raise _unknown_partition(key, keys, f"job {job_name!r}")
    # Only the tags of a partition tell the dimensions of a job, and those of any will do.
    run = get_partition_run(client, job, key if key in keys else keys[0])
    prefix = "dagster/partition/"
    names = [tag.removeprefix(prefix) for tag in run.tags if tag.startswith(prefix)]
    _check_dimensions(dimensions, names)
    if key not in keys:
        raise _unknown_partition(key, keys, f"job {job_name!r}")
    has_config = (run.run_config or "").strip() not in ("", "{}")
    return target.model_copy(update={"tags": run.tags, "run_config": run.run_config if has_config else None})


def find_asset_target(
    client: GraphQLClient,
    asset_keys: Sequence[str],
    repository_name: str | None = None,
    location_name: str | None = None,
    partition: Sequence[str] = (),
) -> RunTarget:
    """Return assets as something to launch together, for a partition where one is given.

    Raises NotFoundError for an asset, location or partition that does not exist, InvalidRequestError for assets that
    can't be launched together, and for partitioned ones without a partition.
    """
    asset_keys = list(dict.fromkeys(asset_keys))
    assets = _find_assets(client, asset_keys, repository_name, location_name)
    places = dict.fromkeys((asset.repository.location_name, asset.repository.name) for asset in assets)
    if len(places) > 1:
        told = ", ".join(f"repository {repository} of location {location}" for location, repository in places)
        raise InvalidRequestError(
            f"the assets are of {len(places)} places, and a run is of one: {told}",
            hint="Say which one you mean with --location and --repository, or launch a run for each.",
        )
    jobs = [name for name in assets[0].job_names if all(name in asset.job_names for asset in assets)]
    if not jobs:
        fixed = [asset.key for asset in assets if not asset.job_names]
        told = f"Dagster does not materialize {', '.join(fixed)}" if fixed else "no job has all of these assets"
        raise InvalidRequestError(told)
    # The job without a name is the one that has them all; it is the only one that is there for this.
    job_name = next((name for name in jobs if name.startswith(ASSET_JOB_PREFIX)), jobs[0])
    location, repository = next(iter(places))
    return RunTarget(
        job_name=job_name,
        repository_name=repository,
        location_name=location,
        asset_keys=asset_keys,
        tags=_partition_tags(assets, partition),
    )


def _find_assets(
    client: GraphQLClient, asset_keys: Sequence[str], repository_name: str | None, location_name: str | None
) -> list[Asset]:
    if repository_name or location_name:
        check_location(list_jobs(client), repository_name, location_name)
    found = [
        asset
        for asset in get_assets(client, asset_keys)
        if location_name in (None, asset.repository.location_name) and repository_name in (None, asset.repository.name)
    ]
    missing = [key for key in asset_keys if key not in {asset.key for asset in found}]
    if missing:
        told = f"there is no asset {' or '.join(repr(key) for key in missing)}"
        raise_broken(told, list_jobs(client).locations)
        raise NotFoundError(told, code="ASSET_NOT_FOUND", hint=did_you_mean(missing[0], list_asset_keys(client)))
    return found


def _partition_tags(assets: Sequence[Asset], partition: Sequence[str]) -> dict[str, str]:
    partitioned = [asset for asset in assets if asset.is_partitioned]
    if not partition:
        if partitioned:
            names = ", ".join(asset.key for asset in partitioned)
            raise InvalidRequestError(f"of which partition? {names} is partitioned", hint="Give it with --partition.")
        return {}
    if not partitioned:
        raise InvalidRequestError("the assets have no partitions", hint="Launch them without --partition.")
    key, given = _parse_partition(partition, partitioned[0].partition_keys)
    tags = {"dagster/partition": key}
    for asset in partitioned:
        dimensions = sorted(dimension.name for dimension in asset.dimensions) if len(asset.dimensions) > 1 else []
        _check_dimensions(given, dimensions)
        if key not in asset.partition_keys:
            raise _unknown_partition(key, asset.partition_keys, f"asset {asset.key!r}")
        # A key of several dimensions is their keys in the order of the dimensions' names; none of them can hold a bar.
        tags |= {f"dagster/partition/{name}": part for name, part in zip(dimensions, key.split("|"), strict=False)}
    return tags


def _parse_partition(partition: Sequence[str], keys: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return the key that is meant, and its parts by dimension where it was given by dimension."""
    if len(partition) == 1 and (partition[0] in keys or "=" not in partition[0]):
        # A key may hold anything, an equals sign too.
        return partition[0], {}
    parts: dict[str, str] = {}
    for each in partition:
        name, equals, key = each.partition("=")
        if not equals:
            raise InvalidRequestError(
                "a run is of one partition: --partition KEY once, or --partition DIMENSION=KEY for each dimension"
            )
        if name in parts:
            raise InvalidRequestError(f"the partition dimension {name!r} is given twice")
        parts[name] = key
    return "|".join(parts[name] for name in sorted(parts)), parts


def _check_dimensions(given: dict[str, str], names: Sequence[str]) -> None:
    if not given or set(given) == set(names):
        return
    if not names:
        raise InvalidRequestError("its partitions have one dimension, without a name", hint="Give it: --partition KEY")
    raise InvalidRequestError(
        f"its partitions have the dimensions {', '.join(sorted(names))}, and were given {', '.join(sorted(given))}",
        hint=" ".join(f"--partition {name}=KEY" for name in sorted(names)),
    )


def _unknown_partition(key: str, keys: Sequence[str], of: str) -> NotFoundError:
    hint = did_you_mean(key, keys)
    if not hint:
        hint = f"Its keys go from {keys[0]} to {keys[-1]}." if keys else "It has none so far."
    return NotFoundError(f"{of} has no partition {key!r}", code="PARTITION_NOT_FOUND", hint=hint)
