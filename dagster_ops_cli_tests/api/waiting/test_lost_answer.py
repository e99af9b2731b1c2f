"""A change is made once. If its answer is lost, its effect is looked for, and the error says what is known."""

import pytest

from dagster_ops_cli.api.waiting.lost_answer import make_change
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import (
    ForbiddenError,
    InterruptedByUserError,
    NoAnswerError,
    OpsError,
    ServerFaultError,
    UnreachableError,
)
from dagster_ops_cli_tests.api.clock import Clock


class Changed:
    """Raises the error of a change, and returns the results of the looks one after the other."""

    def __init__(self, error: OpsError, *found: str | OpsError | None) -> None:
        self.error = error
        self.found = list(found)
        self.sent = 0
        self.told: list[str] = []

    def change(self) -> str:
        self.sent += 1
        raise self.error

    def look(self) -> str | None:
        found = self.found.pop(0)
        if isinstance(found, OpsError):
            raise found
        return found

    def made(self) -> str:
        clock = Clock()
        poll = Poll(tell=self.told.append, sleep=clock.sleep, clock=clock.time)
        return make_change(poll, self.change, self.look, "It was not made", {"Look": ["ops", "there"]})


def lost() -> OpsError:
    error = NoAnswerError("no answer; whether the change was made is not known")
    error.in_doubt = True
    return error


def test_what_arrived_is_found_a_little_later() -> None:
    changed = Changed(lost(), None, "the run")
    assert changed.made() == "the run"
    assert (changed.sent, changed.found) == (1, [])
    assert changed.told == [
        "no answer; whether the change was made is not known; checking whether the change was made ..."
    ]


@pytest.mark.parametrize("found", ["the run", None])
def test_a_dagster_that_failed_is_through_with_it(found: str | None) -> None:
    changed = Changed(ServerFaultError("Dagster failed: database is locked"), found)
    if found:
        assert changed.made() == found
    else:
        with pytest.raises(ServerFaultError) as raised:
            changed.made()
        assert raised.value.message == "Dagster failed: database is locked. It was not made"
    assert (changed.sent, changed.found) == (1, [])


def test_what_is_not_there_in_the_end_was_not_made() -> None:
    changed = Changed(lost(), None, None, None)
    with pytest.raises(NoAnswerError) as raised:
        changed.made()
    assert raised.value.message == "no answer; whether the change was made is not known. It was not made"
    assert raised.value.hint == "Look: ops there"
    assert (changed.sent, changed.found) == (1, [])


@pytest.mark.parametrize("when", ["change", "look"])
def test_an_interrupt_leaves_it_open(when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> str:
        raise KeyboardInterrupt

    changed = Changed(lost())
    monkeypatch.setattr(changed, when, interrupted)
    with pytest.raises(InterruptedByUserError) as raised:
        changed.made()
    assert raised.value.message == "Interrupted; it is unknown whether the change was made"
    assert raised.value.hint == "Look: ops there"


@pytest.mark.parametrize("error", [ForbiddenError("not allowed"), UnreachableError("connection refused")])
def test_what_was_not_sent_or_not_allowed_is_not_looked_for(error: OpsError) -> None:
    changed = Changed(error)
    with pytest.raises(type(error)) as raised:
        changed.made()
    assert raised.value.message == error.args[0]
    assert changed.told == []


def test_where_nobody_answers_any_more_that_is_what_is_known() -> None:
    gone = ForbiddenError("not allowed any more")
    changed = Changed(lost(), gone)
    with pytest.raises(NoAnswerError) as raised:
        changed.made()
    assert raised.value.message == (
        "no answer; whether the change was made is not known. The check for it failed too: not allowed any more"
    )
    assert raised.value.__cause__ is gone


def test_a_dagster_that_is_away_for_a_while_is_asked_again() -> None:
    changed = Changed(lost(), UnreachableError("connection refused"), "the run")
    assert changed.made() == "the run"
    assert changed.told[1:] == ["connection refused; asking again ...", "Dagster answers again after 1 s."]
