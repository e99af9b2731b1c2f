"""Following a run's log, without a server and without waiting."""

import json
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from dagster_ops_cli.api.run_events import RunEventApi
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.errors import NotFoundError, OpsError, UnreachableError
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.run_events import RunEvent, RunEventFilter
from dagster_ops_cli_tests.api.clock import Clock
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.replay import operation_name

# What happens at which second: an event of this type, or a new status of the run.
RUN: Mapping[float, tuple[str, ...]] = {
    1000: ("STARTED", "RUN_START", "STEP_START"),
    1002: ("LOG",),
    1003: ("LOG", "LOG", "STEP_FAILURE"),
    1004: ("FAILURE", "RUN_FAILURE"),
    1004.5: ("ENGINE_EVENT",),
}
STATUSES = {"STARTED", "FAILURE"}


@dataclass
class LivingRun:
    """Answers as Dagster does about a run that proceeds with the clock. ``faults`` are errors by the number of the
    answer."""

    clock: Clock
    most: int = 2
    faults: dict[int, OpsError | BaseException] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    url: str = "http://localhost:3000"

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        assert variables
        self.asked.append((operation_name(query), variables["limit"]))
        if fault := self.faults.get(len(self.asked)):
            raise fault
        happened = [what for second, whats in RUN.items() if second <= self.clock.now for what in whats]
        status = [what for what in happened if what in STATUSES][-1]
        events = [self._event(what) for what in happened if what not in STATUSES]
        start = int(variables["cursor"] or 0)
        page = events[start : start + min(self.most, variables["limit"])]
        connection = {
            "__typename": "EventConnection",
            "events": page,
            "cursor": str(start + len(page)),
            "hasMore": len(page) == min(self.most, variables["limit"]),
        }
        status_too = {"runOrError": {"__typename": "Run", "status": status}} if "runOrError" in query else {}
        return {**status_too, "logsForRun": connection}

    @staticmethod
    def _event(what: str) -> dict[str, Any]:
        kind = None if what == "LOG" else what
        return {"runId": "1", "message": what, "timestamp": "1700000000000", "level": "INFO", "eventType": kind}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def run(clock: Clock) -> LivingRun:
    return LivingRun(clock)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def events(run: LivingRun, clock: Clock, told: list[str]) -> RunEventApi:
    return RunEventApi(run, Poll(tell=told.append, sleep=clock.sleep, clock=clock.time))


EVERYTHING = ["RUN_START", "STEP_START", "LOG", "LOG", "LOG", "STEP_FAILURE", "RUN_FAILURE", "ENGINE_EVENT"]


def test_everything_comes_once_and_the_last_word_too(events: RunEventApi, clock: Clock) -> None:
    pages = list(events.follow("1"))
    assert [event.type for page in pages for event in page.events] == EVERYTHING
    assert [page.has_more for page in pages] == [True] * (len(pages) - 1) + [False]
    # There is no pause after a full page, and the log is complete after two empty polls.
    assert clock.now == 1000 + 4 + 3


def test_polls_that_fail_lose_nothing(events: RunEventApi, run: LivingRun, told: list[str]) -> None:
    run.faults = {number: UnreachableError("gone") for number in (2, 4, 5, 6, 9)}
    pages = list(events.follow("1"))
    assert [event.type for page in pages for event in page.events] == EVERYTHING
    assert told.count("gone; asking again ...") == 3


def test_the_first_question_is_not_repeated(events: RunEventApi, run: LivingRun, clock: Clock) -> None:
    run.faults = {1: UnreachableError("gone")}
    with pytest.raises(UnreachableError):
        next(events.follow("1"))
    assert clock.slept == []


def test_a_run_that_is_deleted_meanwhile_ends_it(events: RunEventApi, run: LivingRun) -> None:
    # Not the advice for an id that was typed wrong.
    run.faults = {4: NotFoundError("Run 1 not found", hint="Use the whole id")}
    with pytest.raises(NotFoundError, match=r"^Run 1 was deleted$") as raised:
        list(events.follow("1"))
    assert raised.value.hint is None


def test_the_interval_is_kept(events: RunEventApi, clock: Clock) -> None:
    list(events.follow("1", interval=2.5))
    assert set(clock.slept) == {2.5, 1.0}


@pytest.mark.parametrize("most", [1, 2, 3, 1000])
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_limit_ends_it_exactly_behind_the_last_event(
    events: RunEventApi, run: LivingRun, most: int, limit: int
) -> None:
    run.most = most
    pages = list(events.follow("1", RunEventFilter(types=["LOG"]), limit=limit))
    assert [event.type for page in pages for event in page.events] == ["LOG"] * limit
    rest = list(events.follow("1", cursor=pages[-1].cursor))
    assert [event.type for page in rest for event in page.events] == EVERYTHING[2 + limit :]
    assert pages[-1].has_more or most > limit


def test_where_the_limit_cuts_a_failed_poll_is_repeated_as_well(events: RunEventApi, run: LivingRun) -> None:
    run.most = 1000
    run.faults = {2: UnreachableError("gone")}
    pages = list(events.follow("1", limit=1))
    assert [event.type for page in pages for event in page.events] == ["RUN_START"]


def test_an_interrupt_tells_how_to_go_on_behind_what_is_out(run: LivingRun, clock: Clock) -> None:
    run.faults = {4: KeyboardInterrupt()}
    ops = Ops(connect=lambda settings, observe: run, sleep=clock.sleep)
    first = invoke("ops api run-events get 1 --follow --jsonl", ops)
    assert first.exit_code == 130
    error = json.loads(first.stderr.splitlines()[-1])
    assert error["error"] == "Interrupted; run 1 is still running."
    assert error["code"] == "INTERRUPTED"
    assert error["run_id"] == "1"
    command = error["hint"].partition(": ")[2]
    second = invoke(command, ops)
    assert second.exit_code == 0
    lines = (first.stdout + second.stdout).splitlines()
    assert [json.loads(line)["eventType"] or "LOG" for line in lines] == EVERYTHING


def test_an_interrupt_while_a_page_goes_out_loses_none_of_it(
    run: LivingRun, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []

    def show(ops: Ops, models: Iterable[Model]) -> None:
        if len(shown) == 3:
            raise KeyboardInterrupt
        shown.extend(model.type for model in models if isinstance(model, RunEvent))

    monkeypatch.setattr(Ops, "show_jsonl", show)
    ops = Ops(connect=lambda settings, observe: run, sleep=clock.sleep)
    first = invoke("ops api run-events get 1 --follow --jsonl", ops)
    monkeypatch.undo()
    second = invoke(json.loads(first.stderr.splitlines()[-1])["hint"].partition(": ")[2], ops)
    assert shown + [json.loads(line)["eventType"] or "LOG" for line in second.stdout.splitlines()] == EVERYTHING


def test_sigterm_keeps_its_exit_code(run: LivingRun, clock: Clock) -> None:
    ops = Ops(connect=lambda settings, observe: run, sleep=lambda seconds: signal.raise_signal(signal.SIGTERM))
    outcome = invoke("ops api run-events get 1 --follow", ops)
    assert outcome.exit_code == 143
    assert "Interrupted; run 1 is still running." in outcome.stderr


def test_json_has_no_whole_to_show(run: LivingRun) -> None:
    outcome = invoke("ops api run-events get 1 --follow --json", Ops(connect=lambda settings, observe: run))
    assert outcome.exit_code == 2
    assert "--jsonl" in json.loads(outcome.stderr)["hint"]
    assert run.asked == []
