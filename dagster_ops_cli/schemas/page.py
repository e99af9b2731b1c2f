"""One page of a list."""

from typing import Generic, TypeVar

from pydantic import Field

from dagster_ops_cli.schemas.model import Model

M = TypeVar("M", bound=Model)


class Page(Model, Generic[M]):
    """A part of a list, in the list's order.

    ``count`` is the number of items in it. ``cursor`` continues after the last of them; it is null, and ``has_more``
    false, if there are no more.
    """

    items: list[M]
    count: int = Field(default_factory=lambda data: len(data.get("items", ())))
    cursor: str | None = None
    has_more: bool = False
