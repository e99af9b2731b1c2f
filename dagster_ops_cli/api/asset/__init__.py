"""The API for assets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dagster_ops_cli.api.asset.find import find_asset as find_asset
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.http.client import GraphQLClient

# Each method imports only what it needs, so that commands start fast.
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dagster_ops_cli.schemas.asset.definition import AssetFilter, AssetPage, AssetRow
    from dagster_ops_cli.schemas.asset.detail import AssetDetail, AssetEvent
    from dagster_ops_cli.schemas.asset.health import AssetHealth
    from dagster_ops_cli.schemas.asset.materialization import MaterializationPlan
    from dagster_ops_cli.schemas.asset.wipe import AssetHistory, WipeResult
    from dagster_ops_cli.schemas.job import CodeLocation
    from dagster_ops_cli.schemas.page import Page


@dataclass(frozen=True)
class AssetApi:
    """The assets of one Dagster."""

    client: GraphQLClient
    poll: Poll = field(default_factory=Poll)

    def list(self, wanted: "AssetFilter", limit: int | None = None, cursor: str | None = None) -> "AssetPage":
        """Return the assets that match the filter, in the order of their keys.

        The page has at most ``limit`` assets and starts after the key ``cursor``. Raises InvalidRequestError for an
        invalid selection, NotFoundError for a location that does not exist, BadResponseError for one that does not
        load.
        """
        from dagster_ops_cli.api.asset.listing import list_page

        return list_page(self.client, wanted, limit, cursor)

    def get(
        self, asset_key: str, repository_name: str | None = None, location_name: str | None = None
    ) -> "AssetDetail":
        """Return one asset with its state and its checks.

        Raises NotFoundError with the nearest keys, and InvalidRequestError if several repositories define the asset and
        none is chosen, or if Dagster itself reports on another one than was chosen.
        """
        from dagster_ops_cli.api.asset.detail import get_detail

        return get_detail(self.client, asset_key, repository_name, location_name)

    def stream_events(
        self,
        asset_key: str,
        types: Sequence[str] = (),
        partitions: Sequence[str] = (),
        limit: int | None = None,
        cursor: str | None = None,
    ) -> "Iterator[Page[AssetEvent]]":
        """Yield the events of an asset, newest first, in pages.

        ``types`` are ``materialization``, ``observation`` and ``failure``; none means all. At most ``limit`` events are
        returned. Raises NotFoundError, InvalidRequestError for an invalid cursor, and UnsupportedError before Dagster
        1.10.
        """
        from dagster_ops_cli.api.asset.events import walk_events

        return walk_events(self.client, asset_key, types, partitions, limit, cursor)

    def plan(
        self,
        asset_keys: Sequence[str] = (),
        selection: str | None = None,
        repository_name: str | None = None,
        location_name: str | None = None,
        partition: Sequence[str] = (),
        unpartitioned: bool = False,
        with_checks: bool = True,
        unread: "Callable[[CodeLocation], object]" = lambda location: None,
    ) -> "MaterializationPlan":
        """Return the run that materializes some assets together; ``RunApi.launch`` takes its ``target``.

        ``partition`` is a key, or ``dimension=key`` for each dimension; ``unpartitioned`` materializes partitioned
        assets without one. Assets that Dagster only materializes together are added. ``unread`` is called with each
        code location that does not load: its assets are missing from the selection. Raises NotFoundError for an asset
        or partition that does not exist, InvalidRequestError for assets that one run can't materialize.
        """
        from dagster_ops_cli.api.asset.materialize import plan_materialization

        place = (repository_name, location_name)
        return plan_materialization(
            self.client, asset_keys, selection, *place, partition, unpartitioned, with_checks, unread
        )

    def check(
        self,
        asset_keys: Sequence[str] = (),
        selection: str | None = None,
        unread: "Callable[[CodeLocation], object]" = lambda location: None,
    ) -> "Sequence[AssetHealth]":
        """Return the health of some assets, or of all if none is given, in the order of their keys.

        ``unread`` is called with each code location that does not load: its assets are missing. Raises NotFoundError
        for a key that does not exist, InvalidRequestError for an invalid selection.
        """
        from dagster_ops_cli.api.asset.health import list_health

        return list_health(self.client, asset_keys, selection, unread)

    def select(self, selection: str | None, keys: Sequence[str] = ()) -> "Sequence[AssetRow]":
        """Return the assets of a selection and those with the keys, in the order of their keys.

        Raises InvalidRequestError for an invalid selection, NotFoundError for a key that does not exist.
        """
        from dagster_ops_cli.api.asset.listing import select_assets

        return select_assets(self.client, selection, keys)

    def plan_wipe(self, asset_keys: Sequence[str], partition: Sequence[str] = ()) -> "Sequence[AssetHistory]":
        """Return what Dagster has stored of some assets, defined or not, or of partitions of one asset.

        ``partition`` are keys, or ``dimension=key`` for each dimension. Raises NotFoundError for an asset or partition
        that does not exist.
        """
        from dagster_ops_cli.api.asset.wipe import plan_wipe

        return plan_wipe(self.client, asset_keys, partition)

    def wipe(self, planned: "Sequence[AssetHistory]") -> "Sequence[WipeResult]":
        """Delete what ``plan_wipe`` has returned, with all check results of whole assets, and look whether it is gone.

        Raises ForbiddenError, and UnsupportedError for partitions on an open-source server.
        """
        from dagster_ops_cli.api.asset.wipe import wipe

        return wipe(self.client, self.poll, planned)
