"""How a command ends that changes several things: with a result for each of them."""

from collections.abc import Sequence
from typing import Protocol

import click

from dagster_ops_cli.errors import ForbiddenError, NotFoundError, OpsError

# An error names at most this many of the things that failed.
_MOST_NAMED = 10


class ItemResult(Protocol):
    """What became of one thing; ``error`` and ``code`` say why it is not ``done``."""

    @property
    def done(self) -> bool:
        """Whether it now is as it was asked for."""

    @property
    def error(self) -> str | None:
        """Why it is not."""

    @property
    def code(self) -> str | None:
        """The code of that error."""


def conclude_items(ctx: click.Context, results: Sequence[tuple[str, ItemResult]]) -> None:
    """End the command with 0 if everything is done, and with 1 if part of it is not; results come with their names.

    If nothing is done because nothing exists, or because it is forbidden, raise that error, as for one thing alone.
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
