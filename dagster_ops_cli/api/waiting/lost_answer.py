"""Make a change whose answer may get lost: look for its effect before saying that it failed."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from dagster_ops_cli.api.waiting.interrupt import on_interrupt
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import InterruptedByUserError, OpsError, ServerFaultError

T = TypeVar("T")
U = TypeVar("U")

# Seconds between looks for a change whose answer was lost: Dagster may still be working on it.
_PAUSES = (1.0, 3.0, 6.0)


def new_request_value() -> str:
    """Return a value that no other request has."""
    from uuid import uuid4

    return uuid4().hex


def make_change(
    poll: Poll,
    change: Callable[[], T],
    look: Callable[[], U | None],
    not_made: str,
    commands: Mapping[str, Sequence[str]],
) -> T | U:
    """Make a change once and return its answer. If the answer is lost, return what ``look`` finds.

    Raises the error of the change if nothing is found, with ``not_made`` added to its message. That error, and the one
    for an interrupt, hint at ``commands`` that show whether the change was made.
    """
    with on_interrupt(
        lambda: InterruptedByUserError("Interrupted; it is unknown whether the change was made", commands=commands)
    ):
        try:
            return change()
        except OpsError as error:
            if not may_be_made(error):
                raise
            error.hint = None
            error.commands = dict(commands)
            if found := look_for_change(poll, error, look):
                return found
            error.message += f". {not_made}"
            raise


def may_be_made(error: OpsError) -> bool:
    """Whether a change may have been made in spite of its error. A server may make a change and then fail."""
    return error.in_doubt or isinstance(error, ServerFaultError)


def look_for_change(poll: Poll, error: OpsError, look: Callable[[], T]) -> T:
    """Return the first true value that ``look`` returns, or else the last value.

    Raises ``error``, the error of the change, if Dagster can't be reached any more.
    """
    poll.tell(f"{error.message}; checking whether the change was made ...")
    try:
        # After an answer, even a failure, Dagster is no longer working on the change: one look is enough.
        for pause in _PAUSES if error.in_doubt else (0.0,):
            poll.sleep(pause)
            if found := poll.ask(look):
                break
    except OpsError as lookup_error:
        error.message += f". The check for it failed too: {lookup_error.message}"
        raise error from lookup_error
    return found
