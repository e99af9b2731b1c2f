"""End a command that changes several things and has a result for each of them."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import click

from dagster_ops_cli.errors import ForbiddenError, NotFoundError, OpsError

# An error names at most this many things that failed.
_MOST_NAMED = 10


class ItemResult(Protocol):
    """The result of changing one thing. ``error`` and ``code`` say why it is not ``done``."""

    @property
    def done(self) -> bool:
        """Whether the change was made."""

    @property
    def error(self) -> str | None:
        """Why it is not done."""

    @property
    def code(self) -> str | None:
        """The code of that error."""


R = TypeVar("R", bound=ItemResult)


def _class_of(result: ItemResult) -> type[OpsError] | None:
    if result.code and result.code.endswith("_NOT_FOUND"):
        return NotFoundError
    return ForbiddenError if result.code == ForbiddenError.code else None


def conclude_items(
    ctx: click.Context,
    results: Sequence[tuple[str, R]],
    error_class: Callable[[R], type[OpsError] | None] = _class_of,
    **ids: str,
) -> None:
    """End the command with exit code 0 if everything is done, otherwise 1. ``results`` are pairs of name and result.

    If everything failed with the same code, raise the error that ``error_class`` returns, unless it is None; ``ids``
    are what was asked for.
    """
    failed = [(name, result) for name, result in results if not result.done]
    if not failed:
        return
    kinds = {(error_class(result), result.code) for _, result in failed}
    kind, code = kinds.pop()
    if len(failed) < len(results) or kinds or kind is None:
        ctx.exit(1)
    error = kind(_summary(failed), code=code)
    error.ids = ids
    raise error


def _summary(failed: Sequence[tuple[str, ItemResult]]) -> str:
    shown = failed[:_MOST_NAMED]
    more = f" and {len(failed) - len(shown)} more" if len(failed) > len(shown) else ""
    errors = {result.error for _, result in failed}
    if len(failed) > 1 and len(errors) == 1:
        return f"{errors.pop()}: {', '.join(name for name, _ in shown)}{more}"
    return "\n".join(f"{name}: {result.error}" for name, result in shown) + more
