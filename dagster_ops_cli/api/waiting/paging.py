"""Walk through what Dagster gives in pages, and ask for long lists of things in batches."""

from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")
C = TypeVar("C")


def walk_pages(ask: Callable[[C], tuple[T, C | None]], cursor: C) -> Iterator[T]:
    """Yield pages. ``ask`` takes a cursor and returns a page with the cursor of the next one, None after the last."""
    following: C | None = cursor
    while following is not None:
        page, following = ask(following)
        yield page


def in_batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield all items, at most ``size`` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def read_ahead(pages: Iterator[T]) -> Iterator[T]:
    """Yield ``pages``, each fetched while the one before is handled; the second only when it is asked for.

    At most one page is being fetched. The threads are daemons: an interrupted command does not wait for the server.
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
    box: SimpleQueue[T | BaseException | None] = SimpleQueue()

    def work() -> None:
        try:
            box.put(next(pages, None))
        except BaseException as error:  # noqa: BLE001 - raised again where the page is taken
            box.put(error)

    Thread(target=work, daemon=True).start()
    return box
