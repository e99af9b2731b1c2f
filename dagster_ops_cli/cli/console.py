"""The terminal of stdout or stderr, if there is one, and what it can show."""

import os
import re
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

# Terminals that only show text: they can neither colour it nor move the cursor.
_DUMB = ("dumb", "unknown")
# Terminals that show the address of a link as text, or garbage.
_LINKLESS = re.compile(r"linux|screen|eterm|cons25|vt\d+|ansi|cygwin")
# Terminals based on older versions of this library crashed on links.
_FIRST_VTE = 5000


def is_terminal(stderr: bool = False) -> bool:
    """Return whether stdout (or stderr) is a terminal that can show more than text."""
    stream = sys.stderr if stderr else sys.stdout
    return stream.isatty() and os.environ.get("TERM") not in _DUMB


def open_console(stderr: bool = False) -> "Console":
    """Return rich's console for stdout (or stderr); it obeys --no-color and NO_COLOR and interprets no markup."""
    from rich.console import Console

    ctx = click.get_current_context(silent=True)
    # Pass True or None, never False: with None, rich obeys NO_COLOR.
    no_color = (ctx is not None and ctx.color is False) or None
    return Console(stderr=stderr, no_color=no_color, markup=False, emoji=False, highlight=False)


def shows_links() -> bool:
    """Return whether the terminal can link a text to a page."""
    vte = os.environ.get("VTE_VERSION", "")
    old = vte.isdecimal() and int(vte) < _FIRST_VTE
    return not old and not _LINKLESS.match(os.environ.get("TERM", ""))
