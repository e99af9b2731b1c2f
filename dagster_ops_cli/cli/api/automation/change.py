"""`start`, `stop` and `reset` of `ops api schedule` and `ops api sensor`, and what `freeze` and `restore` share."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.api.automation import EXAMPLES
from dagster_ops_cli.cli.api.automation.filter import automation_filter_options
from dagster_ops_cli.cli.api.automation.list import warn_of_broken
from dagster_ops_cli.cli.confirm import can_ask, confirm, require_answer, server_fact
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import CONFIRMATION, FILTERS, option
from dagster_ops_cli.cli.options import connection_options, json_option, yes_option
from dagster_ops_cli.cli.params import NonEmptyText, completes
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.cli.waiting import Explanation, show_at_end
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.automation import format_automation, format_changes
from dagster_ops_cli.schemas.enums import RUNNING, STOPPED

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.automation import Automation, AutomationResult

# Filters choose only what can be changed: start needs what is stopped, stop needs what is running.
_FROM = {"start": STOPPED, "stop": RUNNING, "reset": None}


def change_command(type_: str, verb: str, summary: str, note: str = "") -> click.Command:
    """Return the command that starts, stops or resets schedules or sensors. ``note`` follows the summary."""
    noun = type_.lower()
    path = f"ops {noun} {verb}"

    @click.command(
        verb,
        cls=OutcomeCommand,
        help=f"{summary}\n\n{f'{note} ' if note else ''}If a name can't be found, nothing is changed. "
        "The exit code is 1 unless all of them have the new status afterwards.",
        examples=(f"{path} {EXAMPLES[type_]}", f"{path} --location etl --dry-run", f"{path} --all --yes"),
    )
    @click.argument("names", nargs=-1, type=NonEmptyText(), metavar="[NAME...]", shell_complete=completes(noun))
    @option("--all", "everything", heading=FILTERS, is_flag=True, help=f"All {noun}s")
    @option("--dry-run", heading=CONFIRMATION, is_flag=True, help=f"List matching {noun}s; change nothing")
    @yes_option
    @json_option("Page[automation.AutomationResult]", "Page[automation.Automation]")
    # What is stopped is neither failing nor late.
    @automation_filter_options(has_health=verb != "start")
    @connection_options
    @click.pass_context
    def change(
        ctx: click.Context,
        ops: Ops,
        names: Sequence[str],
        everything: bool,
        dry_run: bool,
        yes: bool,
        as_json: bool,
        location_name: str | None,
        repository_name: str | None,
        failing: bool = False,
        late: bool = False,
    ) -> None:
        is_narrowed, is_placed = failing or late, bool(location_name or repository_name)
        if (names and (everything or is_narrowed)) or (everything and (is_narrowed or is_placed)):
            raise InvalidRequestError("names, filters and --all can't be used together")
        if not (names or everything or is_narrowed or is_placed):
            raise InvalidRequestError(f"Choose {noun}s by name or by filter, or pass --all")
        if not names:
            require_answer(yes or dry_run)
        from dagster_ops_cli.schemas.automation import AutomationFilter

        if names:
            items = ops.automation.find(type_, list(dict.fromkeys(names)), repository_name, location_name)
        else:
            wanted = AutomationFilter(
                types=(type_,),
                repository_name=repository_name,
                location_name=location_name,
                status=_FROM[verb],
                failing=failing,
                late=late,
            )
            page = ops.automation.list(wanted, ticks=is_narrowed or dry_run)
            warn_of_broken(ops, page)
            items = [item for item in page.items if verb != "reset" or item.can_reset]
        if dry_run:
            ops.show_items(items, None if as_json else partial(format_automation, nouns=f"{noun}s"))
            return
        if items and (can_ask() or not names):
            ask(ctx, ops, items, yes, verb)
        results: list[AutomationResult] = []

        def show() -> None:
            to_text = None if as_json else lambda page: format_changes(page.items)
            ops.show_items(results, to_text)

        act(ops, items, verb, results, show)
        ctx.exit(0 if all(result.done for result in results) else 1)

    return change


def ask(ctx: click.Context, ops: Ops, items: "Sequence[Automation]", yes: bool, verb: str) -> None:
    """Ask whether to change these; end the command with 1 if not."""
    nouns = [item.type.lower() for item in items]
    counts = [(noun, nouns.count(noun)) for noun in dict.fromkeys(nouns)]
    counted = " and ".join(f"{count:,} {noun}{'' if count == 1 else 's'}" for noun, count in counts)
    labels = [f"{item.label}, {item.status}" for item in items]
    confirm(ctx, f"{verb.capitalize()} {counted}?", yes, [server_fact(ops)], labels)


def act(
    ops: Ops,
    items: "Sequence[Automation]",
    verb: str,
    results: "list[AutomationResult]",
    show: Callable[[], None],
    patient: bool = False,
) -> None:
    """Change the items, append the result of each to ``results``, and read them back. Show them even if interrupted.

    With ``patient``, notice also what Dagster undoes seconds later.
    """
    before = len(results)

    def explain() -> Explanation:
        left = len(items) - len(results) + before
        return f"{left:,} of {len(items):,} were not changed", {}

    with show_at_end(show, explain):
        for result in getattr(ops.automation, verb)(items):
            results.append(result)
        results[:] = ops.automation.refresh(results, patient)
