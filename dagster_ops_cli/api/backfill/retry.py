"""What a retry launches: the partitions that have not succeeded, with what the backfill itself was launched with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dagster_ops_cli.adapters.run_config import list_partition_launches
from dagster_ops_cli.adapters.run_origin import get_run_origin
from dagster_ops_cli.api.backfill_runs import runs_with_tag
from dagster_ops_cli.api.backfill_view import BackfillView
from dagster_ops_cli.api.find_asset import find_asset
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.errors import ConflictError
from dagster_ops_cli.schemas.backfill import TAG_CONFIG, TAG_LAUNCH, TAG_TOTAL, Backfill, BackfillPlan
from dagster_ops_cli.schemas.backfill_config import STRATEGY_BACKFILL
from dagster_ops_cli.schemas.partition import Partitioning

TAG_RETRY_OF = "ops/retry-of"
# Between the first and the last key of a run that takes a whole range; no key can hold it.
_RANGE = "..."
# What Dagster or the launch itself writes; all else is the user's, and goes along.
_WRITTEN = (TAG_LAUNCH, TAG_TOTAL)


@dataclass(frozen=True)
class Retry:
    """A plan, the run config and the tags of what is launched again."""

    plan: BackfillPlan
    run_config: Mapping[str, Any] | None
    tags: Mapping[str, str]


def plan_retry(client: GraphQLClient, backfill: Backfill) -> Retry:
    """Return what to launch again of a backfill that has ended badly.

    Raises ConflictError where no run of it is left to tell what it was launched with.
    """
    run_tag = BackfillView(client, backfill.id).run_tag
    sibling = next(runs_with_tag(client, run_tag, backfill.id), None)
    if sibling is None:
        raise ConflictError(
            f"no run of backfill {backfill.id} is left to tell its run config",
            hint="Launch it from its file: ops api backfill launch FILE --again",
        )
    origin = get_run_origin(client, sibling.id)
    keys = [each.partition for each in backfill.failed]
    if backfill.asset_keys:
        partitioning = find_asset(client, backfill.asset_keys[0]).partitioning
        keys = _expand(keys, partitioning)
    run_config: Mapping[str, Any] | None = origin.run_config or None
    if run_config and backfill.job_name and backfill.strategy == STRATEGY_BACKFILL:
        place = (origin.location_name, origin.repository_name, origin.job_name)
        (own,) = list_partition_launches(client, *place, keys[:1])
        # Then the run config came from the partition, and will again.
        run_config = None if own.has_run_config else run_config
    plan = BackfillPlan(
        name=backfill.name or "",
        job_name=backfill.job_name,
        asset_keys=backfill.asset_keys,
        repository_name=origin.repository_name,
        location_name=origin.location_name,
        strategy=backfill.strategy,
        partitions=keys,
        config_hash=backfill.tags.get(TAG_CONFIG, ""),
    )
    kept = {
        key: value
        for key, value in backfill.tags.items()
        if key not in _WRITTEN and not key.startswith(("dagster/", ".dagster/"))
    }
    return Retry(plan, run_config, {**kept, TAG_RETRY_OF: backfill.id})


def _expand(keys: Sequence[str], partitioning: Partitioning) -> list[str]:
    """Return single keys for those of runs that took a range."""
    places = {key: index for index, key in enumerate(partitioning.keys)}
    expanded: dict[str, None] = {}
    for key in keys:
        first, dots, last = key.partition(_RANGE)
        if dots and first in places and last in places:
            expanded.update(dict.fromkeys(partitioning.keys[places[first] : places[last] + 1]))
        else:
            expanded[key] = None
    return list(expanded)
