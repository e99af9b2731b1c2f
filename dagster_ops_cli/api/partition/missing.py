"""Find the keys of dynamic dimensions that a launch needs but that do not exist yet, and add them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dagster_ops_cli.adapters.asset import get_asset
from dagster_ops_cli.adapters.dynamic_partition import list_dynamic_uses
from dagster_ops_cli.adapters.job import list_job_assets
from dagster_ops_cli.adapters.partition import get_job_partitioning
from dagster_ops_cli.api.dynamic_partition import DynamicPartitionApi
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ServerFaultError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.asset import Asset
from dagster_ops_cli.schemas.dynamic_partition import DynamicPartitionResult, MissingKeys
from dagster_ops_cli.schemas.job import Job
from dagster_ops_cli.schemas.partition import Partitioning
from dagster_ops_cli.schemas.partition_key import ONLY_DIMENSION, PartitionKey

# How many keys a message names.
_NAMED = 5


@dataclass(frozen=True)
class DynamicDimensions:
    """The partitions of a job or an asset, and the names of the definitions of its dynamic dimensions, by dimension.

    ``asset_keys`` are all assets that use one of these definitions.
    """

    partitioning: Partitioning
    definitions: Mapping[str, str]
    asset_keys: frozenset[str]

    def new_partitions(self, keys: Iterable[str]) -> list[str]:
        """Return which of these partitions do not exist yet."""
        known = set(self.partitioning.keys)
        return [key for key in keys if key not in known]

    def missing(self, keys: Iterable[str]) -> list[MissingKeys]:
        """Return the keys of dynamic dimensions that these partitions need and that do not exist, in their order."""
        names = self.partitioning.dimension_names
        parsed = [PartitionKey.parse(key, names).values for key in keys]
        found = []
        for dimension in self.partitioning.dimensions:
            if dimension.name in self.definitions:
                known = set(dimension.keys)
                needed = dict.fromkeys(values[dimension.name] for values in parsed)
                if new := [key for key in needed if key not in known]:
                    definition = self.definitions[dimension.name]
                    found.append(MissingKeys(definition=definition, dimension=dimension.name, keys=new))
        return found


def find_dynamic_dimensions(client: GraphQLClient, target: Job | Asset) -> DynamicDimensions:
    """Return the dynamic dimensions of a target. A job has those of its assets; of a job of ops, Dagster tells none."""
    asset = target if isinstance(target, Asset) else None
    partitioning = asset.partitioning if asset else Partitioning(dimensions=[], keys=[])
    if isinstance(target, Job):
        partitioning = get_job_partitioning(client, target.selector)
        asset = _partitioned_asset(client, target, partitioning)
    if asset is None:
        return DynamicDimensions(partitioning, {}, frozenset())
    uses = list_dynamic_uses(client)
    place = (asset.key, asset.repository_name, asset.location_name)
    own = [use for use in uses if (use.asset_key, use.repository_name, use.location_name) == place]
    definitions = {use.dimension or ONLY_DIMENSION: use.definition for use in own}
    same = frozenset(use.asset_key for use in uses if use.definition in definitions.values())
    return DynamicDimensions(asset.partitioning, definitions, same)


def _partitioned_asset(client: GraphQLClient, job: Job, partitioning: Partitioning) -> Asset | None:
    """Return an asset that has the partitions of its job. Dagster tells the types of dimensions only for assets."""
    if not partitioning.dimensions or not job.is_asset_job:
        return None
    for each in list_job_assets(client, job.selector):
        if each.dimension_types:
            asset = get_asset(client, each.key, job.selector)
            if asset.partitioning.keys == partitioning.keys:
                return asset
    return None


def add_missing_keys(client: GraphQLClient, poll: Poll, missing: Sequence[MissingKeys]) -> None:
    """Add keys, in order, and read them back. Adding keys that exist meanwhile is not an error.

    Raises ForbiddenError, and ServerFaultError for a key that Dagster did not add.
    """
    api = DynamicPartitionApi(client, poll)
    for each in missing:
        added = poll.ask(lambda each=each: _add(api, each))  # type: ignore[misc]
        if added:
            poll.tell(f"Added {describe(added)} to {each.definition}.")


def _add(api: DynamicPartitionApi, missing: MissingKeys) -> list[str]:
    results: list[DynamicPartitionResult] = []
    for batch in api.add(missing.definition, missing.keys):
        results += batch
        for each in batch:
            if not each.done:
                raise ServerFaultError(f"{missing.definition}: the key {each.key!r} was not added: {each.error}")
    return [each.key for each in results if each.result == "added"]


def describe(keys: Sequence[str]) -> str:
    """Return how many keys there are, and the first of them."""
    more = ", ..." if len(keys) > _NAMED else ""
    return f"{len(keys):,} key{'' if len(keys) == 1 else 's'} ({', '.join(keys[:_NAMED])}{more})"
