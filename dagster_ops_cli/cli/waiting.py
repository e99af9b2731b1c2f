"""The end of waiting: whichever it is, what is known goes to stdout."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.interrupt import interruptible
from dagster_ops_cli.cli.options import sibling_command
from dagster_ops_cli.errors import InterruptedByUserError, WaitTimeoutError


@contextmanager
def last_word(show: Callable[[], None], describe: Callable[[], tuple[str, str | None]]) -> Iterator[None]:
    """Call ``show`` at the end, also where waiting is given up or interrupted.

    ``describe`` tells what goes on then, and how to continue.
    """
    try:
        with interruptible(lambda: (f"Interrupted; {describe()[0]}", describe()[1])):
            yield
    except WaitTimeoutError as error:
        show()
        goes_on, hint = describe()
        raise WaitTimeoutError(f"{error.message}; {goes_on}", hint=hint) from error
    except InterruptedByUserError:
        show()
        raise
    show()


def goes_on(ctx: click.Context, run_ids: Sequence[str]) -> tuple[str, str | None]:
    """Return what goes on without us, and how to watch or to cancel it."""
    if not run_ids:
        return "no run goes on", None
    told = f"run {run_ids[0]} goes on" if len(run_ids) == 1 else f"{len(run_ids)} runs go on"
    watch, terminate = (sibling_command(ctx, verb, run_ids) for verb in ("watch", "terminate"))
    return told, f"To watch: {watch}\nTo cancel: {terminate}"


def hint_why(ctx: click.Context, ops: Ops, run_ids: Sequence[str], is_retried: bool = False) -> None:
    """Tell how to learn why runs failed, and how to re-run what failed; of many, that of the first.

    What Dagster itself retries needs no other re-run.
    """
    if run_ids:
        ops.note(f"Why it failed: {sibling_command(ctx, 'why', run_ids[:1])}")
        if not is_retried:
            hint_rerun(ctx, ops, run_ids[0])


def hint_rerun(ctx: click.Context, ops: Ops, run_id: str) -> None:
    """Tell how to re-run what failed in a run."""
    ops.note(f"To re-run what failed: {sibling_command(ctx, 'reexecute', [run_id, '--from-failure'])}")
