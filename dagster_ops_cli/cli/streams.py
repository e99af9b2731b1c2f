"""Standard output and standard error, and what happens when a write fails."""

import io
import os
import select
import sys
from typing import TYPE_CHECKING, Any

import click

from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer


class Stream(io.FileIO):
    """Standard output or standard error. ``error`` is the first error of a write.

    With ``ignores_errors``, output that can't be written is dropped and the command continues.
    """

    ignores_errors = False
    error: OSError | None = None
    # Makes text harmless for what reads this stream.
    clean: "Callable[[bytes], bytes] | None" = None

    def write(self, data: "Buffer", /) -> int:
        """Write all data, and wait for a slow reader. Raises OutputError unless errors are ignored."""
        if self.clean:
            rest = memoryview(self.clean(bytes(data)))
            while rest:
                rest = rest[self._write(rest) :]
            return memoryview(data).nbytes
        return self._write(data)

    def _write(self, data: "Buffer") -> int:
        try:
            # None means that our parent process made the stream non-blocking and that it is full.
            while (written := super().write(data)) is None:
                select.select((), (self,), ())
        except OSError as error:
            self.error = self.error or error
            if not self.ignores_errors:
                raise output_error(error) from error
            return memoryview(data).nbytes
        return written


class OutcomeCommand(Command):
    """A command that changes something or waits. It continues even if its output can't be written."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        if stream := _stream(sys.stdout):
            stream.ignores_errors = True
        return super().invoke(ctx)


def open_streams() -> None:
    """Replace Python's standard streams with ours."""
    for number in (0, 1, 2):
        _occupy(number)
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115 - open as long as the process runs
    sys.stdout = _text(1, sys.stdout)
    sys.stderr = _text(2, sys.stderr, ignores_errors=True)


def write_workflow_command(line: str) -> None:
    """Write a command of ours for GitHub Actions to stderr; everything else that is written there is no command."""
    sys.stderr.flush()
    stream = _stream(sys.stderr)
    clean = stream.clean if stream else None
    if stream:
        stream.clean = None
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
    if stream:
        stream.clean = clean


def lost_output() -> OSError | None:
    """Return the error if the output could not be written completely, otherwise None."""
    stream = _stream(sys.stdout)
    return stream.error if stream else None


def output_error(error: OSError) -> OutputError:
    """Return the error for output that could not be written."""
    return OutputError(f"can't write the output: {error.strerror}")


def _occupy(number: int) -> None:
    """Open a closed descriptor, so that no connection gets its number. Writing to it still fails."""
    try:
        os.fstat(number)
    except OSError:
        # open() returns the lowest free number, which is this one.
        os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)


def _text(number: int, python: Any, ignores_errors: bool = False) -> io.TextIOWrapper:
    raw = Stream(number, "w", closefd=False)
    raw.ignores_errors = ignores_errors
    if os.environ.get("GITHUB_ACTIONS"):
        from dagster_ops_cli.cli.workflow import command_filter

        raw.clean = command_filter(number)
    live = raw.isatty()
    # A pipe gets UTF-8 whatever the locale; a terminal that can't show a character shows its number.
    encoding = python.encoding if live and python else "utf-8"
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, "backslashreplace", line_buffering=ignores_errors or live)


def _stream(text: Any) -> Stream | None:
    raw = getattr(getattr(text, "buffer", None), "raw", None)
    return raw if isinstance(raw, Stream) else None
