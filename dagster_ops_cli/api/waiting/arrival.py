"""Look for what a change would have made, where its answer was lost."""

from collections.abc import Callable
from typing import TypeVar

from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import InterruptedByUserError, OpsError, ServerFaultError

T = TypeVar("T")
U = TypeVar("U")

# How long, in seconds, a mutation whose answer was lost may still be at work, and how often to look for it meanwhile.
_PAUSES = (1.0, 3.0, 6.0)


def new_request_value() -> str:
    """Return a value that no other request has."""
    from uuid import uuid4

    return uuid4().hex


def surely(poll: Poll, change: Callable[[], T], look: Callable[[], U | None], nothing: str, hint: str) -> T | U:
    """Make a change, once; where its answer is lost, return what ``look`` finds of it.

    Raises the error of the change where nothing is found, and has it say so: ``nothing`` tells what did not happen, and
    ``hint`` how to see whether it did after all; an interrupt leaves as much open.
    """
    try:
        try:
            return change()
        except OpsError as error:
            if not is_open(error):
                raise
            error.hint = hint
            if found := look_for(poll, error, look):
                return found
            error.message += f". {nothing}"
            raise
    except KeyboardInterrupt as interrupt:
        raise InterruptedByUserError("Interrupted; whether the change was made is not known", hint=hint) from interrupt


def is_open(error: OpsError) -> bool:
    """Tell whether a change may have been made in spite of its error: a Dagster that failed may have made it first."""
    return error.in_doubt or isinstance(error, ServerFaultError)


def look_for(poll: Poll, error: OpsError, look: Callable[[], T], what: str = "it") -> T:
    """Return what ``look`` finds of a change: the first that counts as true, or the last, when no more is expected.

    Raises ``error``, that of the change, where nobody answers any more.
    """
    poll.tell(f"{error.message}; looking whether {what} arrived ...")
    try:
        # A Dagster that has answered is through with it.
        for pause in _PAUSES if error.in_doubt else (0.0,):
            poll.sleep(pause)
            if found := poll.ask(look):
                break
    except OpsError as gone:
        error.message += f". Nor can it be looked up: {gone.message}"
        raise error from gone
    return found
