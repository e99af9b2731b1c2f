"""Change many runs: choose them, ask, change them, and report the result of each."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dagster_ops_cli.cli.api.run.results import conclude, only_run, show_results
from dagster_ops_cli.cli.arguments.ids import find_runs
from dagster_ops_cli.cli.confirm import confirm, require_answer, server_fact
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import CONFIRMATION, option
from dagster_ops_cli.cli.options import json_option, yes_option
from dagster_ops_cli.cli.progress import show_batches
from dagster_ops_cli.cli.waiting import Explanation, runs_continue, show_at_end
from dagster_ops_cli.formatters.run import format_runs
from dagster_ops_cli.formatters.text import escape
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.run import RunRow
    from dagster_ops_cli.schemas.run.filter import RunFilter
    from dagster_ops_cli.schemas.run.result import RunResult, RunSelection

# How many jobs a question names; it counts the others.
_FEW_JOBS = 3

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class BulkChoice:
    """The runs that the command line chooses, by filter if ``run_ids`` is None, and how to change them."""

    run_ids: Sequence[str] | None
    run_filter: "RunFilter"
    dry_run: bool
    yes: bool
    as_json: bool


def bulk_options(command: F) -> F:
    """Give a command that chooses runs the options of bulk changes; it gets all of them as ``choice``."""

    @wraps(command)
    def wrapper(
        *args: Any,
        run_ids: Sequence[str] | None,
        run_filter: "RunFilter",
        dry_run: bool,
        yes: bool,
        as_json: bool,
        **kwargs: Any,
    ) -> Any:
        require_answer(yes or dry_run)
        return command(*args, choice=BulkChoice(run_ids, run_filter, dry_run, yes, as_json), **kwargs)

    for each in (json_option("Page[run.result.RunResult]", "Page[run.RunRow]"), yes_option, _dry_run_option):
        wrapper = each(wrapper)
    return wrapper  # type: ignore[return-value]


_dry_run_option = option("--dry-run", heading=CONFIRMATION, is_flag=True, help="List matching runs; change nothing")


def change_runs(
    ctx: click.Context,
    ops: Ops,
    choice: BulkChoice,
    statuses: Sequence[str],
    verb: str,
    refuse: "Callable[[RunRow], RunResult | None]",
    change: "Callable[[Sequence[RunRow]], Iterator[Sequence[RunResult]]]",
    finish: "Callable[[Sequence[RunResult]], Iterable[Sequence[RunResult]]]",
    made: str,
    ended: str = "",
    latest: bool = False,
    keep_last: int | None = None,
    warnings: "Callable[[Sequence[RunRow]], Sequence[str]]" = lambda runs: (),
) -> None:
    """Change the chosen runs, and end the command with the result of each.

    A filter without a status chooses runs with one of ``statuses``; with ``latest``, only the latest of each partition,
    with ``keep_last`` without that many of the newest of each job. ``refuse`` returns the result for a run whose status
    rules out the change; --dry-run does not list such a run.
    ``finish`` yields the final results once every change has been requested. ``made`` is the word for a run that was
    changed, such as ``deleted``, and ``ended`` the word once ``finish`` has yielded results. ``warnings`` returns what
    the user should know about the runs before anything is changed.
    """
    selection = _select(ops, choice, statuses, latest, keep_last)
    if left_out := _left_out(selection):
        ops.note(left_out)
    for warning in warnings(selection.runs):
        ops.warn(warning)
    if choice.dry_run:
        _list(ctx, ops, selection, refuse, choice.as_json)
        return
    if selection.runs:
        _confirm(ctx, ops, selection, choice, verb)
    results = _not_changed(selection)
    total = len(selection.runs)
    handled = 0

    def explain() -> Explanation:
        if handled < total:
            return f"{total - handled:,} of {total:,} runs were not changed; a request may still be under way", {}
        left = [each for each in results if each.code is None and each.status not in FINISHED_RUN_STATUSES]
        return runs_continue(ctx, [each.new_run_id or each.id for each in left])

    done = made
    asked = [*(each.id for each in results), *(run.id for run in selection.runs)]
    with show_at_end(lambda: show_results(ops, results, choice.as_json, done), explain, **only_run(asked)):
        for batch in show_batches(ops, change(selection.runs), total):
            results.extend(batch)
            handled += len(batch)
        for final in finish(tuple(results)):
            results[:] = final
            done = ended or made
    conclude(ctx, results)


def _select(
    ops: Ops, choice: BulkChoice, statuses: Sequence[str], latest: bool, keep_last: int | None
) -> "RunSelection":
    if choice.run_ids is not None:
        return ops.run_bulk.find(find_runs(ops, choice.run_ids, choice.run_filter.job_name))
    wanted = choice.run_filter.statuses or list(statuses)
    return ops.run_bulk.select(choice.run_filter.model_copy(update={"statuses": wanted}), latest, keep_last)


def _list(
    ctx: click.Context,
    ops: Ops,
    selection: "RunSelection",
    refuse: "Callable[[RunRow], RunResult | None]",
    as_json: bool,
) -> None:
    """Show the runs that would be changed, and say why others would not."""
    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.run import RunRow
    from dagster_ops_cli.schemas.run.result import RunResult

    refused = {run.id: result for run in selection.runs if (result := refuse(run))}
    page = Page[RunRow](items=[run for run in selection.runs if run.id not in refused])
    if as_json:
        ops.show(page, to_text=None)
    else:
        ops.write(format_runs([page]))
    not_changed = [*_not_changed(selection), *refused.values()]
    for result in not_changed if page.items else []:
        click.echo(f"{escape(result.id)}: {result.error}", err=True)
    conclude(ctx, [*not_changed, *(RunResult(id=run.id, done=True) for run in page.items)])


def _left_out(selection: "RunSelection") -> str | None:
    """Return how many of the runs found are left out, or None if none are."""
    left_out = []
    if selection.older:
        left_out.append(f"{selection.older:,} older attempt{'' if selection.older == 1 else 's'}")
    if selection.succeeded:
        left_out.append(f"{selection.succeeded:,} run{'' if selection.succeeded == 1 else 's'} that succeeded since")
    return f"Left out: {' and '.join(left_out)}. To include them, pass --every-attempt." if left_out else None


def _not_changed(selection: "RunSelection") -> "list[RunResult]":
    from dagster_ops_cli.schemas.run.result import no_such_run

    return [*map(no_such_run, selection.unknown), *selection.refused]


def _confirm(ctx: click.Context, ops: Ops, selection: "RunSelection", choice: BulkChoice, verb: str) -> None:
    count = len(selection.runs)
    statuses = Counter(run.status for run in selection.runs)
    counts = ", ".join(f"{number:,} {status}" for status, number in statuses.most_common())
    question = f"{verb} {count:,} run{'' if count == 1 else 's'} ({counts})?"
    jobs = Counter(run.job_name for run in selection.runs)
    few = [name if number == count else f"{name} ({number:,})" for name, number in jobs.most_common(_FEW_JOBS)]
    if len(jobs) > _FEW_JOBS:
        few.append(f"{len(jobs) - _FEW_JOBS:,} more")
    first = [" ".join(filter(None, (run.id, run.status, run.job_name, run.partition))) for run in selection.runs[:5]]
    confirm(ctx, question, choice.yes, [server_fact(ops), ("Job", ", ".join(few))], first, count)
