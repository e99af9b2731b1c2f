"""The timeline of a run: what waited, what worked, and what its end depended on."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_ops_cli import times
from dagster_ops_cli.api.run import RunApi
from dagster_ops_cli.api.run.timeline import run_timeline
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import NotFoundError
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.plan import RunPlan
from dagster_ops_cli.schemas.run.timeline import RunTimeline
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run

START = 1_700_000_000.0
NOW = datetime.fromtimestamp(START + 100, timezone.utc)
NEEDS = {"extract": [], "clean": ["extract"], "enrich": ["extract"], "load": ["clean", "enrich"]}
# The attempts at a step, in seconds since the start of the run; the last one may have no end.
Attempts = list[tuple[float, float | None]]


def step(key: str, attempts: Attempts, status: str | None = None) -> dict[str, Any]:
    """Return a step as Dagster does: it lists the attempts that have ended."""
    ended = [{"startTime": START + begin, "endTime": START + end} for begin, end in attempts if end is not None]
    status = status or ("IN_PROGRESS" if attempts[-1][1] is None else "SUCCESS")
    first, last = attempts[0][0], attempts[-1][1]
    ends = None if status == "IN_PROGRESS" or last is None else START + last
    return {"stepKey": key, "status": status, "startTime": START + first, "endTime": ends, "attempts": ended}


def row(steps: list[dict[str, Any]], status: str = "STARTED", ended: float | None = None) -> RunRow:
    times_of_run = {"startTime": START, "endTime": None if ended is None else START + ended}
    fields = fake_run("r", status, url="", stepStats=steps, stepKeysToExecute=list(NEEDS), **times_of_run)
    return RunRow.model_validate({**fields, "creationTime": START - 5})


def timeline(
    attempts: Mapping[str, Attempts],
    needs: Mapping[str, list[str]] = NEEDS,
    status: str = "STARTED",
    ended: float | None = None,
    **statuses: str,
) -> RunTimeline:
    steps = [step(key, own, statuses.get(key)) for key, own in attempts.items()]
    return run_timeline(row(steps, status, ended), RunPlan(needs=dict(needs)), NOW)


def numbers(found: RunTimeline) -> dict[str, tuple[str, float | None, float | None]]:
    return {each.key: (each.status, each.waiting, each.working) for each in found.steps}


def test_waiting_is_told_apart_from_working() -> None:
    found = timeline(
        {"extract": [(2, 5)], "clean": [(6, 7), (9, 12)], "enrich": [(5, 30)], "load": [(31, 40)]},
        status="SUCCESS",
        ended=41,
    )
    assert numbers(found) == {
        "extract": ("SUCCESS", 2, 3),
        "enrich": ("SUCCESS", 0, 25),
        "clean": ("SUCCESS", 3, 4),
        "load": ("SUCCESS", 1, 9),
    }
    assert [each.status for each in found.steps[2].attempts] == ["FAILURE", "SUCCESS"]
    assert found.critical_path == ["extract", "enrich", "load"]
    assert [each.key for each in found.steps if each.is_critical] == found.critical_path
    assert (found.queued, found.duration) == (5, 41)


def test_the_critical_path_goes_back_to_the_input_that_ended_last() -> None:
    done: dict[str, Attempts] = {"extract": [(0, 1)], "enrich": [(1, 3)], "load": [(9, 10)]}
    assert timeline({**done, "clean": [(1, 8)]}).critical_path == ["extract", "clean", "load"]
    assert timeline({**done, "clean": [(1, 2)]}).critical_path == ["extract", "enrich", "load"]


def test_a_run_that_is_going_on() -> None:
    found = timeline({"extract": [(0, 10)], "enrich": [(20, None)], "clean": [(15, 25), (25, None)]})
    assert numbers(found) == {
        "extract": ("SUCCESS", 0, 10),
        "clean": ("IN_PROGRESS", 5, 85),
        "enrich": ("IN_PROGRESS", 10, 80),
        # Its inputs have not ended.
        "load": ("WAITING", None, None),
    }
    assert found.critical_path[0] == "extract"


def test_a_step_that_is_ready_waits() -> None:
    assert numbers(timeline({"extract": [(0, 90)]}))["clean"] == ("WAITING", 10, None)


def test_a_step_that_was_in_progress_when_its_run_ended_has_the_runs_end() -> None:
    found = timeline({"extract": [(0, None)]}, status="FAILURE", ended=7)
    assert numbers(found)["extract"] == ("IN_PROGRESS", 0, 7)
    assert numbers(found)["clean"] == ("SKIPPED", None, None)


def test_a_failed_step_keeps_its_attempts() -> None:
    found = timeline({"extract": [(0, 1), (3, 4)]}, status="FAILURE", ended=5, extract="FAILURE")
    assert [each.status for each in found.steps[0].attempts] == ["FAILURE", "FAILURE"]
    assert numbers(found)["extract"] == ("FAILURE", 2, 2)


def test_servers_that_do_not_list_attempts() -> None:
    known = {**step("extract", [(1, 4)]), "attempts": []}
    found = run_timeline(row([known], "SUCCESS", 5), RunPlan(needs={"extract": []}), NOW)
    assert numbers(found) == {"extract": ("SUCCESS", 1, 3)}


def test_dynamic_steps_take_the_needs_that_the_plan_names() -> None:
    needs = {"split": [], "work[?]": ["split"], "check[?]": ["work[?]"], "merge": ["check[?]"]}
    found = timeline(
        {
            "split": [(0, 1)],
            "work[a]": [(1, 5)],
            "work[b]": [(1, 9)],
            "check[a]": [(6, 7)],
            "check[b]": [(9, 20)],
            "merge": [(20, 21)],
        },
        needs,
    )
    assert {each.key: each.needs for each in found.steps} == {
        "split": [],
        "work[a]": ["split"],
        "work[b]": ["split"],
        "check[a]": ["work[a]"],
        "check[b]": ["work[b]"],
        "merge": ["check[a]", "check[b]"],
    }
    assert found.critical_path == ["split", "work[b]", "check[b]", "merge"]


def test_dynamic_steps_that_have_not_started() -> None:
    needs = {"split": [], "work[?]": ["split"], "merge": ["work[?]"]}
    found = timeline({"split": [(0, None)]}, needs)
    assert [each.key for each in found.steps] == ["split", "work[?]", "merge"]


def test_without_the_plan_nobody_knows_for_how_long_a_step_waited() -> None:
    found = run_timeline(row([step("extract", [(5, 7)])]), None, NOW)
    assert numbers(found)["extract"] == ("SUCCESS", None, 2)
    assert found.critical_path == []
    assert [each.key for each in found.steps] == list(NEEDS)


def test_a_run_that_was_canceled_in_the_queue_waited_until_its_end() -> None:
    fields = fake_run("r", "CANCELED", url="", startTime=START, endTime=START)
    found = run_timeline(RunRow.model_validate({**fields, "creationTime": START - 30}), None, NOW)
    assert (found.queued, found.duration, found.steps) == (30, None, [])


@given(st.data())
def test_the_critical_path_is_a_chain_of_needs(data: st.DataObject) -> None:
    keys = [f"s{number}" for number in range(data.draw(st.integers(1, 12)))]
    needs = {
        key: data.draw(st.lists(st.sampled_from(keys[:place]), unique=True)) if place else []
        for place, key in enumerate(keys)
    }
    attempts: dict[str, Attempts] = {}
    for key, before in needs.items():
        if all(each in attempts for each in before) and data.draw(st.booleans()):
            begin = max([0.0, *(attempts[each][-1][1] or 0 for each in before)])
            attempts[key] = [(begin, begin + data.draw(st.integers(0, 9)))]
    found = timeline(attempts, needs)
    path = found.critical_path
    by_key = {each.key: each for each in found.steps}
    assert bool(path) == bool(attempts)
    assert len(path) == len(set(path))
    for step_before, step_after in pairwise(path):
        ends = {each: by_key[each].attempts[-1].ended_at for each in by_key[step_after].needs}
        assert ends[step_before] == max(end for end in ends.values() if end)
    if path:
        assert not by_key[path[0]].needs
        assert by_key[path[-1]].attempts[-1].ended_at == max(
            each.attempts[-1].ended_at for each in found.steps if each.attempts and each.attempts[-1].ended_at
        )
    assert all((each.waiting or 0) >= 0 and (each.working or 0) >= 0 for each in found.steps)


def plan_of(needs: Mapping[str, list[str]]) -> dict[str, Any]:
    steps = [{"key": key, "inputs": [{"dependsOn": [{"key": each}]} for each in own]} for key, own in needs.items()]
    run = {"__typename": "Run", "stepKeysToExecute": list(needs), "executionPlan": {"steps": steps}}
    return {"runOrError": run}


def test_a_run_is_followed_to_its_end_with_one_request_per_poll() -> None:
    dagster = FakeDagster.of(fake_run("r", "STARTED", startTime=START, stepStats=[step("extract", [(0, 1)])]))
    dagster.answers["OpsGetRunPlan"] = lambda variables: plan_of(NEEDS)

    def sleep(seconds: float) -> None:
        if len(dagster.asked) > 3:
            dagster.runs["r"] |= {"status": "SUCCESS", "endTime": START + 9}

    polls = [*RunApi(dagster, Poll(sleep=sleep)).follow_timeline("r")]
    assert [each.status for each in polls] == ["STARTED", "STARTED", "STARTED", "SUCCESS"]
    assert [name for name, _ in dagster.asked].count("OpsGetRunPlan") == 1
    assert len(dagster.asked) == 5


def test_a_run_that_is_deleted_while_it_is_followed() -> None:
    dagster = FakeDagster.of(fake_run("r", "STARTED", startTime=START))
    dagster.answers["OpsGetRunPlan"] = lambda variables: plan_of(NEEDS)
    polls = RunApi(dagster, Poll(sleep=lambda seconds: dagster.runs.clear())).follow_timeline("r")
    with pytest.raises(NotFoundError, match="Run r was deleted"):
        deque(polls)


def test_runs_are_grouped_by_job_and_each_comes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "now", lambda: NOW)
    dagster = FakeDagster.of(
        # It ended before, and something has updated it since.
        fake_run("old", startTime=START - 900, endTime=START - 800),
        fake_run("long", "STARTED", startTime=START - 900),
        fake_run("other", "QUEUED", jobName="hourly"),
        fake_run("new", startTime=START, endTime=START + 20),
    )
    found = RunApi(dagster).list_timelines(NOW - timedelta(seconds=300))
    assert {job.job_name: [run.id for run in job.runs] for job in found.jobs} == {
        "nightly": ["long", "new"],
        "hourly": ["other"],
    }
    assert found.total == 3


def test_the_latest_time_stays_as_long_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [NOW]
    monkeypatch.setattr(times, "now", lambda: clock[0])

    def sleep(seconds: float) -> None:
        clock[0] += timedelta(seconds=seconds)

    dagster = FakeDagster.of(fake_run("r", startTime=START, endTime=START + 20))
    polls = RunApi(dagster, Poll(sleep=sleep)).follow_timelines(NOW - timedelta(seconds=60), interval=10)
    spans = [(each.since, each.as_of) for each, _ in zip(polls, range(3), strict=False)]
    assert spans == [(NOW + timedelta(seconds=n - 60), NOW + timedelta(seconds=n)) for n in (0, 10, 20)]
