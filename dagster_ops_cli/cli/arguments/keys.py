"""Keys, read one by one as they are pressed."""

import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Waits at most this many seconds and returns the keys that were pressed meanwhile.
Keys = Callable[[float], str]


@contextmanager
def keys_pressed() -> Iterator[Keys]:
    """Yield a function that returns keys; without a keyboard it only waits. The terminal is restored at the end.

    Ctrl-C still interrupts. Ctrl-Z does nothing, because the screen would stay as it is.
    """
    import termios
    import tty

    descriptor = sys.stdin.fileno()

    def pressed(seconds: float) -> str:
        if not select.select([descriptor] if is_keyboard else [], [], [], seconds)[0]:
            return ""
        return os.read(descriptor, 1024).decode(errors="replace")

    is_keyboard = os.isatty(descriptor)
    if not is_keyboard:
        yield pressed
        return
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        changed = termios.tcgetattr(descriptor)
        changed[6][termios.VSUSP] = b"\0"
        # Ctrl-C makes the terminal drop earlier keys, and reading must not wait for them.
        changed[6][termios.VMIN] = 0
        termios.tcsetattr(descriptor, termios.TCSADRAIN, changed)
        yield pressed
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
