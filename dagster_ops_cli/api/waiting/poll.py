"""Poll Dagster until something has happened, even if Dagster can't be reached for a while."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from dagster_ops_cli.errors import OpsError, WaitTimeoutError
from dagster_ops_cli.http.retry import growing_pauses

T = TypeVar("T")

# After this many seconds of failed polls without an answer, waiting fails.
UNBROKEN = 600.0
# The first and the longest pause after failed polls, in seconds.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0


def new_pauses() -> Iterator[float]:
    """Yield the pauses after failed polls, in seconds."""
    return growing_pauses(_FIRST_PAUSE, _LONGEST_PAUSE)


def _keep_quiet(message: str) -> None:
    """Ignore the message."""


@dataclass(frozen=True)
class Poll:
    """How to wait: one poll every ``interval`` seconds, for at most ``timeout`` seconds (None: no limit).

    A poll that fails for a passing reason (such as a restarting webserver, or a timeout) is repeated after a growing
    pause, for at most ten minutes without an answer. ``tell`` is called with a message when a new kind of failure
    begins, and when Dagster answers again. ``sleep`` and ``clock`` use seconds.
    """

    interval: float = 1.0
    timeout: float | None = None
    tell: Callable[[str], None] = field(default=_keep_quiet)
    sleep: Callable[[float], None] = field(default=time.sleep)
    clock: Callable[[], float] = field(default=time.monotonic)

    def until(self, done: Callable[[T], bool], question: Callable[[], T], retry_first: bool = False) -> Iterator[T]:
        """Yield the answers to ``question`` until one is ``done``.

        With ``retry_first``, the first poll is repeated too if it fails. Otherwise its error is raised at once, because
        the address is probably wrong. Raises WaitTimeoutError after ``timeout``, and the errors
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
        """Return the answer to ``question``. Repeat the question if it fails for a passing reason.

        ``end`` is when to give up, by ``clock``; WaitTimeoutError is raised then. Other errors are raised at once, and
        passing errors after ten minutes without an answer.
        """
        began: float | None = None
        reported = ""
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
                    minutes = f"{UNBROKEN / 60:.0f} minutes"
                    error.hint = f"Dagster has not answered for {minutes}. Your run or backfill may still be running."
                    raise
                if error.message != reported:
                    self.tell(f"{error.message}; asking again ...")
                    reported = error.message
            else:
                if began is not None:
                    self.tell(f"Dagster answers again after {self.clock() - began:.0f} s.")
                return answer
            self.pause(min(next(pauses), began + UNBROKEN - now), end)

    def pause(self, seconds: float, end: float | None) -> None:
        """Sleep, but at most until ``end``. Raises WaitTimeoutError if ``end`` is over."""
        self.check(end)
        self.sleep(seconds if end is None else max(0.0, min(seconds, end - self.clock())))

    def check(self, end: float | None) -> None:
        """Raise WaitTimeoutError if ``end`` is over."""
        if end is not None and self.clock() >= end:
            raise WaitTimeoutError(f"gave up waiting after {self.timeout or 0:g} s")
