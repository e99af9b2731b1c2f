"""Plan a launch from a configuration file, or report all problems of the file at once."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from dagster_ops_cli.adapters.partition import (
    get_job_partitioning,
    list_asset_partition_states,
    list_job_partition_states,
)
from dagster_ops_cli.adapters.run.config import check_run_config, list_partition_launches
from dagster_ops_cli.api.asset import find_asset
from dagster_ops_cli.api.job.find import find_job
from dagster_ops_cli.api.partition.choice import Resolved, resolve, resolve_unchecked
from dagster_ops_cli.api.partition.missing import DynamicDimensions, find_dynamic_dimensions
from dagster_ops_cli.errors import InvalidContentError, InvalidRequestError, NotFoundError, OpsError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.asset import Asset, AssetPlace
from dagster_ops_cli.schemas.backfill import BackfillPlan, Skipped
from dagster_ops_cli.schemas.backfill.config import STRATEGY_BACKFILL, BackfillConfig
from dagster_ops_cli.schemas.job import Job
from dagster_ops_cli.schemas.partition import PartitionState

T = TypeVar("T")

_DONE = ("materialized", "succeeded")
_SINGLE_RUN = "SINGLE_RUN"
# The path of a problem in a run config, in Dagster's messages.
_CONFIG_PATH = re.compile(r" at path root:(\S+?)\.?(?:\s|$)")
_UNEXPECTED_ENTRY = re.compile(r'^Received unexpected config entry "(\w+)"')


@dataclass
class _Target:
    """The job or the assets that the file names, as Dagster defines them."""

    job: Job | None = None
    assets: list[Asset] = field(default_factory=list)


def plan_backfill(client: GraphQLClient, config: BackfillConfig) -> BackfillPlan:
    """Return what a launch of the file would do, without ``existing_id``.

    Raises InvalidContentError with one line for each problem, and BadResponseError (CODE_LOCATION_ERROR) if the
    target may be in a code location that does not load.
    """
    problems: list[str] = []
    target = _find_target(client, config, problems)
    judge = _find_judge(client, config, target, problems)
    resolved, dynamic = Resolved(), None
    if not problems:
        dynamic = find_dynamic_dimensions(client, target.job or target.assets[0]) if config.add_missing else None
        resolved = _resolve(client, config, target, dynamic)
        problems += resolved.problems
    keys, skipped = resolved.keys, Skipped()
    new = frozenset(dynamic.new_partitions(keys)) if dynamic else frozenset()
    if not problems:
        keys, skipped = _apply_policy(client, config, target.job, judge, keys, problems, dynamic)
    if not problems and keys and target.job:
        existing = next((key for key in keys if key not in new), None)
        found = _check_run_config(client, config, target.job, existing)
        # Strategy runs launches the other partitions even if the run config of one is rejected.
        if config.run_config or config.strategy == STRATEGY_BACKFILL or len(keys) == 1:
            problems += found
    if problems:
        raise InvalidContentError("\n".join(problems))
    places = [target.job] if target.job else target.assets
    return BackfillPlan(
        name=config.tags.name,
        job_name=config.job_name,
        asset_keys=config.asset_keys,
        repository_name=places[0].repository_name,
        location_name=places[0].location_name,
        strategy=config.strategy,
        partitions=keys,
        skipped=skipped,
        config_hash=config.config_hash,
        dimensions=resolved.choices,
        keys_to_add=dynamic.missing(keys) if dynamic else [],
        single_run=config.strategy == STRATEGY_BACKFILL
        and bool(target.assets)
        and all((asset.backfill_policy and asset.backfill_policy.type) == _SINGLE_RUN for asset in target.assets),
    )


def _find_target(client: GraphQLClient, config: BackfillConfig, problems: list[str]) -> _Target:
    repository, location = config.repository_name, config.location_name
    if config.job_name is not None:
        name = config.job_name
        job = _in_file("job_name", problems, lambda: find_job(client, name, repository, location))
        return _Target(job=job)
    target = _Target()
    for index, key in enumerate(config.asset_keys or []):
        asset = _in_file(f"asset_keys[{index}]", problems, partial(find_asset, client, key, repository, location))
        if asset:
            target.assets.append(asset)
    if problems:
        return target
    problems += [
        f"asset_keys[{index}]: Dagster can't materialize {asset.key!r}"
        for index, asset in enumerate(target.assets)
        if not asset.is_executable
    ]
    first = target.assets[0]
    if any(asset.partitioning.keys != first.partitioning.keys for asset in target.assets):
        problems.append("asset_keys: the assets are partitioned differently; use one file for each asset")
    if config.strategy == STRATEGY_BACKFILL:
        problems += [
            f"asset_keys[{index}]: Dagster's own backfills use {asset.key!r} of {asset.hidden_by}; to use this one, "
            "set strategy: runs"
            for index, asset in enumerate(target.assets)
            if asset.hidden_by
        ]
    elif any(_place(asset) != _place(first) for asset in target.assets):
        places = dict.fromkeys(str(_place(asset)) for asset in target.assets)
        problems.append(
            f"asset_keys: with strategy: runs all assets must be in one repository; they are in {', '.join(places)}"
        )
    return target


def _place(found: Job | Asset) -> AssetPlace:
    return AssetPlace(repository_name=found.repository_name, location_name=found.location_name)


def _find_judge(client: GraphQLClient, config: BackfillConfig, target: _Target, problems: list[str]) -> Asset | None:
    """Return the asset whose partitions the policy looks at, or None if it looks at the runs of the job.

    If several repositories define the asset, prefer the target's repository, or the one that the file names.
    """
    key = config.backfill_policy.asset_key
    if key is None:
        return target.assets[0] if target.assets else None
    places = [_place(each) for each in (target.job, *target.assets) if each]
    names = (
        (places[0].repository_name, places[0].location_name)
        if places
        else (config.repository_name, config.location_name)
    )
    find = partial(find_asset, client, key, *names, or_elsewhere=True)
    return _in_file("backfill_policy.asset_key", problems, find)


def _in_file(place: str, problems: list[str], find: Callable[[], T]) -> T | None:
    """Return what ``find`` finds. If it does not exist, add that to the problems of the file."""
    try:
        return find()
    except (NotFoundError, InvalidRequestError) as error:
        if error.code == "LOCATION_NOT_FOUND":
            # The error knows which of the two names is wrong.
            place = next(iter(error.ids), place)
        hint = error.hint if isinstance(error, NotFoundError) else "Choose one with location_name or repository_name."
        problem = f"{place}: {error.message}" + (f". {hint}" if hint else "")
        if problem not in problems:
            problems.append(problem)
        return None


def _resolve(
    client: GraphQLClient, config: BackfillConfig, target: _Target, dynamic: DynamicDimensions | None
) -> Resolved:
    entries = config.tags.partitions
    if config.skip_checks:
        return resolve_unchecked(entries)
    what = f"job {target.job.name!r}" if target.job else f"asset {target.assets[0].key!r}"
    if dynamic:
        return resolve(entries, dynamic.partitioning, what, dynamic.definitions)
    if target.job:
        return resolve(entries, get_job_partitioning(client, target.job.selector), what)
    return resolve(entries, target.assets[0].partitioning, what)


def _apply_policy(
    client: GraphQLClient,
    config: BackfillConfig,
    job: Job | None,
    judge: Asset | None,
    keys: list[str],
    problems: list[str],
    dynamic: DynamicDimensions | None,
) -> tuple[list[str], Skipped]:
    policy = config.backfill_policy
    if policy.policy == "all":
        return keys, Skipped()
    status = {state.partition: state.status for state in _states(client, job, judge)}
    unknown = [key for key in keys if key not in status]
    if judge and dynamic and judge.key in dynamic.asset_keys:
        # It will have the new partitions, too.
        unknown = [key for key in unknown if key not in dynamic.new_partitions(unknown)]
    if unknown and policy.asset_key:
        problems.append(f"backfill_policy.asset_key: asset {policy.asset_key!r} has no partition {unknown[0]!r}")
        return keys, Skipped()
    if policy.policy == "missing":
        kept = [key for key in keys if status.get(key) not in _DONE]
        return kept, Skipped(materialized=len(keys) - len(kept))
    kept = [key for key in keys if status.get(key) == "failed"]
    return kept, Skipped(not_failed=len(keys) - len(kept))


def _states(client: GraphQLClient, job: Job | None, judge: Asset | None) -> Sequence[PartitionState]:
    if judge:
        return list_asset_partition_states(client, judge.key, judge)
    return list_job_partition_states(client, job.selector) if job else []


def _check_run_config(client: GraphQLClient, config: BackfillConfig, job: Job, key: str | None) -> list[str]:
    """Return the problems of the run config that the runs would get: the file's, or else the partition's own.

    The latter can't be checked if no partition exists yet (``key`` is None).
    """
    problems: list[str] = []
    if key is None:
        return _rejections(client, job, config.run_config, None) if config.run_config else problems
    launches = _in_file("tags.partitions", problems, partial(list_partition_launches, client, job.selector, [key]))
    if launches is None:
        return problems
    launch = launches[0]
    if config.run_config and launch.has_run_config and config.strategy == STRATEGY_BACKFILL:
        reason = f"Dagster would ignore it, because the partitions of job {job.name!r} have their own run config"
        return [f"run_config: {reason}; remove it, or use strategy: runs"]
    if config.run_config:
        return _rejections(client, job, config.run_config, None)
    return _rejections(client, job, launch.run_config, key)


def _rejections(client: GraphQLClient, job: Job, run_config: Any, key: str | None) -> list[str]:
    """Return why Dagster rejects a run config: that of a partition, or without a ``key`` that of the file."""
    try:
        check_run_config(client, job.selector, run_config)
    except InvalidContentError as error:
        lines = error.message.splitlines()
        if key is None:
            return [f"{_config_place(line)}: {line}" for line in lines]
        return [f"tags.partitions: the run config of partition {key!r}: {line}" for line in lines]
    except OpsError as error:
        error.message = f"the run config can't be checked: {error.message}"
        raise
    return []


def _config_place(message: str) -> str:
    """Return the place in the file that one of Dagster's messages about a run config refers to."""
    path = _CONFIG_PATH.search(message)
    entry = _UNEXPECTED_ENTRY.search(message)
    parts = [*path[1].split(":"), *([entry[1]] if entry else [])] if path else []
    return ".".join(["run_config", *parts])
