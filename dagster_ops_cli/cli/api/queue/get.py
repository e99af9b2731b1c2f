"""`ops api queue get`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import HOW_MANY, Command, option
from dagster_ops_cli.cli.options import connection_options, exclusive, json_option
from dagster_ops_cli.cli.params import WholeNumber
from dagster_ops_cli.formatters.queue import format_queue

DEFAULT_LIMIT = 50


@click.command(
    cls=Command,
    examples=(
        "ops queue get",
        "ops queue get --all --json",
    ),
)
@option(
    "--limit",
    heading=HOW_MANY,
    type=WholeNumber(min=1),
    metavar="N",
    help=f"Maximum number of runs  [default: {DEFAULT_LIMIT}]",
)
@option("--all", "everything", heading=HOW_MANY, is_flag=True, help="Return every run in the queue")
@json_option("run.queue.Queue")
@connection_options
def get(ops: Ops, limit: int | None, everything: bool, as_json: bool) -> None:
    """Show the run queue: its limits, and what the runs in it wait for.

    Runs are listed in the order in which Dagster starts them: by priority, then by age.
    """
    exclusive(limit=limit, all=everything)
    queue = ops.queue.get(None if everything else limit or DEFAULT_LIMIT)
    ops.show(queue, None if as_json else format_queue)
    if queue.has_more:
        ops.note(f"Showing {queue.count:,} of {queue.queued:,} queued runs; --all shows all.")
