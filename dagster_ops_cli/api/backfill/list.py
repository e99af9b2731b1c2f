"""Walk through the backfills that Dagster has on record, and through those that `ops` launched run by run."""

from collections.abc import Iterator
from datetime import datetime, timezone

from dagster_ops_cli.adapters.backfill import list_launch_values
from dagster_ops_cli.api.backfill_launch import all_backfills, launched_at
from dagster_ops_cli.api.backfill_view import BackfillView
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.schemas.backfill import LAUNCH_PREFIX, TAG_LAUNCH, Backfill, BackfillFilter
from dagster_ops_cli.schemas.page import Page

_EPOCH = datetime.fromtimestamp(0, timezone.utc)


def walk_backfills(
    client: GraphQLClient, wanted: BackfillFilter, limit: int | None, cursor: str | None
) -> Page[Backfill]:
    """Return the backfills that pass, newest first. Raises InvalidRequestError for a cursor that is no backfill."""
    ids = [backfill_id for _, backfill_id in sorted(_all_ids(client, wanted), reverse=True)]
    if cursor is not None:
        if cursor not in ids:
            raise InvalidRequestError(f"there is no backfill {cursor!r} to go on behind", code="INVALID_CURSOR")
        ids = ids[ids.index(cursor) + 1 :]
    items: list[Backfill] = []
    for backfill_id in ids:
        backfill = BackfillView(client, backfill_id).look(detailed=False)
        if not wanted.passes(backfill):
            continue
        if limit is not None and len(items) == limit:
            return Page(items=items, cursor=items[-1].id, has_more=True)
        items.append(backfill)
    return Page(items=items)


def _all_ids(client: GraphQLClient, wanted: BackfillFilter) -> Iterator[tuple[datetime, str]]:
    native: set[str] = set()
    for record in all_backfills(client):
        native.add(record.tags.get(TAG_LAUNCH, ""))
        if wanted.may_pass(record.tags, record.job_name, record.created_at or _EPOCH):
            yield record.created_at or _EPOCH, record.id
    for value in list_launch_values(client, LAUNCH_PREFIX):
        # The runs of a native backfill carry the launch value of their backfill.
        if value not in native and (wanted.created_after is None or wanted.created_after < launched_at(value)):
            yield launched_at(value), value
