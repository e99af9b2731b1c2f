"""When an operation is sent again: a question always may be, a change never once it may have arrived."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from dagster_ops_cli.errors import OpsError

T = TypeVar("T")

_FIRST_WAIT = 0.25
_LONGEST_WAIT = 10.0


class FailedError(Exception):
    """One attempt failed in a way that another may not.

    ``error`` is what the user is told if it was the last, ``reason`` if it was not; ``sent`` whether the operation may
    have arrived; ``retry_after`` how many seconds the server asks to stay away.
    """

    def __init__(
        self, error: OpsError, sent: bool = True, retry_after: float | None = None, reason: str | None = None
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.reason = reason or error.message
        self.sent = sent
        self.retry_after = retry_after


@dataclass(frozen=True)
class Retry:
    """An attempt has failed and there will be another, in ``wait`` seconds; ``reason`` says what happened."""

    reason: str
    wait: float
    attempt: int


def repeat(
    attempt: Callable[[], T], only_unsent: bool, deadline: float, observe: Callable[[Retry], None] | None = None
) -> T:
    """Call ``attempt`` until it does not fail, with growing waits, as long as ``deadline`` is not reached.

    ``only_unsent`` is for what must not arrive twice; ``deadline`` is on the monotonic clock. Raises the error of the
    last failure.
    """
    try:
        return attempt()
    except FailedError as failed:
        if only_unsent and failed.sent:
            raise failed.error from failed
        first: list[FailedError] = [failed]

    # It costs an import, and is needed only now: it takes over with the failure that has been seen.
    import tenacity

    def again() -> T:
        if first:
            raise first.pop()
        return attempt()

    backoff = tenacity.wait_exponential(_FIRST_WAIT, max=_LONGEST_WAIT) + tenacity.wait_random(0, _FIRST_WAIT)

    def wait(state: tenacity.RetryCallState) -> float:
        return max(backoff(state), _failure(state).retry_after or 0.0)

    def tell(state: tenacity.RetryCallState) -> None:
        if observe:
            observe(Retry(_failure(state).reason, state.upcoming_sleep, state.attempt_number + 1))

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(
            lambda error: isinstance(error, FailedError) and not (only_unsent and error.sent)
        ),
        wait=wait,
        stop=lambda state: time.monotonic() + state.upcoming_sleep >= deadline,
        before_sleep=tell,
        reraise=True,
    )
    try:
        return retrying(again)
    except FailedError as failed:
        if failed.retry_after and time.monotonic() + failed.retry_after >= deadline:
            failed.error.hint = f"It asks to come back in {failed.retry_after:g} s: --timeout allows it more time."
        raise failed.error from failed


def _failure(state: "object") -> FailedError:
    outcome = getattr(state, "outcome", None)
    failed = outcome.exception() if outcome else None
    assert isinstance(failed, FailedError)  # noqa: S101 - nothing else is retried
    return failed
