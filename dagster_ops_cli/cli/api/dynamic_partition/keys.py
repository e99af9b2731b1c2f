"""What `add` and `delete` share: the keys, and a result for each of them."""

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.item_results import conclude_items
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.cli.waiting import Explanation, show_at_end
from dagster_ops_cli.formatters.dynamic_partition import format_dynamic_partition_results

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.dynamic_partition import DynamicPartitionResult

F = TypeVar("F", bound=Callable[..., Any])

# A change of thousands of keys reports its progress each time that it has changed as many as this.
_REPORTED = 500


def _expand(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> list[str]:
    """Return the keys; a key may hold blanks, so that each line of standard input is one."""
    lines = sys.stdin.read().splitlines() if "-" in value else []
    return [key for word in value for key in (filter(str.strip, lines) if word == "-" else [word])]


def keys_argument(command: F) -> F:
    """Give a command the argument ``keys``: a list; ``-`` reads one key a line from standard input."""
    return click.argument("keys", type=NonEmptyText(), nargs=-1, required=True, callback=_expand, metavar="KEY... | -")(
        command
    )


def change_keys(
    ctx: click.Context,
    ops: Ops,
    batches: "Iterable[Sequence[DynamicPartitionResult]]",
    total: int,
    as_json: bool,
) -> None:
    """Change the keys, and end the command with the result of each."""
    from dagster_ops_cli.schemas.dynamic_partition import DynamicPartitionResult
    from dagster_ops_cli.schemas.page import Page

    results: list[DynamicPartitionResult] = []

    def show() -> None:
        page = Page[DynamicPartitionResult](items=results)
        ops.show(page, None if as_json else format_dynamic_partition_results)

    def explain() -> Explanation:
        left = total - len(results)
        return f"{left:,} of {total:,} keys were not changed. Run the command again to change them", {}

    with show_at_end(show, explain):
        for batch in batches:
            before = len(results)
            results.extend(batch)
            if before // _REPORTED < len(results) // _REPORTED < total / _REPORTED:
                ops.note(f"{len(results):,} of {total:,} keys")
    conclude_items(ctx, [(each.key, each) for each in results])
