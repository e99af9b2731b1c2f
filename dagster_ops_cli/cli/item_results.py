"""End a command that changes several things and has a result for each of them."""

from collections.abc import Sequence
from typing import Protocol

import click

from dagster_ops_cli.errors import ForbiddenError, NotFoundError, OpsError

# An error names at most this many things that failed.
_MOST_NAMED = 10


class ItemResult(Protocol):
    """The result for one thing. ``error`` and ``code`` say why it is not ``done``."""

    @property
    def done(self) -> bool:
        """Whether the thing is now as requested."""

    @property
    def error(self) -> str | None:
        """Why it is not done."""

    @property
    def code(self) -> str | None:
        """The code of that error."""


def conclude_items(ctx: click.Context, results: Sequence[tuple[str, ItemResult]]) -> None:
    """End the command with exit code 0 if everything is done, otherwise 1. ``results`` are pairs of name and result.

    Raise NotFoundError or ForbiddenError instead if every thing failed with that error.
    """
    failed = [(name, result) for name, result in results if not result.done]
    if not failed:
        return
    kinds = {_kind(result.code) for _, result in failed}
    kind = kinds.pop()
    if len(failed) < len(results) or kinds or kind is None:
        ctx.exit(1)
    more = f" and {len(failed) - _MOST_NAMED} more" if len(failed) > _MOST_NAMED else ""
    shown = "; ".join(f"{name}: {result.error}" for name, result in failed[:_MOST_NAMED])
    raise kind(shown + more, code=failed[0][1].code)


def _kind(code: str | None) -> type[OpsError] | None:
    if code and code.endswith("_NOT_FOUND"):
        return NotFoundError
    return ForbiddenError if code == ForbiddenError.code else None
