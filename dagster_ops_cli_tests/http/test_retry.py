"""Which error is raised after several attempts, on a clock that the test controls."""

import time

import pytest

from dagster_ops_cli.errors import BadResponseError, NoAnswerError, OpsError
from dagster_ops_cli.http.retry import FailedError, repeat


class Attempts:
    """Attempts that take this many seconds and then fail, on their own clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *attempts: tuple[float, Exception]) -> None:
        self.left = list(attempts)
        self.now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(time, "sleep", self.wait)

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def error(self, timeout: float, only_unsent: bool = False) -> OpsError:
        def attempt() -> None:
            seconds, error = self.left.pop(0)
            self.wait(seconds)
            raise error

        with pytest.raises(OpsError) as raised:
            repeat(attempt, only_unsent, 1000.0 + timeout)
        assert not self.left
        return raised.value


BAD = BadResponseError("HTTP 502")
SILENT = NoAnswerError("no answer within 60 s")


def test_a_fault_all_the_time_is_no_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = Attempts(monkeypatch, (20, FailedError(BAD)), (20, FailedError(BAD)), (18, SILENT))
    assert attempts.error(60) is BAD


def test_silence_for_most_of_the_time_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = Attempts(monkeypatch, (1, FailedError(BAD)), (30, FailedError(SILENT)), (27, SILENT))
    assert attempts.error(60) is SILENT


def test_silence_from_the_start_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    first = NoAnswerError("no answer")
    assert Attempts(monkeypatch, (30, FailedError(first)), (29, SILENT)).error(60) is first


def test_a_mutation_in_doubt_stays_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = NoAnswerError("no answer")
    silent.in_doubt = True
    attempts = Attempts(monkeypatch, (40, FailedError(BAD, sent=False)), (19, silent))
    assert attempts.error(60, only_unsent=True) is silent
