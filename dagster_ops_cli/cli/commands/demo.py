"""`ops demo`."""

import signal
from contextlib import suppress

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import RUN, Command, option
from dagster_ops_cli.errors import InvalidRequestError

_EXTRA = "pip install 'dagster-ops-cli[demo]'"


@click.command(cls=Command, examples=("ops demo", "ops demo --keep"))
@option("--keep", heading=RUN, is_flag=True, help="Keep Dagster running until Ctrl-C")
@click.pass_obj
def demo(ops: Ops, keep: bool) -> None:
    """Start an example Dagster on this machine.

    Runs its example jobs and shows what they did. Dagster runs in a temporary folder, on free loopback ports; both are
    gone at the end.
    """
    from dagster_ops_cli.demo.server import LocalDagster, is_installed

    if not is_installed():
        raise InvalidRequestError(f"ops demo needs Dagster itself: {_EXTRA} (in a clone: pip install '.[demo]')")
    ops.note("Starting a webserver, a daemon and a code server ...")
    with LocalDagster() as dagster:
        ops.note(f"Dagster is up: {dagster.url}")
        _show_examples(ops.with_options(url=dagster.url, header=()))
        if keep:
            ops.note(f"\nDagster stays up until Ctrl-C. In another terminal:\n  export OPS_URL={dagster.url}")
            _wait_for_interrupt()
    ops.note("\nStopped Dagster and removed its folder." + ("" if keep else " To keep it running: ops demo --keep"))


def _show_examples(ops: Ops) -> None:
    from dagster_ops_cli.cli.progress import show_runs
    from dagster_ops_cli.demo.server import LOCATION, REPOSITORY

    ops.note("Launching noisy_job, and ingestion_job for one day of two stations ...")
    ops.note("noisy_job and station NL10001 fail on purpose.")
    noisy = ops.runs.launch(LOCATION, REPOSITORY, "noisy_job")
    good = ops.runs.launch(LOCATION, REPOSITORY, "ingestion_job", "2024-01-01|NL01497")
    broken = ops.runs.launch(LOCATION, REPOSITORY, "ingestion_job", "2024-01-01|NL10001")
    for _ in show_runs(ops, ops.runs.watch([noisy.id, good.id, broken.id])):
        pass
    _run_command(ops, f"run get {good.id}")
    _run_command(ops, f"run why {broken.id}")
    _run_command(ops, f"run-events get {noisy.id} --type STEP_FAILURE --limit 1")
    _show_backfill(ops)


def _show_backfill(ops: Ops) -> None:
    """Launch the example backfill. One station fails; a retry succeeds."""
    from dagster_ops_cli.demo.server import BACKFILL_FILE
    from dagster_ops_cli.schemas.backfill import BackfillFilter

    ops.note("\nDagster's daemon looks for backfills every 30 seconds.")
    _run_command(ops, f"backfill plan {BACKFILL_FILE}")
    _run_command(ops, f"script backfill {BACKFILL_FILE} --interval 1s")
    (failed,) = ops.backfills.list(BackfillFilter(), limit=1).items
    _run_command(ops, f"backfill retry {failed.id} --wait --interval 1s")


def _run_command(ops: Ops, line: str) -> None:
    """Show a command as a user would type it, and what it prints."""
    from dagster_ops_cli.cli.root import root

    line = f"{line} --url {ops.url}"
    ops.write([f"\n$ ops {line}"])
    with (
        # Some commands of the demo end with another exit code on purpose.
        suppress(click.exceptions.Exit),
        root.make_context("ops", line.split(), obj=Ops(connect=ops.connect)) as ctx,
    ):
        root.invoke(ctx)


def _wait_for_interrupt() -> None:
    """Wait for Ctrl-C, which ends the demo with exit code 0. SIGTERM has its usual effect."""
    try:
        signal.pause()
    except KeyboardInterrupt as interrupt:
        if type(interrupt) is not KeyboardInterrupt:
            raise
