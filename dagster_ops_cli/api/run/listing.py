"""List runs page by page, each run once."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from dagster_ops_cli.adapters.job import list_jobs
from dagster_ops_cli.adapters.run import UnreadRuns, list_runs, list_runs_by_id, list_unread_runs
from dagster_ops_cli.api.job.find import check_location, find_job
from dagster_ops_cli.api.waiting.paging import read_ahead, walk_pages
from dagster_ops_cli.errors import BadResponseError, ConflictError, InvalidRequestError, invalid_cursor
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.page import Page
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.filter import RunFilter

# The server needs about a quarter of a second for a page of this size.
PAGE_LIMIT = 500


def walk_runs(
    client: GraphQLClient,
    run_filter: RunFilter,
    limit: int | None = None,
    cursor: str | None = None,
    ahead: bool = False,
    page_limit: int | None = None,
) -> Iterator[Page[RunRow]]:
    """Yield the runs that pass the filter, newest first, page by page; ``limit`` counts runs, none is all.

    A cursor is the id of the last run of an earlier page, so new runs don't change what follows it. ``ahead`` fetches a
    page while the one before is handled. Raises InvalidRequestError (INVALID_CURSOR) for a cursor that is not the id of
    a run, and NotFoundError for a job or code location that neither exists nor has such runs.
    """
    if run_filter.is_applied_here:
        pages = _pages(client, run_filter, None, cursor, ahead and limit is None, page_limit)
        return _only_passing(client, run_filter, pages, limit, cursor)
    return _pages(client, run_filter, limit, cursor, ahead, page_limit)


def _pages(
    client: GraphQLClient,
    run_filter: RunFilter,
    limit: int | None,
    cursor: str | None,
    ahead: bool,
    page_limit: int | None,
) -> Iterator[Page[RunRow]]:
    """Yield the runs that match the part of the filter that Dagster applies."""
    walk = _walk(client, run_filter, limit, cursor, page_limit or PAGE_LIMIT)
    for runs, has_more in read_ahead(walk) if ahead else walk:
        items = runs.read()
        yield Page[RunRow](items=items, cursor=items[-1].id if has_more else None, has_more=has_more)


def _only_passing(
    client: GraphQLClient,
    run_filter: RunFilter,
    pages: Iterator[Page[RunRow]],
    limit: int | None,
    cursor: str | None,
) -> Iterator[Page[RunRow]]:
    """Yield the runs of these pages that pass the rest of the filter; at most ``limit``.

    The cursor of the last page continues after the last run that is returned; ``has_more`` says whether any run that
    passes what Dagster applies comes after it.
    """
    left = limit
    found = False
    for page in pages:
        items = [run for run in page.items if run_filter.passes(run)]
        found = found or bool(items)
        if left is not None and len(items) >= left:
            items = items[:left]
            has_more = page.has_more or items[-1].id != page.items[-1].id
            yield Page[RunRow](items=items, cursor=items[-1].id if has_more else None, has_more=has_more)
            return
        left = None if left is None else left - len(items)
        yield Page[RunRow](items=items, cursor=page.cursor, has_more=page.has_more)
    if run_filter.location_name is not None and not found and cursor is None:
        # A location that does not load is not mistyped.
        with suppress(BadResponseError):
            check_location(list_jobs(client), None, run_filter.location_name)


class _Position(NamedTuple):
    """Where a walk continues: after which run, how many runs are left to list, and the page before."""

    cursor: str | None
    left: int | None
    page: UnreadRuns


def _walk(
    client: GraphQLClient, run_filter: RunFilter, limit: int | None, cursor: str | None, page_limit: int
) -> Iterator[tuple[UnreadRuns, bool]]:
    """Yield pages, and whether there are more runs after each. Only the last run of a page is read here."""

    def ask(at: _Position) -> tuple[tuple[UnreadRuns, bool], _Position | None]:
        size = page_limit if at.left is None else min(page_limit, at.left)
        # Dagster does not say whether there are more runs, so one more than needed is asked for.
        found = list_unread_runs(client, run_filter, size + 1, at.cursor)
        if not found.results and at.cursor is not None:
            ids = [run.id for run in at.page.read()] or [at.cursor]
            existing = _existing(client, ids[: ids.index(at.cursor) + 1], cursor)
            if existing[-1] != at.cursor:
                return ask(_Position(existing[-1], at.left, at.page))
        if not found.results and at.cursor is None and run_filter.job_name:
            check_job(client, run_filter.job_name)
        page, has_more = UnreadRuns(client, found.results[:size]), len(found.results) > size
        left = None if at.left is None else at.left - len(page.results)
        following = _Position(page.read(-1)[0].id, left, page) if has_more and left != 0 else None
        return (page, has_more), following

    return walk_pages(ask, _Position(cursor, limit, UnreadRuns(client, [])))


def _existing(client: GraphQLClient, ids: Sequence[str], cursor: str | None) -> list[str]:
    """Return a page's ids up to the last run that still exists: after a deleted run, Dagster lists nothing."""
    found = {row.id for row in list_runs_by_id(client, ids)}
    existing = [index for index, run_id in enumerate(ids) if run_id in found]
    if existing:
        return list(ids[: existing[-1] + 1])
    if cursor is not None and list(ids) == [cursor]:
        raise invalid_cursor(cursor)
    raise ConflictError("runs were deleted faster than they could be listed", hint="List them again.")


def check_job(client: GraphQLClient, job_name: str) -> None:
    """Raise NotFoundError if the job has never run and does not exist. A job that is gone may still have runs."""
    if not list_runs(client, RunFilter(job_name=job_name), 1):
        # A job that exists more than once, or may be in a broken code location, is not mistyped.
        with suppress(InvalidRequestError, BadResponseError):
            find_job(client, job_name)
