"""Ask for confirmation before a change."""

import sys
from collections.abc import Iterable, Sequence

import click

from dagster_ops_cli.api.waiting.interrupt import on_interrupt
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.errors import InterruptedByUserError, InvalidRequestError
from dagster_ops_cli.formatters.text import cell, escape

# How many of the things to change are listed.
_FEW = 5
_INDENT = "  "


def can_ask() -> bool:
    """Whether a question can be shown and answered on a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def require_answer(yes: bool) -> None:
    """Raise InvalidRequestError without ``yes`` if there is no terminal to ask on."""
    if not (yes or can_ask()):
        raise InvalidRequestError("Confirmation required; pass --yes")


def confirm(
    ctx: click.Context,
    question: str,
    yes: bool,
    facts: Iterable[tuple[str, str | None]] = (),
    items: Sequence[str] = (),
    total: int | None = None,
) -> None:
    """Ask the question, and end the command with exit code 1 unless the answer is yes.

    ``facts`` are names and values to show before the question; ``items`` are the first of ``total`` things to change.
    Raises InvalidRequestError without ``yes`` if there is no terminal to ask on.
    """
    require_answer(yes)
    if yes:
        return
    import shutil

    lines = [f"{name}: {value}" for name, value in facts if value]
    lines += [f"{_INDENT}{item}" for item in items[:_FEW]]
    more = (len(items) if total is None else total) - min(len(items), _FEW)
    if items and more > 0:
        lines.append(f"{_INDENT}and {more:,} more")
    width = shutil.get_terminal_size().columns
    sys.stderr.writelines(f"{cell(line, width)}\n" for line in lines)
    if not _agrees(escape(question)):
        # This message must appear with --quiet too.
        sys.stderr.write("Nothing changed.\n")
        ctx.exit(1)


def _agrees(question: str) -> bool:
    """Return whether the user answers yes. An empty line and end of input mean no. Raises InterruptedByUserError."""
    while True:
        answer = _ask(f"{question} [y/N] ").strip().lower()
        if answer in ("y", "yes"):
            return True
        if answer in ("", "n", "no"):
            return False
        sys.stderr.write("Please answer y or n.\n")


def ask_number(question: str, most: int) -> int | None:
    """Return the number from 1 to ``most`` that the user types; None for an empty line or the end of input."""
    while answer := _ask(f"{question} [1-{most}] ").strip():
        if answer.isdecimal() and 1 <= int(answer) <= most:
            return int(answer)
        sys.stderr.write(f"Please type a number from 1 to {most}, or nothing.\n")
    sys.stderr.write("Nothing chosen.\n")
    return None


def _ask(question: str) -> str:
    """Return the line that the user types, empty at the end of input. Raises InterruptedByUserError."""
    # click.confirm would write a blank to stdout, which is for the command's answer only.
    with on_interrupt(_interrupted):
        sys.stderr.write(question)
        sys.stderr.flush()
        line = sys.stdin.readline()
    if not line:
        # Ctrl-D leaves the cursor behind the question.
        sys.stderr.write("\n")
    return line


def _interrupted() -> InterruptedByUserError:
    # Ctrl-C leaves the cursor behind the question.
    sys.stderr.write("\n")
    return InterruptedByUserError("Interrupted; nothing changed")


def server_fact(ops: Ops) -> tuple[str, str]:
    """Return the address of Dagster, and the profile that it comes from, as a fact to show."""
    settings = ops.settings
    return "Server", f"{settings.profile} ({settings.url})" if settings.profile else settings.url
