"""What Ctrl-C and SIGTERM turn into: an error that says what continues, and how to go on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dagster_ops_cli.errors import InterruptedByUserError


@contextmanager
def on_interrupt(explain: Callable[[], InterruptedByUserError]) -> Iterator[None]:
    """Raise the error that ``explain`` returns in place of a KeyboardInterrupt."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        raise explain() from interrupt
