"""Show the results of changing or watching runs, and end the command."""

from functools import partial
from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.item_results import conclude_items
from dagster_ops_cli.formatters.run.result import format_results

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dagster_ops_cli.schemas.run.result import RunResult


def show_results(ops: Ops, results: "Sequence[RunResult]", as_json: bool, done: str) -> None:
    """Write the result of each run to stdout; ``done`` is the word for those that are done, such as ``deleted``."""
    from pydantic import SerializeAsAny

    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.run.result import RunResult

    # Each is shown as what it is: it may have more fields.
    page = Page[SerializeAsAny[RunResult]](items=list(results))
    ops.show(page, None if as_json else partial(format_results, done=done))


def conclude(ctx: click.Context, results: "Sequence[RunResult]") -> None:
    """End the command with exit code 0 if every run is done, otherwise 1, or with the error that all have in common."""
    named = [(each.id if len(results) > 1 else f"run {each.id}", each) for each in results]
    conclude_items(
        ctx, named, lambda result: result.error_class if result.code else None, **only_run(each.id for each in results)
    )


def only_run(run_ids: "Iterable[str]") -> dict[str, str]:
    """Return the id for errors if there is only one run."""
    ids = list(run_ids)
    return {"run_id": ids[0]} if len(ids) == 1 else {}
