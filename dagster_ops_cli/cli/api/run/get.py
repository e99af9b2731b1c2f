"""`ops api run get`."""

import click

from dagster_ops_cli.cli.arguments.ids import one_run
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, json_option, report_option
from dagster_ops_cli.cli.waiting import hint_why
from dagster_ops_cli.formatters.run import format_run


@click.command(cls=Command, examples=("ops run get RUN_ID", "ops run get RUN_ID --json"))
@json_option("run.Run")
@report_option
@connection_options
@one_run()
@click.pass_context
def get(ctx: click.Context, ops: Ops, run_id: str, as_json: bool) -> None:
    """Show one run: status, times, target and first error.

    JSON has tags and statistics, but no error: for all errors, use `ops run why`.
    """
    run = ops.runs.get(run_id)
    if as_json or run.status != "FAILURE":
        ops.show(run, None if as_json else format_run)
        return
    cause = ops.run_explanations.summarize(run.id)
    ops.show(run, lambda run: format_run(run, cause))
    hint_why(ctx, ops, [run.id], is_retried=run.is_retried)
