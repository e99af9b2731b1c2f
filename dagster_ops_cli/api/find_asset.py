"""Find the one asset that a key stands for."""

from dagster_ops_cli.adapters.asset import get_asset, list_asset_keys, list_asset_places
from dagster_ops_cli.adapters.job import list_jobs
from dagster_ops_cli.api.find_job import check_location, raise_broken
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.errors import InvalidRequestError, NotFoundError
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.asset import Asset


def find_asset(
    client: GraphQLClient, asset_key: str, repository_name: str | None = None, location_name: str | None = None
) -> Asset:
    """Return the asset of that key, in that repository and code location where they are given.

    Raises NotFoundError with the nearest keys, InvalidRequestError where several repositories define the key and none
    of them is named, and BadResponseError (CODE_LOCATION_ERROR) where the asset may live in a code location that does
    not load.
    """
    try:
        asset = get_asset(client, asset_key)
    except NotFoundError as error:
        workspace = list_jobs(client)
        check_location(workspace, repository_name, location_name)
        raise_broken(error.message, workspace.locations)
        error.hint = did_you_mean(asset_key, list_asset_keys(client))
        raise
    here = (asset.repository_name, asset.location_name)
    if repository_name not in (None, here[0]) or location_name not in (None, here[1]):
        check_location(list_jobs(client), repository_name, location_name)
        raise NotFoundError(
            f"the asset {asset_key!r} is not there: Dagster takes it from repository {here[0]} of location {here[1]}",
            code="ASSET_NOT_FOUND",
        )
    places = list_asset_places(client, asset_key) if location_name is None else []
    if places:
        named = ", ".join(f"repository {each.repository_name} of location {each.location_name}" for each in places)
        raise InvalidRequestError(
            f"{len(places)} repositories define the asset {asset_key!r}: {named}",
            hint=f"Dagster runs the one of location {here[1]}: say that you mean it with --location.",
        )
    return asset
