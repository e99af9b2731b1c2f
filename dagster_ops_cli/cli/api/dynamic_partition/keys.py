"""Add or delete keys of a dynamic partitions definition."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dagster_ops_cli.cli.confirm import confirm, require_answer, server_fact
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.item_results import conclude_items
from dagster_ops_cli.cli.options import dry_run_option, json_option, place_options
from dagster_ops_cli.cli.params import NonEmptyText, read_words
from dagster_ops_cli.cli.waiting import Explanation, show_at_end
from dagster_ops_cli.formatters.dynamic_partition import format_dynamic_partition_results

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.dynamic_partition import DynamicPartitionResult

F = TypeVar("F", bound=Callable[..., Any])

# Progress is shown each time that this many keys were changed.
_REPORTED = 500


def _expand(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> list[str]:
    """Return the keys, with - replaced by the lines of standard input. A key may contain blanks."""
    lines = read_words(ctx, param) if "-" in value else []
    return [key for word in value for key in (lines if word == "-" else [word])]


def change_options(command: F) -> F:
    """Give a command the arguments that ``change_keys`` takes."""
    for each in (
        json_option("Page[dynamic_partition.DynamicPartitionResult]"),
        dry_run_option,
        place_options,
        click.argument("keys", type=NonEmptyText(), nargs=-1, required=True, callback=_expand, metavar="KEY... | -"),
        click.argument("definition", type=NonEmptyText()),
    ):
        command = each(command)
    return command


def change_keys(
    ctx: click.Context,
    ops: Ops,
    verb: str,
    definition: str,
    keys: Sequence[str],
    location_name: str | None,
    repository_name: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Add or delete the keys, and end the command with the result of each. Ask before deleting."""
    require_answer(yes or dry_run)
    place = (repository_name, location_name)
    results: list[DynamicPartitionResult] = []

    def show() -> None:
        ops.show_items(results, None if as_json else format_dynamic_partition_results)

    if dry_run or verb == "delete":
        plan = ops.dynamic_partitions.plan(definition, keys, *place)
        if dry_run:
            results.extend(plan)
            show()
            return
        if found := [each.key for each in plan if each.result == "exists"]:
            count = f"{len(found):,} key{'' if len(found) == 1 else 's'}"
            confirm(ctx, f"Delete {count} from {definition}?", yes, [server_fact(ops)], found)
    total = len(set(keys))

    def explain() -> Explanation:
        left = total - len(results)
        return f"{left:,} of {total:,} keys were not changed. Run the command again to change them", {}

    with show_at_end(show, explain):
        for batch in getattr(ops.dynamic_partitions, verb)(definition, keys, *place):
            before = len(results)
            results.extend(batch)
            if before // _REPORTED < len(results) // _REPORTED < total / _REPORTED:
                ops.note(f"{len(results):,} of {total:,} keys")
    conclude_items(ctx, [(each.key, each) for each in results])
