"""`ops api run timeline`."""

from collections import deque
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import click

from dagster_ops_cli import times
from dagster_ops_cli.cli.api.run.filter import job_filter_option
from dagster_ops_cli.cli.arguments.ids import find_runs
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, WAITING, Command, option
from dagster_ops_cli.cli.options import connection_options, interval_option, json_option
from dagster_ops_cli.cli.params import NonEmptyText, Time, completes, one_from_stdin
from dagster_ops_cli.cli.picture import show_live, show_picture
from dagster_ops_cli.cli.waiting import runs_continue, show_at_end
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dagster_ops_cli.cli.picture import Draw
    from dagster_ops_cli.schemas.model import Model
    from dagster_ops_cli.schemas.run.timeline import JobsTimeline, RunTimeline

    M = TypeVar("M", bound=Model)


@click.command(
    cls=Command,
    examples=(
        "ops run timeline RUN_ID",
        "ops run timeline RUN_ID --follow",
        "ops run timeline --since 6h --job ingestion_job",
    ),
)
@click.argument("run_id", type=NonEmptyText(), required=False, callback=one_from_stdin, shell_complete=completes("run"))
@option("--since", heading=FILTERS, type=Time(), help="Show the runs since TIME, or an age (6h, 3d)")
@job_filter_option
@option("--follow", "-f", heading=WAITING, is_flag=True, help="Update until the run ends; with --since, until Ctrl-C")
@interval_option(2)
@json_option("run.timeline.RunTimeline", "run.timeline.JobsTimeline")
@connection_options
@click.pass_context
def timeline(
    ctx: click.Context,
    ops: Ops,
    run_id: str | None,
    since: datetime | None,
    job_name: str | None,
    follow: bool,
    interval: float,
    as_json: bool,
) -> None:
    """Draw the steps of a run, or recent runs, over time.

    With a RUN_ID, each step is a bar: its wait after the last step that it depends on, and its attempts. A star marks
    the critical path, the chain of steps that the run's end depended on. With --since, each run is a bar, and runs of
    the same job stand together.

    In a pipe, the picture has plain characters and 80 columns, and --follow prints it once, when the run has ended.
    """
    if (run_id is None) == (since is None):
        raise InvalidRequestError("Choose RUN_ID or --since")
    if run_id is not None:
        if job_name is not None and not run_id.startswith("@"):
            raise InvalidRequestError("--job needs --since, @latest or @failed")
        (run_id,) = find_runs(ops, [run_id], job_name)
        _show_run(ctx, ops, run_id, follow, interval, as_json)
    elif since is not None:
        if since > times.now():
            raise InvalidRequestError("--since must lie in the past")
        _show_jobs(ops, since, job_name, follow, interval, as_json)


def _show_run(ctx: click.Context, ops: Ops, run_id: str, follow: bool, interval: float, as_json: bool) -> None:
    if not follow:
        _show(ops, ops.runs.get_timeline(run_id), _draw_run, as_json)
        return
    last: deque[RunTimeline] = deque(maxlen=1)

    def draws() -> "Iterator[Draw]":
        for each in ops.runs.follow_timeline(run_id, interval):
            last.append(each)
            yield _draw_run(each)

    def unfinished() -> list[str]:
        return [] if last and last[0].status in FINISHED_RUN_STATUSES else [run_id]

    def show() -> None:
        if as_json and last:
            ops.show(last[0], None)

    with show_at_end(show, lambda: runs_continue(ctx, unfinished()), run_id=run_id):
        if as_json:
            last.extend(ops.runs.follow_timeline(run_id, interval))
        else:
            show_live(ops, draws())


def _show_jobs(ops: Ops, since: datetime, job_name: str | None, follow: bool, interval: float, as_json: bool) -> None:
    if follow:
        if as_json or not ops.drawer:
            raise InvalidRequestError("--follow with --since needs a terminal, and can't be used with --json")
        polls = ops.runs.follow_timelines(since, job_name, interval)
        show_live(ops, map(_draw_jobs, polls))
        return
    _show(ops, ops.runs.list_timelines(since, job_name), _draw_jobs, as_json)


# What draws is imported only when it is needed: --json does not draw.
def _draw_run(found: "RunTimeline") -> "Draw":
    from dagster_ops_cli.formatters.terminal.timeline import draw_run

    return partial(draw_run, found)


def _draw_jobs(found: "JobsTimeline") -> "Draw":
    from dagster_ops_cli.formatters.terminal.timeline import draw_jobs

    return partial(draw_jobs, found)


def _show(ops: Ops, found: "M", draw: "Callable[[M], Draw]", as_json: bool) -> None:
    if as_json:
        ops.show(found, None)
    else:
        show_picture(ops, draw(found))
