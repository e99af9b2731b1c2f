"""Some items of a list, and where to go on."""

from typing import Generic, TypeVar

from pydantic import Field

from dagster_ops_cli.schemas.model import Model

M = TypeVar("M", bound=Model)


class Page(Model, Generic[M]):
    """A part of a list, in the list's order.

    ``total`` counts the items in it. ``cursor`` goes on behind the last of them; null where nothing lies there, which
    is what ``has_more`` says too.
    """

    items: list[M]
    total: int = Field(default_factory=lambda data: len(data.get("items", ())))
    cursor: str | None = None
    has_more: bool = False
