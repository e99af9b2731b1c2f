"""`ops api run watch`."""

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.api.run.ids import run_ids_argument
from dagster_ops_cli.cli.api.run.results import conclude, show_results
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, exclusive, interval_option, json_option, wait_timeout_option
from dagster_ops_cli.cli.progress import show_runs, shows_steps
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.cli.waiting import hint_why, runs_continue, show_at_end

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.run.result import WatchedRun


@click.command(cls=OutcomeCommand)
@run_ids_argument(required=True)
@wait_timeout_option
@interval_option(2)
@json_option
@click.option("--jsonl", "as_jsonl", is_flag=True, help="One JSON object a line: a run each time it has changed.")
@connection_options
@click.pass_context
def watch(
    ctx: click.Context,
    ops: Ops,
    run_ids: Sequence[str],
    wait_timeout: float | None,
    interval: float,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """Wait until runs have ended; the exit code is their outcome: 0 where all succeeded.

    A run that Dagster retries by itself is followed to its last attempt. Ctrl-C leaves the runs alone.
    """
    exclusive(as_json=as_json, as_jsonl=as_jsonl)
    from dagster_ops_cli.api.run.watch import changed_runs, watch_results

    last: deque[Sequence[WatchedRun]] = deque([[]], maxlen=1)

    def show() -> None:
        if last[0] and not as_jsonl:
            show_results(ops, watch_results(last[0]), as_json)

    polls = ops.runs.watch(run_ids, interval, wait_timeout, steps=shows_steps(ops, run_ids))
    with show_at_end(show, lambda: runs_continue(ctx, [each.latest_id for each in last[0] if not each.has_ended])):
        for watched in show_runs(ops, polls, streams=as_jsonl):
            if as_jsonl:
                ops.show_jsonl(changed_runs(last[0], watched))
            last.append(watched)
    hint_why(ctx, ops, [each.latest_id for each in last[0] if each.run and each.run.status == "FAILURE"])
    conclude(ctx, watch_results(last[0]))
