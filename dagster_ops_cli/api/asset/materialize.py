"""Decide what a materialization launches, before anything is launched."""

from collections.abc import Callable, Sequence

from dagster_ops_cli.adapters.asset.required import list_required_assets
from dagster_ops_cli.api.asset.listing import select_assets
from dagster_ops_cli.api.asset.selection import names_of
from dagster_ops_cli.api.run.target import check_place, find_assets, target_of
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.asset.materialization import MaterializationPlan
from dagster_ops_cli.schemas.job import CodeLocation


def plan_materialization(
    client: GraphQLClient,
    asset_keys: Sequence[str],
    selection: str | None,
    repository_name: str | None,
    location_name: str | None,
    partition: Sequence[str],
    unpartitioned: bool,
    with_checks: bool,
    unread: Callable[[CodeLocation], object],
) -> MaterializationPlan:
    """Return what to launch, see ``AssetApi.plan``."""
    rows = select_assets(client, selection, asset_keys, repository_name, location_name, unread)
    for row in rows:
        if row.key in asset_keys:
            check_place(row, repository_name, location_name)
    if selection is not None:
        rows = [
            row
            for row in rows
            if row.key in asset_keys
            or (repository_name in (None, row.repository_name) and location_name in (None, row.location_name))
        ]
    left_out = [row.key for row in rows if not row.is_materializable]
    if named := [key for key in left_out if key in asset_keys]:
        raise InvalidRequestError(f"can't materialize external or observable assets: {names_of(named)}")
    chosen = [row for row in rows if row.is_materializable]
    if not chosen:
        raise InvalidRequestError(f"no asset that can be materialized matches the selection {selection!r}")
    places = {(row.location_name, row.repository_name) for row in chosen}
    if len(places) > 1:
        names = ", ".join(f"repository {repository} of location {location}" for location, repository in sorted(places))
        raise InvalidRequestError(
            f"the assets are in {names}; one run can't materialize all of them",
            hint="Choose one with --location, or launch all of them as a backfill.",
        )
    keys = [row.key for row in chosen]
    added = [key for key in list_required_assets(client, keys) if key not in keys]
    assets = find_assets(client, [*keys, *added])
    target = target_of(assets, partition, unpartitioned, ["ops", "asset", "materialize", *keys])
    if not with_checks:
        target = target.model_copy(update={"checks": []})
    return MaterializationPlan(target=target, added=added, left_out=left_out)
