"""Show what became of runs, and end with the exit code that says it."""

from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.formatters.run.result import format_results

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_ops_cli.schemas.run.result import RunResult

# An error that names more runs than these is not read.
_MOST_NAMED = 10


def show_results(ops: Ops, results: "Sequence[RunResult]", as_json: bool) -> None:
    """Write a result per run to stdout."""
    from pydantic import SerializeAsAny

    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.run.result import RunResult

    # Each is shown as what it is: it may have more fields.
    ops.show(Page[SerializeAsAny[RunResult]](items=list(results)), None if as_json else format_results)


def conclude(ctx: click.Context, results: "Sequence[RunResult]") -> None:
    """End with 0 where every run came to what was asked of it, and with 1 where one did not.

    Where none did, all for the same reason, that is the error, as it would be for one run alone.
    """
    if all(result.done for result in results):
        return
    codes = {result.code for result in results}
    if any(result.done for result in results) or len(codes) > 1 or None in codes:
        ctx.exit(1)
    raise results[0].error_class(_summary(results), code=codes.pop())


def _summary(results: "Sequence[RunResult]") -> str:
    """Name what went wrong, and the runs it went wrong with, as far as somebody would read on."""
    ids = [result.id for result in results]
    more = f" and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else ""
    errors = {result.error for result in results}
    if len(ids) > 1 and len(errors) == 1:
        return f"{errors.pop()}: {', '.join(ids[:_MOST_NAMED])}{more}"
    return "\n".join(f"run {result.id}: {result.error}" for result in results[:_MOST_NAMED]) + more
