"""Get one asset with its state and checks."""

from dagster_ops_cli.adapters.asset import list_asset_places
from dagster_ops_cli.adapters.asset.detail import get_asset_detail
from dagster_ops_cli.adapters.job import list_jobs
from dagster_ops_cli.api.asset.find import only_place
from dagster_ops_cli.api.asset.listing import asset_not_found
from dagster_ops_cli.api.asset_check import list_checks
from dagster_ops_cli.api.job.find import check_location
from dagster_ops_cli.errors import InvalidRequestError, NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.asset import AssetPlace
from dagster_ops_cli.schemas.asset.detail import AssetDetail


def get_detail(
    client: GraphQLClient, asset_key: str, repository_name: str | None, location_name: str | None
) -> AssetDetail:
    """Return one asset with its state and its checks, see ``AssetApi.get``."""
    try:
        asset = get_asset_detail(client, asset_key)
    except NotFoundError:
        raise asset_not_found(client, asset_key, repository_name, location_name) from None
    _check_place(client, asset, repository_name, location_name)
    return asset.model_copy(update={"checks": list_checks(client, [asset.key])})


def _check_place(
    client: GraphQLClient, asset: AssetDetail, repository_name: str | None, location_name: str | None
) -> None:
    own = AssetPlace(repository_name=asset.repository_name, location_name=asset.location_name)
    places = list_asset_places(client, asset.key) or [own]
    fitting = [
        place
        for place in places
        if repository_name in (None, place.repository_name) and location_name in (None, place.location_name)
    ]
    if not fitting:
        check_location(list_jobs(client), repository_name, location_name)
    if only_place(asset.key, places, fitting) != own:
        raise InvalidRequestError(f"Dagster reports on the asset {asset.key!r} only as {own} defines it")
