"""Run one command line: the one boundary from errors to exit codes."""

import gc
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.root import root
from dagster_ops_cli.cli.streams import lost_output, open_streams, output_error
from dagster_ops_cli.errors import InterruptedByUserError, InvalidRequestError, OpsError, OutputError
from dagster_ops_cli.formatters.text import escape_json, escape_lines


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run `ops` as a process."""
    # Importing creates many objects and no garbage; collecting after every 700 takes a seventh of the start-up time.
    gc.set_threshold(50_000)
    # Our models use no plugins; pydantic would search every installed package for them.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # The thread that fetches the next page needs the interpreter often and briefly. With Python's default of 5 ms it
    # would wait that long each time for the thread that handles the current page.
    sys.setswitchinterval(0.0005)
    # ops warns of --insecure once; urllib3 would repeat it with every request.
    warnings.filterwarnings("ignore", "Unverified HTTPS request")
    open_streams()
    exit_code = run(sys.argv[1:] if args is None else args)
    sys.stderr.flush()
    # Skip Python's own shutdown: it collects garbage again, which takes a sixth of the CPU time, and pydantic's core
    # aborts the process if a thread is still reading a page at that moment.
    os._exit(exit_code)


def run(args: Sequence[str], ops: Ops | None = None) -> int:
    """Run one command line and return its exit code. Only bugs raise."""
    known = ops or Ops()
    ctx: click.Context | None = None
    raised: BaseException | None = None
    exit_code = 0
    try:
        with _sigterm_interrupts():
            if instruction := os.environ.get("_OPS_COMPLETE"):
                return _complete(instruction)
            ctx = root.make_context("ops", list(args), obj=known)
            with ctx:
                root.invoke(ctx)
            sys.stdout.flush()
    except click.exceptions.Exit as exit_:
        exit_code = exit_.exit_code
    except (OpsError, click.ClickException, KeyboardInterrupt, click.Abort) as error:
        raised = error
    asked = ctx.obj if ctx and isinstance(ctx.obj, Ops) else known
    return _conclude(exit_code, raised, args, asked)


def _complete(instruction: str) -> int:
    from click.shell_completion import shell_complete

    try:
        return shell_complete(root, {}, "ops", "_OPS_COMPLETE", instruction)
    except (Exception, KeyboardInterrupt):  # noqa: BLE001 - an error would be printed into the user's prompt
        return 1


def _conclude(exit_code: int, raised: BaseException | None, args: Sequence[str], ops: Ops) -> int:
    """Report the error, if there was one, and return the exit code. A lost answer never hides another error."""
    # Write what the command produced before it failed.
    with suppress(OutputError):
        sys.stdout.flush()
    if lost := lost_output():
        only_lost = isinstance(raised, OutputError) or not (raised or exit_code)
        if isinstance(lost, BrokenPipeError):
            raised = None if only_lost else raised
        elif only_lost:
            raised = raised or output_error(lost)
        else:
            ops.warn(output_error(lost).message)
    return _report(_as_ops_error(raised), args, ops, raised) if raised else exit_code


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Handle SIGTERM like Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        raise _TerminatedError

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:
        # Not the main thread: signals belong to the program that runs us.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _TerminatedError(KeyboardInterrupt):
    """SIGTERM arrived."""


def _as_ops_error(error: BaseException) -> OpsError:
    if isinstance(error, OpsError):
        return error
    if isinstance(error, click.ClickException):
        ctx = getattr(error, "ctx", None)
        hint = f"See {ctx.command_path} --help" if ctx else None
        # Click lists choices on lines of their own.
        return InvalidRequestError(error.format_message().replace("\n\t", " "), hint=hint)
    return InterruptedByUserError("Interrupted.")


def _report(error: OpsError, args: Sequence[str], ops: Ops, origin: BaseException) -> int:
    """Write an error to stderr, as one line of JSON with --json or --jsonl, and return its exit code."""
    message, hint = ops.mask(error.message), ops.mask(error.hint or "")
    if "--json" in args or "--jsonl" in args:
        import json

        masked = {
            "error": message,
            **({"hint": hint} if hint else {}),
            **{key: ops.mask(each) for key, each in error.ids.items()},
        }
        text = escape_json(json.dumps(error.document() | masked, ensure_ascii=False))
    else:
        plain = "--no-color" in args or os.environ.get("NO_COLOR")
        label = "Error:" if plain else click.style("Error:", fg="red")
        text = f"{label} {escape_lines(message)}" + (f"\n{escape_lines(hint)}" if hint else "")
    click.echo(text, err=True)
    # 128 + 15, as shells report a process that SIGTERM ended.
    terminated = isinstance(origin, _TerminatedError) or isinstance(origin.__cause__, _TerminatedError)
    return 128 + signal.SIGTERM if terminated else error.exit_code
