"""Delete the history of assets, and check that it is gone."""

from collections.abc import Sequence

from dagster_ops_cli.adapters.asset import get_asset
from dagster_ops_cli.adapters.asset.wipe import get_asset_history, wipe_assets
from dagster_ops_cli.api.asset.listing import asset_not_found
from dagster_ops_cli.api.partition.words import choose_keys
from dagster_ops_cli.api.waiting.lost_answer import make_change
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import InvalidRequestError, NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.asset.report import PartitionChoice
from dagster_ops_cli.schemas.asset.wipe import AssetHistory, WipeResult


def plan_wipe(client: GraphQLClient, asset_keys: Sequence[str], partition: Sequence[str]) -> list[AssetHistory]:
    """Return the history to wipe; see ``AssetApi.plan_wipe``."""
    asset_keys = list(dict.fromkeys(asset_keys))
    partitions: Sequence[str] = []
    if partition:
        if len(asset_keys) > 1:
            raise InvalidRequestError("--partition goes with one asset")
        try:
            # Of the definitions in several code locations, Dagster takes this one.
            asset = get_asset(client, asset_keys[0])
        except NotFoundError:
            raise asset_not_found(client, asset_keys[0]) from None
        partitions = choose_keys(PartitionChoice(keys=list(partition)), asset.partitioning, f"asset {asset.key!r}")
    return [_history(client, key, partitions) for key in asset_keys]


def _history(client: GraphQLClient, asset_key: str, partitions: Sequence[str]) -> AssetHistory:
    try:
        return get_asset_history(client, asset_key, partitions)
    except NotFoundError:
        raise asset_not_found(client, asset_key) from None


def wipe(client: GraphQLClient, poll: Poll, planned: Sequence[AssetHistory]) -> list[WipeResult]:
    """Wipe the planned history and check that it is gone; see ``AssetApi.wipe``."""
    keys = [each.asset_key for each in planned]
    partitions = planned[0].partitions

    def look() -> bool:
        return not any(_left(client, each) for each in planned)

    make_change(
        poll,
        lambda: wipe_assets(client, keys, partitions),
        look,
        "Some of the history is still there",
        {"To look": ["ops", "asset", "events", keys[0]]},
    )
    left = poll.ask(lambda: [_left(client, each) for each in planned])
    return [
        WipeResult.of(each, "failed", f"{count} events are still there") if count else WipeResult.of(each, "wiped")
        for each, count in zip(planned, left, strict=True)
    ]


def _left(client: GraphQLClient, before: AssetHistory) -> int:
    """Return how many events of an earlier look are still there."""
    try:
        now = get_asset_history(client, before.asset_key, before.partitions)
    except NotFoundError:
        # Nothing is left of an asset that no code location defines.
        return 0
    kept = set(before.materializations).intersection(now.materializations)
    return len(kept) + len(set(before.observations).intersection(now.observations))
