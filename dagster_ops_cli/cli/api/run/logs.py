"""`ops api run logs`."""

import click

from dagster_ops_cli.api.waiting.interrupt import on_interrupt
from dagster_ops_cli.cli.arguments.ids import one_run
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, HOW_MANY, WAITING, Command, option
from dagster_ops_cli.cli.options import command_line, connection_options, interval_option, json_option
from dagster_ops_cli.cli.params import NonEmptyText, WholeNumber
from dagster_ops_cli.errors import InterruptedByUserError, InvalidRequestError
from dagster_ops_cli.formatters.logs import format_heading


@click.command(
    cls=Command,
    examples=(
        "ops run logs RUN_ID",
        "ops run logs RUN_ID --step fetch --stderr --tail 20",
        "ops run logs RUN_ID --follow",
    ),
)
@option(
    "--step",
    heading=FILTERS,
    type=NonEmptyText(),
    metavar="TEXT",
    help="Only the step with this key, else keys that contain TEXT",
)
@option("--stdout", heading=FILTERS, is_flag=True, help="Only stdout")
@option("--stderr", heading=FILTERS, is_flag=True, help="Only stderr, where Dagster's own log lines go too")
@option(
    "--tail", heading=HOW_MANY, type=WholeNumber(min=0), metavar="N", help="Begin with the last N lines of each log"
)
@option("--follow", "-f", heading=WAITING, is_flag=True, help="Keep printing new output until the run ends")
@interval_option(1)
@json_option("logs.output.CapturedLogs")
@connection_options
@one_run()
@click.pass_context
def logs(
    ctx: click.Context,
    ops: Ops,
    run_id: str,
    step: str | None,
    stdout: bool,
    stderr: bool,
    follow: bool,
    tail: int | None,
    interval: float,
    as_json: bool,
) -> None:
    """Show what the steps of a run wrote to stdout and stderr.

    Output goes to stdout byte for byte; on a terminal, control characters are escaped. The names of steps and streams
    go to stderr. Each attempt of a retried step has its own log. If Dagster keeps one log for several steps, --step
    picks the lines of that step from stderr; on stdout, the steps cannot be told apart.
    """
    streams = [name for name, wanted in (("stdout", stdout), ("stderr", stderr)) if wanted or stdout == stderr]
    wanted = (run_id, step, streams, tail)
    if as_json:
        if follow:
            raise InvalidRequestError("--json prints one document and cannot be used with --follow")
        ops.show(ops.captured_logs.get(*wanted), to_text=None)
        return
    last = None
    with on_interrupt(
        lambda: InterruptedByUserError(
            f"Interrupted; run {run_id} was not changed.", hint=f"To read again: {command_line(ctx)}"
        )
    ):
        for output in ops.captured_logs.follow(*wanted, interval) if follow else ops.captured_logs.stream(*wanted):
            if output.note:
                ops.note(output.note)
            elif output.file and output.stream:
                if last != (last := (output.file.file_key, output.stream)):
                    ops.note(format_heading(output.file, output.stream))
                ops.write_bytes(output.data)
