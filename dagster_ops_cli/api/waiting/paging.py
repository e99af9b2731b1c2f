"""Read lists page by page, show a page of a whole list, and split long lists into batches."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

from dagster_ops_cli.errors import invalid_cursor
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.page import Page

T = TypeVar("T")
C = TypeVar("C")
M = TypeVar("M", bound=Model)


def walk_pages(ask: Callable[[C], tuple[T, C | None]], cursor: C) -> Iterator[T]:
    """Yield pages. ``ask`` takes a cursor and returns a page with the cursor of the next one, None after the last."""
    following: C | None = cursor
    while following is not None:
        page, following = ask(following)
        yield page


def page_of(
    items: Sequence[M],
    key: Callable[[M], str],
    limit: int | None = None,
    cursor: str | None = None,
    fits: Callable[[M], object] = lambda item: True,
) -> Page[M]:
    """Return the page of at most ``limit`` items that fit, of those after the item whose key is ``cursor``.

    This is for lists that the server returns only as a whole. The item of the cursor need not fit itself. Raises
    InvalidRequestError (INVALID_CURSOR) if no item has that key.
    """
    start = 0
    if cursor is not None:
        start = next((number for number, item in enumerate(items, 1) if key(item) == cursor), 0)
        if not start:
            raise invalid_cursor(cursor)
    # One more than needed shows whether more follow.
    found = list(islice(filter(fits, islice(items, start, None)), None if limit is None else limit + 1))
    shown = found if limit is None else found[:limit]
    has_more = len(found) > len(shown)
    return Page[M](items=shown, cursor=key(shown[-1]) if has_more else None, has_more=has_more)


def in_batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield all items, at most ``size`` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def read_ahead(pages: Iterator[T]) -> Iterator[T]:
    """Yield ``pages``, and fetch the next page while the caller handles one. The second page is fetched only on demand.

    At most one page is fetched at a time. The threads are daemons, so an interrupted command does not wait for them.
    """
    for first in pages:
        yield first
        break
    coming = _fetch(pages)
    while (page := coming.get()) is not None:
        if isinstance(page, BaseException):
            raise page
        coming = _fetch(pages)
        yield page


def _fetch(pages: Iterator[T]) -> "SimpleQueue[T | BaseException | None]":
    result: SimpleQueue[T | BaseException | None] = SimpleQueue()

    def work() -> None:
        try:
            result.put(next(pages, None))
        except BaseException as error:  # noqa: BLE001 - raised again in read_ahead
            result.put(error)

    Thread(target=work, daemon=True).start()
    return result
