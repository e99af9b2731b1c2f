"""Pages of a list that the server gives only as a whole."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.page import Page

M = TypeVar("M", bound=Model)


def page_of(
    items: Sequence[M], key: Callable[[M], str], limit: int | None = None, cursor: str | None = None
) -> Page[M]:
    """Return the page of at most ``limit`` items that follows the item whose key is ``cursor``.

    Raises InvalidRequestError (INVALID_CURSOR) if no item has that key.
    """
    start = 0
    if cursor is not None:
        start = next((number for number, item in enumerate(items, 1) if key(item) == cursor), 0)
        if not start:
            raise InvalidRequestError(f"the cursor {cursor!r} is not a key of the list", code="INVALID_CURSOR")
    shown = list(items[start:] if limit is None else items[start : start + limit])
    has_more = start + len(shown) < len(items)
    return Page[M](items=shown, cursor=key(shown[-1]) if has_more else None, has_more=has_more)
