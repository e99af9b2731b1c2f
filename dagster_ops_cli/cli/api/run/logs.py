"""`ops api run logs`."""

import click

from dagster_ops_cli.api.waiting.interrupt import on_interrupt
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import command_line, connection_options, interval_option, json_option
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.errors import InterruptedByUserError, InvalidRequestError
from dagster_ops_cli.formatters.logs import format_heading


@click.command()
@click.argument("run_id", type=NonEmptyText())
@click.option("--step", metavar="TEXT", help="Only the step with this key; else those with it in their key.")
@click.option("--stdout", is_flag=True, help="Only what was written to stdout.")
@click.option("--stderr", is_flag=True, help="Only what was written to stderr; Dagster's own log lines go there too.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what is new, until the run has ended.")
@click.option("--tail", type=click.IntRange(min=0), metavar="N", help="Begin with the last N lines of each.")
@interval_option(1)
@json_option
@connection_options
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

    The bytes go to stdout as they are, and escaped where that is a terminal; which step and stream they are from is
    said on stderr. A step that was retried has one log for each attempt. Where Dagster keeps one log for several
    steps, the part of --step is cut out of its stderr; on stdout nothing tells the steps apart.
    """
    streams = [name for name, wanted in (("stdout", stdout), ("stderr", stderr)) if wanted or stdout == stderr]
    wanted = (run_id, step, streams, tail)
    if as_json:
        if follow:
            raise InvalidRequestError("--json is one document, and --follow never has the whole of it")
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
