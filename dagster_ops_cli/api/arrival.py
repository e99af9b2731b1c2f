"""Look for what a change would have made, where its answer was lost."""

from collections.abc import Callable
from typing import TypeVar

from dagster_ops_cli.api.poll import Poll

T = TypeVar("T")

# How long, in seconds, a mutation whose answer was lost may still be at work, and how often to look for it meanwhile.
_PAUSES = (1.0, 3.0, 6.0)


def new_request_value() -> str:
    """Return a value that no other request has."""
    from uuid import uuid4

    return uuid4().hex


def arrived(poll: Poll, look: Callable[[], T]) -> T:
    """Return what ``look`` finds: the first that counts as true, or the last, once nothing more is to be expected."""
    for pause in _PAUSES:
        poll.sleep(pause)
        found = poll.ask(look)
        if found:
            break
    return found
