"""Page through the events of an asset."""

from collections.abc import Iterator, Sequence

from dagster_ops_cli.adapters.asset import get_asset
from dagster_ops_cli.adapters.asset.events import list_asset_events
from dagster_ops_cli.api.asset.listing import asset_not_found
from dagster_ops_cli.api.partition.words import partition_not_found
from dagster_ops_cli.errors import NotFoundError, ServerFaultError, invalid_cursor
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.asset.detail import AssetEvent
from dagster_ops_cli.schemas.page import Page

# The most events that one request returns.
_AT_ONCE = 500


def walk_events(
    client: GraphQLClient,
    asset_key: str,
    types: Sequence[str],
    partitions: Sequence[str],
    limit: int | None,
    cursor: str | None,
) -> Iterator[Page[AssetEvent]]:
    """Yield the events of an asset; see ``AssetApi.stream_events``."""
    left, given = limit, cursor
    has_more = True
    while has_more:
        most = _AT_ONCE if left is None else min(left, _AT_ONCE)
        position = cursor
        try:
            events, cursor = list_asset_events(client, asset_key, most, cursor, types, partitions)
        except NotFoundError:
            raise asset_not_found(client, asset_key) from None
        except ServerFaultError as fault:
            if position is None or position != given:
                raise
            # Without the cursor, Dagster fails again unless the cursor is to blame.
            list_asset_events(client, asset_key, 1, None, types, partitions)
            raise invalid_cursor(position) from fault
        if not events and position is None and partitions:
            _check_partitions(client, asset_key, types, partitions)
        left = None if left is None else left - len(events)
        # Dagster returns a cursor even at the end, so ask for one more event to find out whether there are more.
        has_more = len(events) == most and bool(list_asset_events(client, asset_key, 1, cursor, types, partitions)[0])
        yield Page[AssetEvent](items=events, cursor=cursor if has_more else None, has_more=has_more)
        has_more = has_more and left != 0


def _check_partitions(client: GraphQLClient, asset_key: str, types: Sequence[str], partitions: Sequence[str]) -> None:
    """Raise NotFoundError for a partition that neither exists nor has events."""
    if types and list_asset_events(client, asset_key, 1, None, (), partitions)[0]:
        return
    try:
        known = get_asset(client, asset_key).partitioning.keys
    except NotFoundError:
        # No code location defines the asset any more, so nobody knows its partitions.
        return
    if unknown := [key for key in partitions if key not in known]:
        raise partition_not_found(unknown[0], known, f"asset {asset_key!r}")
