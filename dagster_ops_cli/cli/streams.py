"""Standard output and standard error: what a write that fails does to a command."""

import io
import os
import select
import sys
from typing import TYPE_CHECKING, Any

import click

from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.errors import OutputError

if TYPE_CHECKING:
    from typing_extensions import Buffer


class Stream(io.FileIO):
    """One of the two; ``error`` is the first that a write met.

    With ``goes_on`` what can't be written is dropped, and the command never hears of it.
    """

    goes_on = False
    error: OSError | None = None

    def write(self, data: "Buffer", /) -> int:
        """Write, however long the reader takes. Raises OutputError unless the command goes on."""
        try:
            # None means that whoever started us has made the stream non-blocking, and it is full.
            while (written := super().write(data)) is None:
                select.select((), (self,), ())
        except OSError as error:
            self.error = self.error or error
            if not self.goes_on:
                raise output_error(error) from error
            return memoryview(data).nbytes
        return written


class OutcomeCommand(Command):
    """A command that changes something or waits: it goes on when its answer can't be written."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        if stream := _stream(sys.stdout):
            stream.goes_on = True
        return super().invoke(ctx)


def open_streams() -> None:
    """Put streams of ours in the place of Python's."""
    for number in (0, 1, 2):
        _occupy(number)
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115 - it lives as long as the process
    sys.stdout = _text(1, sys.stdout)
    sys.stderr = _text(2, sys.stderr, goes_on=True)


def lost_output() -> OSError | None:
    """Return why the answer could not be written, or not all of it; None where it was."""
    stream = _stream(sys.stdout)
    return stream.error if stream else None


def output_error(error: OSError) -> OutputError:
    """Return what to tell of an answer that could not be written."""
    return OutputError(f"can't write the answer: {error.strerror}")


def _occupy(number: int) -> None:
    """Open a descriptor that is closed, so that no connection gets its number; writing to it still fails."""
    try:
        os.fstat(number)
    except OSError:
        # The lowest number that is free, which is this one.
        os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)


def _text(number: int, python: Any, goes_on: bool = False) -> io.TextIOWrapper:
    raw = Stream(number, "w", closefd=False)
    raw.goes_on = goes_on
    live = raw.isatty()
    # A pipe gets UTF-8 whatever the locale; a terminal that can't show a character shows its number.
    encoding = python.encoding if live and python else "utf-8"
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, "backslashreplace", line_buffering=goes_on or live)


def _stream(text: Any) -> Stream | None:
    raw = getattr(getattr(text, "buffer", None), "raw", None)
    return raw if isinstance(raw, Stream) else None
