"""Run `ops` in the test process, or as its own process."""

import io
import os
import re
import shlex
import subprocess
import sys
import traceback
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from unittest.mock import patch

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.main import run
from dagster_ops_cli_tests.answers import check_answer
from dagster_ops_cli_tests.secret_scan import check_marked, inside, look

# The command as a process. Warnings are errors, as in the tests themselves.
OPS = (sys.executable, "-W", "error", "-m", "dagster_ops_cli")


@dataclass(frozen=True)
class Outcome:
    """A command's exit code and output."""

    exit_code: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        return f"exit code {self.exit_code}\n--- stdout\n{self.stdout}--- stderr\n{self.stderr}"


# The type of the terminal in ``invoke``.
TERM = "xterm-256color"


class _Window(io.StringIO):
    """Standard output as a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def invoke(
    command: str | Sequence[str],
    ops: Ops | None = None,
    window: tuple[int, int] | None = None,
    together: bool = False,
) -> Outcome:
    """Run a command line in this process; with ``window``, on a terminal with so many columns and rows.

    If it writes ``together``, both streams of the outcome have all output, in the order in which it was written.
    """
    args = shlex.split(command) if isinstance(command, str) else list(command)
    if args[:1] == ["ops"]:
        args = args[1:]
    check_marked(args, os.environ)
    out = _Window() if window else io.StringIO()
    err = out if together else io.StringIO()
    size = {"TERM": TERM, "COLUMNS": f"{window[0]}", "LINES": f"{window[1]}"} if window else {}
    try:
        with inside(), patch.dict(os.environ, size), redirect_stdout(out), redirect_stderr(err):
            exit_code = run(args, ops)
    except BaseException:
        look(traceback.format_exc(), "a traceback")
        raise
    finally:
        look(out.getvalue(), "stdout")
        look(err.getvalue(), "stderr")
    check_answer(args, out.getvalue())
    return Outcome(exit_code, out.getvalue(), err.getvalue())


class _Process(subprocess.Popen[str]):
    """A process that is killed when its test fails: at the end of a ``with``, Popen waits for it without a limit."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind:
            self.kill()
        super().__exit__(kind, error, trace)


def spawn(command: str, **options: Any) -> "subprocess.Popen[str]":
    """Start a command line as a process with pipes."""
    args = [*OPS, *shlex.split(command)[1:]]
    check_marked(args, os.environ)
    return _Process(args, text=True, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options})


def begun(process: "subprocess.Popen[str]") -> str:
    """Wait for the first character that a process writes to stdout, and return it."""
    assert process.stdout
    # Not through the stream: it reads ahead, and communicate() would miss those bytes.
    return os.read(process.stdout.fileno(), 1).decode()


def wait_for_line(process: "subprocess.Popen[str]", pattern: str) -> str:
    """Wait for a line on stderr in which ``pattern`` is found, and return it."""
    assert process.stderr
    lines = []
    for line in process.stderr:
        lines.append(line)
        if re.search(pattern, line):
            return line
    raise AssertionError(f"{pattern!r} did not come: {lines}")


def execute(command: str, timeout: float = 120) -> Outcome:
    """Run a command line as a process until it has ended."""
    with spawn(command) as process:
        out, err = process.communicate(timeout=timeout)
    check_answer(shlex.split(command)[1:], out)
    return Outcome(process.returncode, out, err)
