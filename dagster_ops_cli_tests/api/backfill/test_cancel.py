"""Stopping a backfill: the requests, the state after an interrupt, and what is known after a lost answer."""

from typing import Any

import pytest

from dagster_ops_cli.api.backfill.cancel import cancel_native, stop_all_runs
from dagster_ops_cli.api.backfill.resume import resume
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import InterruptedByUserError, NoAnswerError
from dagster_ops_cli_tests.api.clock import Clock
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run

ID = "abcdefgh"


def dagster_of(status: str, arrives: bool, then: str) -> FakeDagster:
    """A Dagster that loses the answers to changes of its backfill."""
    statuses = [status]

    def change(given: object) -> dict[str, Any]:
        if arrives:
            statuses.append(then)
        error = NoAnswerError("no answer; whether the change was made is not known")
        error.in_doubt = True
        raise error

    def poll(given: object) -> dict[str, Any]:
        record = {"id": ID, "status": statuses[-1], "timestamp": 1.7e9, "isAssetBackfill": False, "tags": []}
        return {"partitionBackfillOrError": {"__typename": "PartitionBackfill", **record}}

    return FakeDagster(answers={"OpsCancelBackfill": change, "OpsResumeBackfill": change, "OpsPollBackfill": poll})


def patient() -> Poll:
    clock = Clock()
    return Poll(sleep=clock.sleep, clock=clock.time)


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [(cancel_native, "REQUESTED", "CANCELING"), (resume, "FAILED", "REQUESTED")],
)
def test_an_answer_that_was_lost_is_looked_for(change: Any, before: str, after: str) -> None:
    change(dagster_of(before, True, after), patient(), ID)
    dagster = dagster_of(before, False, after)
    with pytest.raises(NoAnswerError) as raised:
        change(dagster, patient(), ID)
    assert "Dagster did not" in raised.value.message
    assert str(raised.value.hint).startswith("To try again: ops backfill ")
    assert [operation for operation, _ in dagster.asked if operation != "OpsPollBackfill"] == [dagster.asked[0][0]]


def test_an_interrupt_tells_how_far_it_came() -> None:
    run = fake_run("1", "QUEUED", tags={"dagster/backfill": ID})
    results = [{"__typename": "TerminateRunSuccess", "run": {"status": "QUEUED"}}]
    answer = {"terminateRuns": {"__typename": "TerminateRunsResult", "terminateRunResults": results}}
    dagster = FakeDagster({"1": run}, {"OpsTerminateRuns": lambda given: answer})

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(InterruptedByUserError) as raised:
        stop_all_runs(dagster, Poll(sleep=interrupted), ID)
    assert raised.value.message.startswith("Interrupted; 1 runs were asked to stop")
    assert raised.value.hint == f"To try again: ops backfill cancel {ID}"
