"""Finds the asset with a key."""

from collections.abc import Sequence

from dagster_ops_cli.adapters.asset import get_asset, list_asset_keys, list_asset_places
from dagster_ops_cli.adapters.job import list_jobs
from dagster_ops_cli.api.job.find import check_location, raise_broken
from dagster_ops_cli.errors import InvalidRequestError, NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.asset import Asset, AssetPlace


def find_asset(
    client: GraphQLClient,
    asset_key: str,
    repository_name: str | None = None,
    location_name: str | None = None,
    *,
    or_elsewhere: bool = False,
) -> Asset:
    """Return the asset with this key, in this repository and code location if they are given.

    With ``or_elsewhere``, the names only choose among several assets: a single one may also be defined elsewhere.
    Raises NotFoundError with the nearest keys, InvalidRequestError if several matching repositories define the key, and
    BadResponseError (CODE_LOCATION_ERROR) if the asset may be in a code location that does not load.
    """
    try:
        asset = get_asset(client, asset_key)
    except NotFoundError as error:
        workspace = list_jobs(client)
        check_location(workspace, repository_name, location_name)
        raise_broken(error.message, [each for each in workspace.locations if location_name in (None, each.name)])
        error.hint = did_you_mean(asset_key, list_asset_keys(client))
        raise
    own = AssetPlace(repository_name=asset.repository_name, location_name=asset.location_name)

    def fits(place: AssetPlace) -> bool:
        return repository_name in (None, place.repository_name) and location_name in (None, place.location_name)

    if repository_name and location_name and fits(own):
        return asset
    if not fits(own) and not or_elsewhere:
        check_location(list_jobs(client), repository_name, location_name)
    places = list_asset_places(client, asset_key) or [own]
    found = [place for place in places if fits(place)] or (places if or_elsewhere else [])
    place = only_place(asset_key, places, found)
    return asset if place == own else _hidden_asset(client, asset_key, place, own)


def only_place(asset_key: str, places: Sequence[AssetPlace], chosen: Sequence[AssetPlace]) -> AssetPlace:
    """Return the one place of an asset that was chosen. Raises NotFoundError, or InvalidRequestError for several."""
    if not chosen:
        names = ", ".join(map(str, places))
        raise NotFoundError(
            f"asset {asset_key!r} is not in the chosen place; it is in {names}",
            code="ASSET_NOT_FOUND",
            asset_key=asset_key,
        )
    if len(chosen) > 1:
        raise InvalidRequestError(
            f"{len(chosen)} repositories define the asset {asset_key!r}: {', '.join(map(str, chosen))}",
            hint="Choose one with --location or --repository.",
        )
    return chosen[0]


def _hidden_asset(client: GraphQLClient, asset_key: str, place: AssetPlace, own: AssetPlace) -> Asset:
    """Return the asset as defined in ``place``, although Dagster itself uses the definition in ``own``."""
    for job in list_jobs(client).jobs:
        # Dagster returns a repository's own definition only through a job that materializes the asset.
        if job.hidden and (job.repository_name, job.location_name) == (place.repository_name, place.location_name):
            try:
                return get_asset(client, asset_key, job.selector).model_copy(update={"hidden_by": own})
            except NotFoundError:
                continue
    raise NotFoundError(
        f"the asset {asset_key!r} can't be materialized in {place}", code="ASSET_NOT_FOUND", asset_key=asset_key
    )
