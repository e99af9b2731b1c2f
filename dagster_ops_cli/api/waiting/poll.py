"""Ask again and again until something is as it should be, and outlive a Dagster that is away for a while."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from dagster_ops_cli.errors import OpsError, WaitTimeoutError
from dagster_ops_cli.http.retry import growing_pauses

T = TypeVar("T")

# For how long, in seconds, nothing but failed polls may come before waiting itself has failed.
UNBROKEN = 600.0
# The first and the longest pause after failed polls, in seconds.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0


def new_pauses() -> Iterator[float]:
    """Yield the pauses after failed polls, in seconds."""
    return growing_pauses(_FIRST_PAUSE, _LONGEST_PAUSE)


def _keep_quiet(message: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Poll:
    """How to wait: one question every ``interval`` seconds, for at most ``timeout`` seconds (none: for ever).

    A poll that fails in passing (a webserver that restarts, a proxy in front of nothing, a time-out) is repeated after
    a growing pause, for at most ten unbroken minutes. ``tell`` hears of it: once for each thing that is wrong, not for
    each attempt, and when the answers are back. ``sleep`` takes seconds, ``clock`` returns them.
    """

    interval: float = 1.0
    timeout: float | None = None
    tell: Callable[[str], None] = field(default=_keep_quiet)
    sleep: Callable[[float], None] = field(default=time.sleep)
    clock: Callable[[], float] = field(default=time.monotonic)

    def until(self, done: Callable[[T], bool], question: Callable[[], T], retry_first: bool = False) -> Iterator[T]:
        """Yield the answers to ``question`` as they come; the last one is ``done``.

        ``retry_first`` repeats a first poll that fails, for a Dagster that has answered before. Otherwise its error is
        raised at once, because the address is probably wrong. Raises WaitTimeoutError after ``timeout``, and the errors
        of ``ask``.
        """
        end = None if self.timeout is None else self.clock() + self.timeout
        answer = self.ask(question, end) if retry_first else question()
        yield answer
        while not done(answer):
            self.pause(self.interval, end)
            answer = self.ask(question, end)
            yield answer

    def ask(self, question: Callable[[], T], end: float | None = None) -> T:
        """Return the answer to one ``question``, which is asked again where it fails in passing.

        ``end`` is when to give up, by the clock. Raises WaitTimeoutError then, the error itself where it will not pass,
        and the last of those that did not pass in ten minutes.
        """
        began: float | None = None
        told = ""
        pauses = new_pauses()
        while True:
            try:
                answer = question()
            except OpsError as error:
                now = self.clock()
                began = now if began is None else began
                if not error.passing:
                    raise
                if now - began >= UNBROKEN:
                    error.hint = f"It was asked for {UNBROKEN / 60:.0f} minutes. What was waited for may well go on."
                    raise
                if error.message != told:
                    self.tell(f"{error.message}; asking again ...")
                    told = error.message
            else:
                if began is not None:
                    self.tell(f"Dagster answers again after {self.clock() - began:.0f} s.")
                return answer
            self.pause(min(next(pauses), began + UNBROKEN - now), end)

    def pause(self, seconds: float, end: float | None) -> None:
        """Sleep, but not beyond the end; what comes right at the end is still asked."""
        self.check(end)
        self.sleep(seconds if end is None else max(0.0, min(seconds, end - self.clock())))

    def check(self, end: float | None) -> None:
        """Raise WaitTimeoutError once the end has come."""
        if end is not None and self.clock() >= end:
            raise WaitTimeoutError(f"gave up waiting after {self.timeout or 0:g} s")
