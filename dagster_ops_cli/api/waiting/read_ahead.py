"""Handle one page while the server prepares the next."""

from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def read_ahead(pages: Iterator[T]) -> Iterator[T]:
    """Yield ``pages``, each asked for while the one before is handled; the second only when the first was not enough.

    At most one is under way. The threads are daemons: an interrupted command does not wait for the server's answer.
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
