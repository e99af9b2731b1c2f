"""List backfills: native ones, and launches of strategy ``runs``."""

from collections.abc import Iterator
from datetime import datetime, timezone

from dagster_ops_cli.adapters.backfill import list_launch_values
from dagster_ops_cli.adapters.run import list_first_runs
from dagster_ops_cli.api.backfill.attempts import all_backfills, launched_at
from dagster_ops_cli.api.backfill.state import BackfillView
from dagster_ops_cli.api.run.listing import check_job
from dagster_ops_cli.api.waiting.paging import in_batches
from dagster_ops_cli.errors import NotFoundError, invalid_cursor
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.backfill import Backfill, BackfillFilter
from dagster_ops_cli.schemas.backfill.launch import LAUNCH_PREFIX, is_legacy_value
from dagster_ops_cli.schemas.ops_tags import TAG_LAUNCH, TAG_PLAN_OF
from dagster_ops_cli.schemas.page import Page

_EPOCH = datetime.fromtimestamp(0, timezone.utc)
# For how many launches one request looks up the first runs.
_AT_ONCE = 50


def list_backfills(
    client: GraphQLClient, wanted: BackfillFilter, limit: int | None, cursor: str | None
) -> Page[Backfill]:
    """Return the backfills that pass the filter, newest first.

    Raises InvalidRequestError (INVALID_CURSOR), and NotFoundError if there is no such job.
    """
    ids = [backfill_id for _, backfill_id in sorted(_all_ids(client, wanted), reverse=True)]
    if cursor is not None:
        if cursor not in ids:
            raise invalid_cursor(cursor)
        ids = ids[ids.index(cursor) + 1 :]
    items: list[Backfill] = []
    for backfill_id in ids:
        try:
            backfill = BackfillView(client, backfill_id).look(exact=False, errors=False)
        except NotFoundError:
            # Its runs were deleted meanwhile.
            continue
        if not wanted.passes(backfill):
            continue
        if limit is not None and len(items) == limit:
            return Page(items=items, cursor=items[-1].id, has_more=True)
        items.append(backfill)
    if not items and cursor is None and wanted.job_name:
        check_job(client, wanted.job_name)
    return Page(items=items)


def _all_ids(client: GraphQLClient, wanted: BackfillFilter) -> Iterator[tuple[datetime, str]]:
    native: set[str] = set()
    for record in all_backfills(client):
        native.add(record.tags.get(TAG_LAUNCH, ""))
        if wanted.may_pass(record.tags, record.job_name, record.created_at or _EPOCH):
            yield record.created_at or _EPOCH, record.id
    # The runs of a native backfill have its launch value too.
    values = [value for value in list_launch_values(client, LAUNCH_PREFIX) if value not in native]
    for value in values:
        if is_legacy_value(value) and (wanted.created_after is None or wanted.created_after < launched_at(value)):
            yield launched_at(value), value
    derived = [value for value in values if not is_legacy_value(value)]
    for batch in in_batches(derived, _AT_ONCE):
        found = list_first_runs(client, TAG_PLAN_OF, batch)
        # If the first runs were deleted, or the launch has too many keys for its tags, any other run will do.
        found |= list_first_runs(client, TAG_LAUNCH, [value for value, run in found.items() if run is None])
        for value, run in found.items():
            if run and wanted.may_pass(run.tags, run.job_name, run.created_at or _EPOCH):
                yield run.created_at or _EPOCH, value
