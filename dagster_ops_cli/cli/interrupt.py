"""What Ctrl-C and SIGTERM leave behind: a word on what goes on, and on how to continue."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dagster_ops_cli.errors import InterruptedByUserError


@contextmanager
def interruptible(describe: Callable[[], tuple[str, str | None]]) -> Iterator[None]:
    """Turn an interrupt inside into an error with the message and hint that ``describe`` gives at that moment."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        message, hint = describe()
        raise InterruptedByUserError(message, hint=hint) from interrupt
