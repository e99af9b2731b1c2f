"""Walk through the list of runs, and give each of them once."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from dagster_ops_cli.adapters.job import list_jobs
from dagster_ops_cli.adapters.run import UnreadRuns, list_runs, list_runs_by_id, list_unread_runs
from dagster_ops_cli.api.job.find import check_location, find_job
from dagster_ops_cli.api.waiting.read_ahead import read_ahead
from dagster_ops_cli.errors import BadResponseError, ConflictError, InvalidRequestError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.page import Page
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.filter import RunFilter

# The server's work grows with the runs, not with the pages; this is a quarter of a second of it.
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

    A cursor is the id of the last run of an earlier page: new runs come before it and disturb nothing. ``ahead`` asks
    for a page while the one before is handled. Raises InvalidRequestError (INVALID_CURSOR) for a cursor that is no run,
    NotFoundError for a job or code location that neither exists nor has such runs.
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
    """Yield the runs that pass what Dagster applies of the filter."""
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

    The cursor of the last page continues exactly behind the last run that is returned; ``has_more`` tells whether any
    run that passes what Dagster applies is behind it.
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


def _walk(
    client: GraphQLClient, run_filter: RunFilter, limit: int | None, cursor: str | None, page_limit: int
) -> Iterator[tuple[UnreadRuns, bool]]:
    """Yield pages and whether more lies behind; of each, only the run that is the next cursor is read."""
    left = limit
    behind, before = cursor, UnreadRuns(client, [])
    while True:
        size = page_limit if left is None else min(page_limit, left)
        # Dagster does not say whether more lies behind: one run more than needed does.
        found = list_unread_runs(client, run_filter, size + 1, behind)
        if not found.results and behind is not None:
            trail = [run.id for run in before.read()] or [behind]
            known = _known(client, trail[: trail.index(behind) + 1], cursor)
            if known[-1] != behind:
                behind = known[-1]
                continue
        if not found.results and behind is None and run_filter.job_name:
            _check_job(client, run_filter.job_name)
        page, has_more = UnreadRuns(client, found.results[:size]), len(found.results) > size
        yield page, has_more
        left = None if left is None else left - len(page.results)
        if not has_more or left == 0:
            return
        behind, before = page.read(-1)[0].id, page


def _known(client: GraphQLClient, trail: Sequence[str], cursor: str | None) -> list[str]:
    """Return the part of a page up to its last run that still exists: nothing lies behind one that was deleted."""
    found = {row.id for row in list_runs_by_id(client, trail)}
    known = [index for index, run_id in enumerate(trail) if run_id in found]
    if known:
        return list(trail[: known[-1] + 1])
    if list(trail) == [cursor]:
        raise InvalidRequestError(f"the cursor {cursor!r} is not the id of a run", code="INVALID_CURSOR")
    raise ConflictError("runs were deleted faster than they could be listed", hint="List them once more.")


def _check_job(client: GraphQLClient, job_name: str) -> None:
    """Tell a job without such runs from a mistyped name: a job may be gone and its runs still there."""
    if not list_runs(client, RunFilter(job_name=job_name), 1):
        # One that is there more than once, or in a code location that may hold it, is not mistyped.
        with suppress(InvalidRequestError, BadResponseError):
            find_job(client, job_name)
