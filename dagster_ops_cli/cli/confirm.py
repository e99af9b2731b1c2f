"""Ask before something is changed or destroyed, and show what would happen."""

import shutil
import sys
from collections.abc import Iterable, Sequence

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.errors import InterruptedByUserError, InvalidRequestError
from dagster_ops_cli.formatters.text import cell, escape

# What would be changed is shown by the first few, and counted.
_FEW = 5
# Text before an example.
_INDENT = "  "


def can_ask() -> bool:
    """Whether there is somebody to ask: they must see the question, and be able to answer it."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def require_answer(yes: bool) -> None:
    """Raise InvalidRequestError where nobody has said yes, and nobody can be asked."""
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
    """Go on only if the user agrees; else end the command with 1.

    ``facts`` are names and values to show before the question, and ``items`` the first of what would be changed, out of
    ``total``. Raises InvalidRequestError where nobody can be asked and ``yes`` is not given.
    """
    require_answer(yes)
    if yes:
        return
    lines = [f"{name}: {value}" for name, value in facts if value]
    lines += [f"{_INDENT}{item}" for item in items[:_FEW]]
    more = (len(items) if total is None else total) - min(len(items), _FEW)
    if items and more > 0:
        lines.append(f"{_INDENT}and {more:,} more")
    width = shutil.get_terminal_size().columns
    sys.stderr.writelines(f"{cell(line, width)}\n" for line in lines)
    if not _agrees(escape(question)):
        # Not a hint: --quiet does not hide it.
        sys.stderr.write("Nothing changed.\n")
        ctx.exit(1)


def _agrees(question: str) -> bool:
    """Return the user's answer; an empty one, or none at all, means no. Raises InterruptedByUserError."""
    # click.confirm would write a blank to stdout, where the answer of the command belongs.
    while True:
        try:
            sys.stderr.write(f"{question} [y/N] ")
            sys.stderr.flush()
            line = sys.stdin.readline()
        except KeyboardInterrupt as interrupt:
            sys.stderr.write("\n")
            raise InterruptedByUserError("Interrupted; nothing changed") from interrupt
        if not line:
            # Ctrl-D leaves the cursor behind the question.
            sys.stderr.write("\n")
        answer = line.strip().lower()
        if answer in ("y", "yes"):
            return True
        if answer in ("", "n", "no"):
            return False
        sys.stderr.write("Please answer y or n.\n")


def server_fact(ops: Ops) -> tuple[str, str]:
    """Return where Dagster is, as a fact to show: its address, and the profile that names it."""
    settings = ops.settings
    return "Server", f"{settings.profile} ({settings.url})" if settings.profile else settings.url
