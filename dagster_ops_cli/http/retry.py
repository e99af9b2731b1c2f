"""When an operation is sent again: a query after any passing failure, a mutation only if it was never sent."""

import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from dagster_ops_cli.errors import NoAnswerError, OpsError
from dagster_ops_cli.schemas.exchange import RequestRetry

T = TypeVar("T")

_FIRST_WAIT = 0.25
_LONGEST_WAIT = 10.0


class FailedError(Exception):
    """One attempt failed, and another may succeed.

    ``error`` is raised if there is no other attempt, ``reason`` is shown if there is one. ``sent`` says whether the
    operation may have reached the server. ``retry_after`` is how many seconds the server asks to wait.
    """

    def __init__(
        self, error: OpsError, sent: bool = True, retry_after: float | None = None, reason: str | None = None
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.reason = reason or error.message
        self.sent = sent
        self.retry_after = retry_after


def growing_pauses(first: float, longest: float) -> Iterator[float]:
    """Yield pauses between attempts without end: ``first``, then doubled each time, up to ``longest``."""
    pause = first
    while True:
        yield pause
        pause = min(pause * 2, longest)


def repeat(
    attempt: Callable[[], T], only_unsent: bool, deadline: float, observe: Callable[[RequestRetry], None] | None = None
) -> T:
    """Return what ``attempt`` returns. After a FailedError wait and call it again, until ``deadline``.

    ``deadline`` is on the monotonic clock. With ``only_unsent`` an operation that may have reached the server is not
    repeated. Raises the error of the last failure; see ``_last_error``.
    """
    pauses = enumerate(growing_pauses(_FIRST_WAIT, _LONGEST_WAIT), start=2)
    first = time.monotonic()
    earlier: OpsError | None = None
    while True:
        started = time.monotonic()
        try:
            return attempt()
        except NoAnswerError as error:
            raise _last_error(error, earlier, first, started) from error
        except FailedError as failed:
            if only_unsent and failed.sent:
                raise failed.error from failed
            number, pause = next(pauses)
            # The random part keeps clients that failed together from returning together.
            wait = max(pause + random.uniform(0, _FIRST_WAIT), failed.retry_after or 0.0)  # noqa: S311
            if time.monotonic() + wait >= deadline:
                if wait == failed.retry_after:
                    failed.error.hint = f"The server asks to wait {wait:g} s. Allow more time with --timeout."
                raise _last_error(failed.error, earlier, first, started) from failed
            earlier = failed.error
            if observe:
                observe(RequestRetry(failed.reason, wait, number))
        time.sleep(wait)


def _last_error(error: OpsError, earlier: OpsError | None, first: float, started: float) -> OpsError:
    """Return the error to raise: ``earlier`` if ``error`` is a timeout and most of the time went to earlier attempts.

    A server that answered HTTP 502 for 59 seconds is not one that did not answer within 60. ``first`` and ``started``
    are when the first and the last attempt began.
    """
    is_timeout = isinstance(error, NoAnswerError) and not error.in_doubt
    is_short = time.monotonic() - started < started - first
    return earlier if earlier and is_timeout and is_short else error
