"""Canceling continues while Dagster refuses because a run is starting."""

from typing import Any

import pytest

from dagster_ops_cli.api.run.bulk import RunBulkApi
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ForbiddenError, OpsError, UnreachableError, WaitTimeoutError
from dagster_ops_cli.schemas.run.result import WatchedRun
from dagster_ops_cli_tests.api.clock import Clock
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run

Answer = dict[str, Any]
DENIED = "You do not have permission to terminate this run"


class Incident:
    """A Dagster whose runs start while they are to be canceled: each has a list of the statuses that it takes."""

    def __init__(self, **statuses: list[str]) -> None:
        self.dagster = FakeDagster.of(*(fake_run(run_id, taken[0]) for run_id, taken in statuses.items()))
        self.statuses = {run_id: taken[1:] for run_id, taken in statuses.items()}
        self.dagster.answers = {"OpsTerminateRuns": self.terminate}
        self.asked: list[list[str]] = []
        self.errors: list[OpsError] = []
        self.denies = False
        self.clock = Clock()

    def terminate(self, variables: Answer) -> Answer:
        self.asked.append(variables["runIds"])
        if self.errors:
            raise self.errors.pop()
        results = [self.answer(run_id) for run_id in variables["runIds"]]
        return {"terminateRuns": {"__typename": "TerminateRunsResult", "terminateRunResults": results}}

    def answer(self, run_id: str) -> Answer:
        run = self.dagster.runs[run_id]
        if self.denies:
            return {"__typename": "TerminateRunFailure", "message": DENIED}
        if run["status"] == "STARTING":
            message = f"Run {run_id} could not be terminated due to having status STARTING."
            return {"__typename": "TerminateRunFailure", "message": message}
        run["status"] = "CANCELING"
        self.statuses[run_id] = ["CANCELED"]
        return {"__typename": "TerminateRunSuccess", "run": {"status": "STARTED"}}

    def sleep(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        for run_id, left in self.statuses.items():
            if left:
                self.dagster.runs[run_id]["status"] = left.pop(0)

    def cancel(self, timeout: float | None = None) -> list[WatchedRun]:
        poll = Poll(sleep=self.sleep, clock=self.clock.time)
        last: list[WatchedRun] = []
        for watched in RunBulkApi(self.dagster, poll).cancel(list(self.dagster.runs), 2.0, timeout):
            last = [*watched]
        return last

    def terminate_once(self) -> tuple[bool, str | None, str | None, str | None]:
        bulk = RunBulkApi(self.dagster, Poll(sleep=self.sleep))
        ((result,),) = bulk.terminate(bulk.find(list(self.dagster.runs)).runs)
        return (result.done, result.code, result.status, result.error)


def ended(watched: list[WatchedRun]) -> dict[str, str]:
    return {each.id: each.run.status for each in watched if each.run}


def test_a_run_that_is_starting_is_asked_again_until_it_has_ended() -> None:
    incident = Incident(queued=["QUEUED"], starting=["STARTING", "STARTING", "STARTING", "STARTED"])
    assert ended(incident.cancel()) == {"queued": "CANCELED", "starting": "CANCELED"}
    assert incident.asked == [["queued", "starting"], ["starting"], ["starting"], ["starting"]]


def test_a_run_that_ends_before_it_can_be_canceled_is_left_as_it_is() -> None:
    incident = Incident(starting=["STARTING", "STARTING", "SUCCESS"])
    assert ended(incident.cancel()) == {"starting": "SUCCESS"}


def test_asking_ends_with_the_time_to_wait() -> None:
    incident = Incident(starting=["STARTING"])
    with pytest.raises(WaitTimeoutError, match="gave up waiting after 20 s"):
        incident.cancel(timeout=20)
    assert len(incident.asked) == 11


def test_a_request_that_gets_lost_is_made_again() -> None:
    incident = Incident(started=["STARTED"])
    incident.errors = [UnreachableError("away")]
    assert ended(incident.cancel()) == {"started": "CANCELED"}
    assert len(incident.asked) == 2


def test_who_may_not_cancel_is_told_so() -> None:
    incident = Incident(started=["STARTED"])
    incident.denies = True
    with pytest.raises(ForbiddenError, match="read-only"):
        incident.cancel()


def test_a_run_that_is_starting_is_reported_as_still_going() -> None:
    incident = Incident(run=["STARTING"])
    error = "Dagster can't cancel a run while it is STARTING; the run continues"
    assert incident.terminate_once() == (False, "CONFLICT", "STARTING", error)


def test_a_run_that_ended_before_it_could_be_canceled_is_reported_so() -> None:
    incident = Incident(run=["STARTING"])
    answer = incident.answer

    def end(run_id: str) -> Answer:
        refused = answer(run_id)
        incident.dagster.runs[run_id]["status"] = "SUCCESS"
        return refused

    incident.answer = end  # type: ignore[method-assign]
    assert incident.terminate_once() == (False, "CONFLICT", "SUCCESS", "already finished (SUCCESS)")
