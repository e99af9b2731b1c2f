"""Waiting for runs: one request per poll, and only a run's own end counts as its end."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from dagster_ops_cli.api.run import RunApi
from dagster_ops_cli.api.run.watch import changed_runs, watch_results
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import UnreachableError, WaitTimeoutError
from dagster_ops_cli_tests.api.clock import Clock
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run

Statuses = list[str]


def runs_of(dagster: FakeDagster, clock: Clock) -> RunApi:
    return RunApi(dagster, Poll(sleep=clock.sleep, clock=clock.time))


def changing(dagster: FakeDagster, *steps: Callable[[], None]) -> None:
    """Do something before each request; what it raises, the client raises."""
    left = iter(steps)

    def before(operation: str, variables: dict[str, Any]) -> None:
        next(left, lambda: None)()

    dagster.before = before


def becomes(dagster: FakeDagster, run_id: str, status: str, **tags: str) -> Callable[[], None]:
    def change() -> None:
        dagster.runs[run_id] = fake_run(run_id, status, tags={f"dagster/{key}": value for key, value in tags.items()})

    return change


def away() -> None:
    raise UnreachableError("nobody there")


def results_of(runs: RunApi, *run_ids: str) -> list[tuple[str, bool, str | None, str | None]]:
    *_, last = runs.watch(run_ids)
    return [(each.id, each.done, each.status, each.code) for each in watch_results(last)]


def test_many_runs_are_one_question_per_poll_for_those_that_have_not_ended() -> None:
    dagster = FakeDagster.of(*(fake_run(f"run-{number}", "STARTED") for number in range(500)))

    def most_end() -> None:
        for number in range(499):
            dagster.runs[f"run-{number}"]["status"] = "SUCCESS"

    changing(dagster, lambda: None, most_end, becomes(dagster, "run-499", "FAILURE"))
    clock = Clock()
    results = results_of(runs_of(dagster, clock), *dagster.runs)
    assert sum(done for _, done, _, _ in results) == 499
    assert results[-1] == ("run-499", False, "FAILURE", None)
    assert [len(variables["filter"]["runIds"]) for _, variables in dagster.asked] == [500, 500, 1, 1]
    assert clock.slept == [1.0, 1.0, 1.0]


def test_a_failed_poll_is_not_a_failed_run() -> None:
    dagster = FakeDagster.of(fake_run("run", "STARTED"))
    changing(dagster, lambda: None, away, away, becomes(dagster, "run", "SUCCESS"))
    assert results_of(runs_of(dagster, Clock()), "run") == [("run", True, "SUCCESS", None)]


def test_the_first_poll_fails_at_once_unless_dagster_was_heard_of() -> None:
    dagster = FakeDagster.of(fake_run("run", "SUCCESS"))
    changing(dagster, away)
    with pytest.raises(UnreachableError):
        results_of(runs_of(dagster, Clock()), "run")
    changing(dagster, away)
    assert list(runs_of(dagster, Clock()).watch(["run"], retry_first=True))


def test_a_run_that_dagster_retries_is_followed_to_its_last_attempt() -> None:
    dagster = FakeDagster.of(fake_run("run", "STARTED"))
    changing(
        dagster,
        lambda: None,
        becomes(dagster, "run", "FAILURE"),
        becomes(dagster, "run", "FAILURE", will_retry="true"),
        becomes(dagster, "run", "FAILURE", will_retry="true", auto_retry_run_id="second"),
        becomes(dagster, "second", "FAILURE", will_retry="true", auto_retry_run_id="third"),
        becomes(dagster, "third", "QUEUED"),
        becomes(dagster, "third", "SUCCESS"),
    )
    runs = runs_of(dagster, Clock())
    *_, last = runs.watch(["run"])
    (result,) = watch_results(last)
    assert (result.id, result.done, result.status, result.new_run_id) == ("run", True, "SUCCESS", "third")
    asked = [variables["filter"]["runIds"][0] for _, variables in dagster.asked]
    assert asked == ["run", "run", "run", "run", "second", "third", "third"]


def test_a_run_that_dagster_will_not_retry_any_more_has_ended() -> None:
    dagster = FakeDagster.of(fake_run("run", "FAILURE", tags={"dagster/will_retry": "false"}))
    assert results_of(runs_of(dagster, Clock()), "run") == [("run", False, "FAILURE", None)]


def test_a_failure_without_a_word_on_retries_is_looked_at_once_more() -> None:
    dagster = FakeDagster.of(fake_run("run", "FAILURE"))
    assert results_of(runs_of(dagster, Clock()), "run") == [("run", False, "FAILURE", None)]
    assert len(dagster.asked) == 2


def test_ids_that_are_no_runs_are_told_and_the_others_are_waited_for() -> None:
    dagster = FakeDagster.of(fake_run("run", "STARTED"))
    changing(dagster, lambda: None, becomes(dagster, "run", "SUCCESS"))
    assert results_of(runs_of(dagster, Clock()), "nope", "run") == [
        ("nope", False, None, "RUN_NOT_FOUND"),
        ("run", True, "SUCCESS", None),
    ]


def test_a_run_that_is_deleted_while_it_is_watched_did_not_succeed() -> None:
    dagster = FakeDagster.of(fake_run("run", "STARTED"))
    changing(dagster, lambda: None, dagster.runs.clear)
    assert results_of(runs_of(dagster, Clock()), "run") == [("run", False, None, "RUN_NOT_FOUND")]


@pytest.mark.parametrize("status", ["QUEUED", "CANCELING", "SUSPENDED", "INVENTED_LATER"])
def test_whatever_is_no_end_is_waited_for(status: str) -> None:
    clock = Clock()
    with pytest.raises(WaitTimeoutError):
        list(runs_of(FakeDagster.of(fake_run("run", status)), clock).watch(["run"], interval=2, timeout=5))
    assert clock.slept == [2, 2, 1]


def test_steps_are_asked_for_only_where_they_are_wanted() -> None:
    dagster = FakeDagster.of(fake_run("run"))
    list(runs_of(dagster, Clock()).watch(["run"]))
    list(runs_of(dagster, Clock()).watch(["run"], steps=True))
    assert [variables["steps"] for _, variables in dagster.asked] == [False, True]


def test_a_run_that_only_grows_older_has_not_changed() -> None:
    dagster = FakeDagster.of(fake_run("run", "STARTED", startTime=1.0))
    changing(dagster, lambda: None, lambda: None, becomes(dagster, "run", "SUCCESS"))
    polls = list(runs_of(dagster, Clock()).watch(["run"]))
    first, second, *_ = (each[0].run for each in polls)
    assert first
    assert second
    assert first.duration != second.duration
    changes = [changed_runs(before, after) for before, after in pairwise([[], *polls])]
    assert [len(each) for each in changes][:2] == [1, 0]
