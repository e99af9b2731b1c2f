"""`ops api run why`."""

import click

from dagster_ops_cli.cli.arguments.ids import one_run
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import connection_options, json_option
from dagster_ops_cli.cli.waiting import hint_rerun
from dagster_ops_cli.formatters.run.why import format_run_explanation


@click.command(cls=Command, examples=("ops run why RUN_ID", "ops run why RUN_ID --json"))
@json_option("run.why.RunExplanation")
@connection_options
@one_run()
@click.pass_context
def why(ctx: click.Context, ops: Ops, run_id: str, as_json: bool) -> None:
    """Explain why a run failed, or what it waits for.

    For a failed run: each failed step with its error and causes, the traceback through your own code and the last lines
    on stderr; the steps that were skipped; retries. For an unfinished run: its place in the queue, the limit that holds
    it back, or the step that is running.
    """
    explanation = ops.run_explanations.get(run_id)
    ops.show(explanation, None if as_json else format_run_explanation)
    if explanation.status == "FAILURE" and not (as_json or explanation.retried_as or explanation.will_retry):
        hint_rerun(ctx, ops, explanation.id)
