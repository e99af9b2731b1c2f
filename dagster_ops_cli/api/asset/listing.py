"""List assets, and find those of a selection or with some keys."""

from collections.abc import Callable, Sequence

from dagster_ops_cli.adapters.asset.definitions import list_assets, list_latest_materializations
from dagster_ops_cli.api.asset.selection import AssetGraph, parse_selection
from dagster_ops_cli.api.job.find import check_location, raise_broken
from dagster_ops_cli.api.waiting.paging import page_of
from dagster_ops_cli.errors import NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.asset.definition import AssetFilter, AssetPage, AssetRow
from dagster_ops_cli.schemas.job import CodeLocation, Workspace

_ALL_ASSETS = "`ops asset list` shows all assets."


def list_page(client: GraphQLClient, wanted: AssetFilter, limit: int | None, cursor: str | None) -> AssetPage:
    """Return the assets that pass the filter, see ``AssetApi.list``."""
    selection = parse_selection(wanted.selection) if wanted.selection is not None else None
    rows, locations = list_assets(client)
    check_location(Workspace(jobs=[], locations=locations), wanted.repository_name, wanted.location_name)
    chosen = {row.key for row in rows} if selection is None else selection(AssetGraph.of(rows))
    page = page_of(rows, lambda row: row.key, limit, cursor, lambda row: row.key in chosen and wanted.fits(row))
    times = list_latest_materializations(client, [row.key for row in page.items]) if page.items else {}
    return AssetPage(
        items=[
            row.model_copy(update={"materialized_at": times[row.key]}) if row.key in times else row
            for row in page.items
        ],
        cursor=page.cursor,
        has_more=page.has_more,
        broken=[each for each in locations if each.error is not None and wanted.location_name is None],
    )


def select_assets(
    client: GraphQLClient,
    selection: str | None,
    keys: Sequence[str],
    repository_name: str | None = None,
    location_name: str | None = None,
    unread: Callable[[CodeLocation], object] = lambda location: None,
) -> list[AssetRow]:
    """Return the assets of a selection and those with the keys, see ``AssetApi.select``.

    The repository and code location have to exist; they do not filter the assets. ``unread`` is called with each code
    location that does not load: its assets are missing from the selection.
    """
    chosen = parse_selection(selection) if selection is not None else lambda graph: set()
    rows, locations = list_assets(client)
    check_location(Workspace(jobs=[], locations=locations), repository_name, location_name)
    for each in locations if selection is not None and location_name is None else ():
        if each.error is not None:
            unread(each)
    graph = AssetGraph.of(rows)
    if missing := [key for key in keys if key not in graph.assets]:
        message = f"there is no asset {' or '.join(map(repr, missing))}"
        raise_broken(message, [each for each in locations if location_name in (None, each.name)])
        hint = did_you_mean(missing[0], graph.assets) or _ALL_ASSETS
        raise NotFoundError(message, code="ASSET_NOT_FOUND", hint=hint, asset_key=missing[0])
    found = chosen(graph) | set(keys)
    return [row for row in rows if row.key in found]


def asset_not_found(
    client: GraphQLClient, asset_key: str, repository_name: str | None = None, location_name: str | None = None
) -> NotFoundError:
    """Return the error for an asset that does not exist, with the nearest keys.

    Raises NotFoundError for a location that does not exist, and BadResponseError if the asset may be in a code location
    that does not load.
    """
    rows, locations = list_assets(client)
    check_location(Workspace(jobs=[], locations=locations), repository_name, location_name)
    message = f"there is no asset {asset_key!r}"
    raise_broken(message, [each for each in locations if location_name in (None, each.name)])
    hint = did_you_mean(asset_key, [row.key for row in rows]) or _ALL_ASSETS
    return NotFoundError(message, code="ASSET_NOT_FOUND", hint=hint, asset_key=asset_key)
