"""Polling, on a clock that the test moves."""

from collections.abc import Callable, Iterator

import pytest

from dagster_ops_cli.adapters.union import parse
from dagster_ops_cli.api.waiting.poll import UNBROKEN, Poll
from dagster_ops_cli.errors import (
    BadResponseError,
    ForbiddenError,
    InvalidRequestError,
    NoAnswerError,
    NotFoundError,
    OpsError,
    ServerFaultError,
    UnauthorizedError,
    UnreachableError,
    UnsupportedError,
    WaitTimeoutError,
)
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli_tests.api.clock import Clock


def answering(*answers: int | OpsError) -> Callable[[], int]:
    """A question that gets these answers in turn."""
    coming: Iterator[int | OpsError] = iter(answers)

    def question() -> int:
        answer = next(coming)
        if isinstance(answer, OpsError):
            raise answer
        return answer

    return question


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def poll(clock: Clock, told: list[str]) -> Poll:
    return Poll(interval=3, tell=told.append, sleep=clock.sleep, clock=clock.time)


def patient(clock: Clock, timeout: float, told: list[str] | None = None) -> Poll:
    return Poll(3, timeout, (told if told is not None else []).append, clock.sleep, clock.time)


def is_three(number: int) -> bool:
    return number == 3


def test_answers_come_until_one_is_done(poll: Poll, clock: Clock, told: list[str]) -> None:
    assert list(poll.until(is_three, answering(1, 2, 3, 4))) == [1, 2, 3]
    assert clock.slept == [3, 3]
    assert told == []


def test_no_pause_where_the_first_answer_will_do(poll: Poll, clock: Clock) -> None:
    assert list(poll.until(is_three, answering(3))) == [3]
    assert clock.slept == []


@pytest.mark.parametrize(
    "error",
    [UnreachableError("gone"), NoAnswerError("slow"), BadResponseError("HTTP 502"), ServerFaultError("no database")],
    ids=lambda error: type(error).__name__,
)
def test_a_poll_that_fails_in_passing_is_repeated(poll: Poll, clock: Clock, told: list[str], error: OpsError) -> None:
    assert list(poll.until(is_three, answering(1, error, error, error, 3))) == [1, 3]
    assert clock.slept == [3, 1, 2, 4]
    assert told == [f"{error.message}; asking again ...", "Dagster answers again after 7 s."]


@pytest.mark.parametrize(
    "error",
    [UnauthorizedError(""), ForbiddenError(""), NotFoundError(""), UnsupportedError(""), InvalidRequestError("")],
    ids=lambda error: type(error).__name__,
)
def test_what_will_not_pass_is_raised_at_once(poll: Poll, clock: Clock, told: list[str], error: OpsError) -> None:
    answers = poll.until(is_three, answering(1, UnreachableError("gone"), error, 3))
    assert next(answers) == 1
    with pytest.raises(type(error)) as raised:
        next(answers)
    assert raised.value is error
    assert clock.slept == [3, 1]
    assert told == ["gone; asking again ..."]


def test_an_answer_of_another_shape_will_not_pass(poll: Poll, clock: Clock) -> None:
    with pytest.raises(BadResponseError, match="status"):
        poll.ask(lambda: parse(RunRow, {"runId": "1", "jobName": "job"}))
    with pytest.raises(BadResponseError, match="does not match its schema"):
        poll.ask(lambda: parse(RunRow, None))
    assert clock.slept == []


def test_each_thing_that_is_wrong_is_told_once(poll: Poll, told: list[str]) -> None:
    away, bad = UnreachableError("gone"), BadResponseError("HTTP 502")
    poll.ask(answering(away, away, bad, bad, away, 3))
    assert told == [
        "gone; asking again ...",
        "HTTP 502; asking again ...",
        "gone; asking again ...",
        "Dagster answers again after 30 s.",
    ]


def test_the_first_poll_fails_at_once_where_dagster_was_never_heard_of(poll: Poll, clock: Clock) -> None:
    with pytest.raises(UnreachableError, match="gone"):
        next(poll.until(is_three, answering(UnreachableError("gone"), 3)))
    assert clock.slept == []


def test_the_first_poll_is_repeated_where_dagster_has_answered_before(poll: Poll, clock: Clock) -> None:
    assert list(poll.until(is_three, answering(UnreachableError("gone"), 3), retry_first=True)) == [3]
    assert clock.slept == [1]


def test_ten_unbroken_minutes_are_enough(poll: Poll, clock: Clock, told: list[str]) -> None:
    began = clock.now

    def question() -> int:
        raise UnreachableError("gone", hint="Is it up?")

    with pytest.raises(UnreachableError, match="gone") as raised:
        poll.ask(question)
    assert clock.now - began == UNBROKEN == 600
    assert max(clock.slept) == 15
    assert raised.value.hint == "Dagster has not answered for 10 minutes. Your run or backfill may still be running."
    assert told == ["gone; asking again ..."]


def test_every_answer_begins_the_ten_minutes_anew(poll: Poll, clock: Clock) -> None:
    def question() -> int:
        if clock.now % 500 < 495:
            raise UnreachableError("gone")
        return int(clock.now >= 4000) * 3

    answers = list(poll.until(is_three, question, retry_first=True))
    assert answers[-1] == 3
    assert clock.now - 1000 > 3 * UNBROKEN


def test_the_timeout_bounds_waiting(clock: Clock) -> None:
    answers = patient(clock, 10).until(is_three, lambda: 1)
    with pytest.raises(WaitTimeoutError, match="gave up waiting after 10 s"):
        list(answers)
    # The last pause is cut, so that what happens up to the end is seen.
    assert clock.slept == [3, 3, 3, 1]


def test_what_is_done_right_at_the_timeout_counts(clock: Clock) -> None:
    answers = patient(clock, 10).until(is_three, lambda: 3 if clock.now >= 1010 else 1)
    assert list(answers) == [1, 1, 1, 1, 3]


def test_the_timeout_bounds_failed_polls_as_well(clock: Clock, told: list[str]) -> None:
    with pytest.raises(WaitTimeoutError):
        list(patient(clock, 10, told).until(is_three, answering(1, *[UnreachableError("gone")] * 9)))
    assert clock.now == 1010
    assert told == ["gone; asking again ..."]
