"""What a user asks of assets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dagster_ops_cli.api.asset.find import find_asset as find_asset
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.http.client import GraphQLClient

# What each method works with costs an import that the others need not pay.
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_ops_cli.schemas.asset.definition import AssetFilter, AssetPage, AssetRow
    from dagster_ops_cli.schemas.asset.detail import AssetDetail, AssetEvent
    from dagster_ops_cli.schemas.asset.health import AssetHealth
    from dagster_ops_cli.schemas.asset.materialization import MaterializationPlan
    from dagster_ops_cli.schemas.asset.wipe import AssetHistory, WipeResult
    from dagster_ops_cli.schemas.page import Page


@dataclass(frozen=True)
class AssetApi:
    """The assets of one Dagster."""

    client: GraphQLClient
    poll: Poll = field(default_factory=Poll)

    def list(self, wanted: "AssetFilter", limit: int | None = None, cursor: str | None = None) -> "AssetPage":
        """Return the assets that pass the filter, in the order of their keys.

        ``limit`` counts what is returned; ``cursor`` is a key, and the page begins behind it. Raises
        InvalidRequestError for a selection that can't be read, NotFoundError for a location that does not exist,
        BadResponseError for one that does not load.
        """
        from dagster_ops_cli.api.asset.listing import list_page

        return list_page(self.client, wanted, limit, cursor)

    def get(
        self, asset_key: str, repository_name: str | None = None, location_name: str | None = None
    ) -> "AssetDetail":
        """Return one asset with its state and its checks.

        Raises NotFoundError with the nearest keys, and InvalidRequestError if several repositories define the asset
        and none is chosen, or one that Dagster's own pages do not show.
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
        """Yield what happened to an asset, newest first, page by page.

        ``types`` are ``materialization``, ``observation`` and ``failure``; none means all. ``limit`` counts what is
        returned. Raises NotFoundError, InvalidRequestError for a cursor that is not valid, and UnsupportedError before
        Dagster 1.10.
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
    ) -> "MaterializationPlan":
        """Return the run that materializes some assets together; ``RunApi.launch`` takes its ``target``.

        ``partition`` is a key, or ``dimension=key`` for each dimension; what is partitioned is materialized without one
        only if it is to be ``unpartitioned``. Assets that Dagster only materializes together are added. Raises
        NotFoundError for an asset or partition that does not exist, InvalidRequestError for assets that one run can't
        materialize.
        """
        from dagster_ops_cli.api.asset.materialize import plan_materialization

        place = (repository_name, location_name)
        return plan_materialization(self.client, asset_keys, selection, *place, partition, unpartitioned, with_checks)

    def check(self, asset_keys: Sequence[str] = (), selection: str | None = None) -> "Sequence[AssetHealth]":
        """Return how some assets are, or all if none is given, in the order of their keys.

        Raises NotFoundError for a key that does not exist, InvalidRequestError for a selection that can't be read.
        """
        from dagster_ops_cli.api.asset.health import list_health

        return list_health(self.client, asset_keys, selection)

    def select(self, selection: str | None, keys: Sequence[str] = ()) -> "Sequence[AssetRow]":
        """Return the assets of a selection and those with the keys, in the order of their keys.

        Raises InvalidRequestError for a selection that can't be read, NotFoundError for a key that does not exist.
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
