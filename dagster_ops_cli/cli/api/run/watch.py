"""`ops api run watch`."""

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.api.run.choose import choose_runs_options
from dagster_ops_cli.cli.api.run.results import conclude, only_run, show_results
from dagster_ops_cli.cli.arguments.ids import find_runs
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import (
    connection_options,
    fail_on_checks_option,
    interval_option,
    list_output_options,
    report_option,
    wait_timeout_option,
)
from dagster_ops_cli.cli.progress import show_runs, shows_steps
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.cli.waiting import Explanation, find_failed_checks, hint_why, runs_continue, show_at_end
from dagster_ops_cli.formatters.asset_check import format_failed_checks
from dagster_ops_cli.schemas.enums import UNFINISHED_RUN_STATUSES

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.asset_check import FailedCheck
    from dagster_ops_cli.schemas.run.filter import RunFilter
    from dagster_ops_cli.schemas.run.result import RunResult, WatchedRun


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops run watch RUN_ID",
        "ops run watch --job ingestion_job --created-after 1h --wait-timeout 30m",
        "ops run watch RUN_ID OTHER_RUN_ID --jsonl",
    ),
)
@choose_runs_options()
@fail_on_checks_option
@wait_timeout_option
@interval_option(2)
@list_output_options("Page[run.result.RunResult]", "Page[run.checked.ResultWithChecks]", lines="run.RunRow")
@report_option
@connection_options
@click.pass_context
def watch(
    ctx: click.Context,
    ops: Ops,
    run_ids: Sequence[str] | None,
    run_filter: "RunFilter",
    fail_on_checks: bool,
    wait_timeout: float | None,
    interval: float,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """Wait until runs have ended.

    Choose runs by id or by filter; without --status, a filter chooses unfinished runs. The exit code is 0 if all runs
    succeeded, else 1. A run that Dagster retries is followed to its last attempt. --jsonl prints a run each time it has
    changed. Ctrl-C stops watching, not the runs.

    With --fail-on-checks, a check that fails with severity ERROR or has no result makes the exit code 1.
    """
    from dagster_ops_cli.api.run.watch import changed_runs

    if run_ids is None:
        statuses = run_filter.statuses or list(UNFINISHED_RUN_STATUSES)
        selection = ops.run_bulk.select(run_filter.model_copy(update={"statuses": statuses}))
        run_ids = [run.id for run in selection.runs]
    else:
        run_ids = find_runs(ops, run_ids, run_filter.job_name)
    last: deque[Sequence[WatchedRun]] = deque([[]], maxlen=1)
    checks: list[FailedCheck] | None = [] if fail_on_checks else None

    def show() -> None:
        if as_jsonl:
            for line in format_failed_checks(checks or []):
                ops.say(line)
        elif last[0] or not run_ids:
            show_results(ops, _results(last[0], checks), as_json, "succeeded")

    polls = ops.runs.watch(run_ids, interval, wait_timeout, steps=shows_steps(ops, run_ids))

    def explain() -> Explanation:
        return runs_continue(ctx, [each.latest_id for each in last[0] if not each.has_ended])

    with show_at_end(show, explain, **only_run(run_ids)):
        for watched in show_runs(ops, polls, streams=as_jsonl):
            if as_jsonl:
                ops.show_jsonl(changed_runs(last[0], watched))
            last.append(watched)
        if checks is not None:
            existing = [each.run.id for each in last[0] if each.run and not each.is_gone]
            checks += find_failed_checks(ops.runs, existing)
    hint_why(ctx, ops, [each.latest_id for each in last[0] if each.run and each.run.status == "FAILURE"])
    conclude(ctx, _results(last[0], checks))


def _results(watched: "Sequence[WatchedRun]", checks: "Sequence[FailedCheck] | None") -> "Sequence[RunResult]":
    """Return a result for each run; with its failed checks, if they count."""
    from dagster_ops_cli.api.run.watch import watch_results
    from dagster_ops_cli.schemas.run.checked import ResultWithChecks

    results = watch_results(watched)
    return results if checks is None else [ResultWithChecks.of(each, checks) for each in results]
