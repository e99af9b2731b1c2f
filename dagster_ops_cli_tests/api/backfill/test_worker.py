"""Strategy `runs`: how many runs are launched at once, in which order, and what happens if some fail."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from dagster_ops_cli.api.backfill import worker as worker_module
from dagster_ops_cli.api.backfill.worker import Worker
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import (
    BadResponseError,
    ForbiddenError,
    OpsError,
    ServerFaultError,
    UnreachableError,
    WaitTimeoutError,
)
from dagster_ops_cli.schemas.backfill.launch import Launch, launch_value
from dagster_ops_cli.schemas.ops_tags import TAG_LAUNCH, TAG_PLAN_OF
from dagster_ops_cli_tests.api.clock import Clock
from dagster_ops_cli_tests.api.model_client import LAUNCH, ModelClient, launched_keys, lost
from dagster_ops_cli_tests.model_dagster import ASSET_JOB, DAILY_JOB, GRID_ASSET, LOCATION, REPOSITORY

KEYS = [f"2024-01-{day:02}" for day in range(1, 26)]
VALUE = launch_value("monthly", "0", 1)
PLAN = Launch(
    name="monthly",
    config_hash="0",
    attempt=1,
    value=VALUE,
    strategy="runs",
    job_name=DAILY_JOB,
    location_name=LOCATION,
    repository_name=REPOSITORY,
    partitions=KEYS,
)
LOOK = "OpsLookAtLaunch"


@pytest.fixture
def client() -> ModelClient:
    return ModelClient()


@pytest.fixture
def clock(client: ModelClient) -> Clock:
    return client.clock


@pytest.fixture
def told() -> list[str]:
    return []


NewWorker = Callable[..., Worker]


@pytest.fixture
def new_worker(client: ModelClient, told: list[str]) -> NewWorker:
    def make(max_concurrent: int = 100, launch: Launch = PLAN, name: str = "me", interval: float = 5.0) -> Worker:
        poll = Poll(interval=interval, tell=told.append, sleep=client.clock.sleep, clock=client.clock.time)
        return Worker(client, poll, launch, max_concurrent, name, spread=lambda: 0.0)

    return make


def work(worker: Worker, seconds: float | None = None) -> list[int]:
    """Run a worker to its end, and return how many partitions had a run after each look."""
    if seconds is not None:
        worker.poll = replace(worker.poll, timeout=seconds)
    end = None if seconds is None else worker.poll.clock() + seconds
    return [len(worker.board.first) for _ in worker.work(end)]


def keys_of(client: ModelClient) -> list[str]:
    """The partitions that have a run, in the order in which they came."""
    return [str(run.partition) for run in client.dagster.runs.values()]


def sizes(client: ModelClient) -> list[int]:
    return [len(batch) for batch in client.batches]


class TestHowMuchAtOnce:
    def test_the_first_run_is_launched_alone_and_the_others_together(
        self, client: ModelClient, new_worker: NewWorker
    ) -> None:
        assert work(new_worker()) == [0, 0, 1, 11, 21, 25]
        assert keys_of(client) == KEYS
        assert all(run.tags[TAG_LAUNCH] == VALUE for run in client.dagster.runs.values())

    @pytest.mark.parametrize(("pace", "expected"), [(0.24, [1, 4, 4, 4, 4, 4, 4]), (3.0, [1] * 25)])
    def test_a_slow_server_is_asked_for_less_at_once(
        self, client: ModelClient, new_worker: NewWorker, pace: float, expected: list[int]
    ) -> None:
        client.pace = pace
        work(new_worker())
        assert sizes(client) == expected

    def test_no_more_than_the_free_places_are_launched(self, client: ModelClient, new_worker: NewWorker) -> None:
        def end_all(operation: str, given: dict[str, Any]) -> None:
            # The first run takes its place for a while; all others end before the next look.
            for run in list(client.dagster.runs.values())[0 if len(client.batches) > 2 else 1 :]:
                if operation == LAUNCH:
                    client.dagster.end(run)

        client.after = end_all
        work(new_worker(5))
        assert sizes(client) == [1, 4, 4, 5, 5, 5, 1]

    def test_a_full_launch_is_looked_at_every_interval(
        self, client: ModelClient, clock: Clock, new_worker: NewWorker
    ) -> None:
        def end_one(operation: str, given: dict[str, Any]) -> None:
            if operation == LOOK and clock.slept.count(7.0) >= 3 * len(client.batches):
                for run in client.dagster.unfinished()[:1]:
                    client.dagster.end(run)

        client.before = end_one
        work(new_worker(1, PLAN.model_copy(update={"partitions": KEYS[:3]}), interval=7.0))
        assert clock.slept == [0.0, *[7.0] * 6]
        assert sizes(client) == [1, 1, 1]

    def test_a_server_that_is_slow_with_everything_is_asked_to_launch_all_the_same(
        self, client: ModelClient, new_worker: NewWorker
    ) -> None:
        client.latency = 6.0
        worker = new_worker()
        work(worker)
        assert keys_of(client) == KEYS

    def test_a_slow_server_with_a_canceled_duplicate_is_asked_to_launch_too(
        self, client: ModelClient, new_worker: NewWorker
    ) -> None:
        begun = new_worker(name="other").work(None)
        for _ in range(3):
            next(begun)
        (run,) = client.dagster.runs.values()
        duplicate = client.dagster._add_run(DAILY_JOB, dict(run.tags), {})
        client.dagster.cancel(duplicate)
        client.latency = 6.0
        client.before = lambda operation, given: None if len(client.asked) < 300 else pytest.fail("no end")
        work(new_worker())
        assert set(keys_of(client)) == set(KEYS)

    def test_partitions_are_asked_for_in_groups(self, client: ModelClient, new_worker: NewWorker) -> None:
        work(new_worker())
        assert client.count("OpsListPartitionLaunches") == 1


class TestHowItEnds:
    def test_a_canceled_run_ends_the_launch(self, client: ModelClient, new_worker: NewWorker, told: list[str]) -> None:
        def cancel_one(operation: str, given: dict[str, Any]) -> None:
            if operation == LAUNCH and len(client.dagster.runs) == 11:
                client.dagster.cancel(next(iter(client.dagster.runs.values())), force=True)

        client.after = cancel_one
        worker = new_worker()
        work(worker)
        assert len(client.dagster.runs) == 11
        assert worker.stopped
        assert told == [f"A run of {VALUE} was canceled, so no more runs are launched."]
        # Runs launched after the cancel are canceled by the worker; earlier runs by the command that cancels.
        assert [run.status for run in client.dagster.runs.values()].count("CANCELED") == 11

    def test_a_duplicate_that_is_canceled_ends_nothing(self, client: ModelClient, new_worker: NewWorker) -> None:
        work(new_worker(launch=PLAN.model_copy(update={"partitions": KEYS[:2]})))
        first = next(iter(client.dagster.runs.values()))
        again = client.dagster._add_run(DAILY_JOB, dict(first.tags), {})
        worker = new_worker(name="other")
        work(worker)
        assert again.status == "CANCELED"
        assert worker.stopped is None
        assert keys_of(client) == [*KEYS[:2], KEYS[0]]

    def test_a_later_attempt_ends_this_one(self, client: ModelClient, new_worker: NewWorker) -> None:
        later = PLAN.model_copy(update={"attempt": 2, "value": launch_value("monthly", "0", 2)})
        work(new_worker(launch=later.model_copy(update={"partitions": KEYS[:1]})))
        worker = new_worker()
        work(worker)
        assert worker.stopped == "attempt 2 has started, so attempt 1 launches no more runs"
        assert len(client.dagster.runs) == 1

    def test_a_location_that_breaks_is_told_with_how_far_it_came(
        self, client: ModelClient, new_worker: NewWorker
    ) -> None:
        def break_it(operation: str, given: dict[str, Any]) -> None:
            client.dagster.is_broken = len(client.dagster.runs) == 11

        client.after = break_it
        with pytest.raises(BadResponseError) as caught:
            work(new_worker())
        error = caught.value
        assert (error.exit_code, error.code) == (5, "CODE_LOCATION_ERROR")
        assert error.message.endswith(". 11 of 25 partitions were launched")
        assert "No module named 'pandas'" in error.message
        assert error.hint == "To continue, run the same command again."
        assert error.ids == {"backfill_id": VALUE}
        assert len(client.dagster.runs) == 11

    def test_what_is_forbidden_ends_the_launch_at_once(self, client: ModelClient, new_worker: NewWorker) -> None:
        def forbid(operation: str, given: dict[str, Any]) -> None:
            if operation == LAUNCH:
                raise ForbiddenError("the webserver is read-only")

        client.before = forbid
        with pytest.raises(ForbiddenError) as caught:
            work(new_worker())
        assert caught.value.exit_code == 4
        assert caught.value.message == "the webserver is read-only. 0 of 25 partitions were launched"
        assert client.count(LAUNCH) == 1

    def test_one_partition_that_is_forbidden_ends_the_launch(
        self, client: ModelClient, new_worker: NewWorker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refusal = {"__typename": "UnauthorizedError", "message": "You are not allowed to do this"}
        monkeypatch.setattr(client.dagster, "_answer_launchRun", lambda **given: refusal)
        with pytest.raises(ForbiddenError) as caught:
            work(new_worker())
        assert caught.value.exit_code == 4
        assert client.count(LAUNCH) == 1

    @pytest.mark.parametrize("max_concurrent", [1, 1000])
    def test_waiting_ends_while_it_launches(
        self, client: ModelClient, clock: Clock, new_worker: NewWorker, max_concurrent: int
    ) -> None:
        client.pace = 0.5
        with pytest.raises(WaitTimeoutError):
            work(new_worker(max_concurrent), 5)
        assert clock.now <= 1000 + 6.5
        assert 0 < len(client.dagster.runs) < len(KEYS)

    def test_waiting_ends_while_dagster_is_away(self, client: ModelClient, clock: Clock, new_worker: NewWorker) -> None:
        def away(operation: str, given: dict[str, Any]) -> None:
            if len(client.dagster.runs) == 11:
                raise UnreachableError("connection refused")

        client.before = away
        with pytest.raises(WaitTimeoutError):
            work(new_worker(), 30)
        assert clock.now <= 1000 + 30

    def test_dagster_is_waited_for_ten_minutes(
        self, client: ModelClient, clock: Clock, new_worker: NewWorker, told: list[str]
    ) -> None:
        def away(operation: str, given: dict[str, Any]) -> None:
            if operation in (LAUNCH, LOOK) and len(client.dagster.runs) == 11:
                raise UnreachableError("connection refused")

        client.before = away
        with pytest.raises(UnreachableError):
            work(new_worker())
        assert 1600 <= clock.now < 1620


class TestRefusals:
    def test_a_rejected_partition_has_no_run_and_the_others_go_on(
        self, client: ModelClient, new_worker: NewWorker, told: list[str]
    ) -> None:
        client.dagster.rejected = {KEYS[3]}
        worker = new_worker()
        work(worker)
        assert worker.rejected == {KEYS[3]: "no such op"}
        assert told == [f"Dagster rejected partition {KEYS[3]}: no such op"]
        assert keys_of(client) == [key for key in KEYS if key != KEYS[3]]
        assert sizes(client) == [1, 10, 10, 4]

    def test_a_run_carries_the_launch_though_the_first_partition_is_rejected(
        self, client: ModelClient, new_worker: NewWorker
    ) -> None:
        client.dagster.rejected = {KEYS[0], KEYS[1]}
        work(new_worker())
        oldest = next(iter(client.dagster.runs.values()))
        assert oldest.tags[TAG_PLAN_OF] == VALUE

    def test_a_fault_is_tried_again_last_and_only_once(
        self, client: ModelClient, new_worker: NewWorker, told: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        launch = client.dagster._answer_launchRun
        faults = [1]

        def fail(executionParams: Any) -> Any:  # noqa: N803 - as Dagster names it
            tags = {tag["key"]: tag["value"] for tag in executionParams["executionMetadata"]["tags"]}
            if tags["dagster/partition"] == KEYS[3] and faults and faults.pop():
                error: dict[str, Any] = {"stack": [], "causes": [], "cause": None, "className": "OperationalError"}
                return {"__typename": "PythonError", "message": "the database is locked", **error}
            return launch(executionParams=executionParams)

        monkeypatch.setattr(client.dagster, "_answer_launchRun", fail)
        work(new_worker())
        assert keys_of(client) == [*(key for key in KEYS if key != KEYS[3]), KEYS[3]]
        again = "checking for its run and trying again at the end ..."
        assert told == [f"partition {KEYS[3]}: Dagster failed: the database is locked; {again}"]
        # A second failure ends the launch with its error.
        client.dagster.runs.clear()
        client.dagster._by_tag.clear()
        faults[:] = [1, 1]
        with pytest.raises(ServerFaultError) as caught:
            work(new_worker())
        assert caught.value.message.startswith(f"partition {KEYS[3]}: ")
        assert caught.value.message.endswith("24 of 25 partitions were launched")


def test_assets_are_launched_where_they_are_not_in_the_usual_job(
    client: ModelClient, new_worker: NewWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dagster 1.6 has a job for the assets of each partitions definition: __ASSET_JOB_0, __ASSET_JOB_1, ..."""
    other = f"{ASSET_JOB}_1"
    launch_run, asset = client.dagster._answer_launchRun, client.dagster._asset
    monkeypatch.setattr(client.dagster, "_asset", lambda: {**asset(), "jobNames": [other]})

    def answer(executionParams: Any) -> Any:  # noqa: N803 - as Dagster names it
        selector = executionParams["selector"]
        if selector["jobName"] != other:
            return {"__typename": "PipelineNotFoundError", "message": "Could not find Pipeline"}
        return launch_run(executionParams={**executionParams, "selector": {**selector, "jobName": ASSET_JOB}})

    monkeypatch.setattr(client.dagster, "_answer_launchRun", answer)
    keys = [f"{key}|z1" for key in KEYS]
    fields = {"job_name": None, "asset_keys": [GRID_ASSET], "dimensions": ["day", "zone"], "partitions": keys}
    work(new_worker(launch=PLAN.model_copy(update=fields)))
    assert keys_of(client) == keys
    assert client.count("OpsGetAsset") == 1


class TestLostAnswers:
    def test_a_lost_answer_is_no_failed_launch(
        self, client: ModelClient, clock: Clock, new_worker: NewWorker, told: list[str]
    ) -> None:
        def lose(operation: str, given: dict[str, Any]) -> None:
            if operation == LAUNCH and len(given) == 10 and len(client.dagster.runs) == 11:
                raise lost()

        client.after = lose
        assert work(new_worker())[-1] == len(KEYS)
        assert keys_of(client) == KEYS
        assert told == ["the connection was reset; continuing in 1 s ..."]
        assert clock.now < 1060

    def test_what_did_not_arrive_is_launched_at_the_end(
        self, client: ModelClient, clock: Clock, new_worker: NewWorker
    ) -> None:
        times: list[float] = []

        def lose(operation: str, given: dict[str, Any]) -> None:
            if operation != LAUNCH:
                return
            times.append(clock.now)
            if len(client.batches) == 1:
                # Only a part of the next batch arrives.
                return
            if len(client.batches) == 2:
                for run in list(client.dagster.runs.values())[8:]:
                    client.dagster.delete(run)
                raise lost()

        client.after = lose
        work(new_worker())
        late = KEYS[8:11]
        assert keys_of(client) == [*(key for key in KEYS if key not in late), *late]
        # One by one, and only after the lost request can no longer arrive.
        assert client.batches[-3:] == [[key] for key in late]
        assert times[-3] - times[1] >= 60
        assert sizes(client)[2] == 1

    def test_a_request_that_was_not_sent_is_sent_again_soon(
        self, client: ModelClient, clock: Clock, new_worker: NewWorker
    ) -> None:
        refused: list[int] = []

        def refuse(operation: str, given: dict[str, Any]) -> None:
            if operation == LAUNCH and len(client.dagster.runs) == 11 and len(refused) < 3:
                refused.append(1)
                raise UnreachableError("connection refused")

        client.before = refuse
        work(new_worker())
        assert keys_of(client) == KEYS
        assert clock.now < 1030


class TestSeveralWorkers:
    def test_a_second_worker_launches_from_the_back(self, client: ModelClient, new_worker: NewWorker) -> None:
        first = new_worker(name="first").work(None)
        for _ in range(3):
            next(first)
        second = new_worker(name="second")
        work(second)
        client.clock.now += 6
        assert [launched_keys(given)[0] for name, given in client.asked if name == LAUNCH][1] == KEYS[-1]
        with suppress(StopIteration):
            while True:
                next(first)
        assert sorted(keys_of(client)) == KEYS

    def test_an_unfinished_duplicate_is_canceled_and_an_ended_one_is_told(
        self, client: ModelClient, new_worker: NewWorker, told: list[str]
    ) -> None:
        work(new_worker())
        runs = list(client.dagster.runs.values())
        unfinished = client.dagster._add_run(DAILY_JOB, dict(runs[0].tags), {})
        ended = client.dagster._add_run(DAILY_JOB, dict(runs[1].tags), {})
        client.dagster.end(ended)
        worker = new_worker(name="other")
        work(worker)
        worker.look()
        assert unfinished.status == "CANCELED"
        assert not worker.open_duplicates
        assert runs[0].status == "QUEUED"
        assert told == [
            f"Partition {KEYS[1]} was launched twice: the duplicate {ended.id} has already ended (SUCCESS)."
        ]

    def test_a_worker_that_slept_looks_before_it_launches(
        self, client: ModelClient, clock: Clock, new_worker: NewWorker
    ) -> None:
        other = new_worker(name="other")
        naps: list[int] = []

        def sleep_meanwhile(operation: str, given: dict[str, Any]) -> None:
            if operation == "OpsListPartitionLaunches" and not naps:
                naps.append(1)
                clock.now += 20
                work(other)

        client.after = sleep_meanwhile
        work(new_worker())
        assert sorted(keys_of(client)) == KEYS

    def test_a_deleted_run_does_not_hide_older_ones(
        self, client: ModelClient, new_worker: NewWorker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(worker_module, "_NEWEST", 3)
        monkeypatch.setattr(worker_module, "_PAGE", 4)
        work(new_worker())

        def delete_cursor(operation: str, given: dict[str, Any]) -> None:
            run = client.dagster.runs.get(given.get("cursor") or "")
            if operation == "OpsListRuns" and run and len(client.dagster.runs) == len(KEYS):
                client.dagster.delete(run)

        client.before = delete_cursor
        worker = new_worker(name="other")
        worker.look()
        assert len(worker.board.first) >= len(KEYS) - 1

    def test_a_run_that_took_the_place_of_a_deleted_one_is_no_duplicate(
        self, client: ModelClient, new_worker: NewWorker
    ) -> None:
        worker = new_worker()
        work(worker)
        first = next(iter(client.dagster.runs.values()))
        client.dagster.delete(first)
        again = client.dagster._add_run(DAILY_JOB, dict(first.tags), {})
        once_more = client.dagster._add_run(DAILY_JOB, dict(first.tags), {})
        worker.look()
        assert worker.board.first[KEYS[0]].id == again.id
        assert (again.status, once_more.status) == ("QUEUED", "CANCELED")

    def test_runs_of_an_earlier_attempt_are_read_once(
        self, client: ModelClient, new_worker: NewWorker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(worker_module, "_NEWEST", 5)
        work(new_worker())
        for run in client.dagster.runs.values():
            client.dagster.end(run, "FAILURE")
        later = PLAN.model_copy(update={"attempt": 2, "value": launch_value("monthly", "0", 2)})
        client.asked.clear()
        worker = new_worker(launch=later)
        worker.look()
        once = client.count("OpsListRuns")
        worker.look()
        worker.look()
        assert client.count("OpsListRuns") == once


class TestPartitionsOfTheLaunch:
    """They are those that the oldest run stores; a worker may have resolved others since."""

    def test_partitions_that_appeared_since_are_named_and_not_launched(
        self, client: ModelClient, new_worker: NewWorker, told: list[str]
    ) -> None:
        work(new_worker(launch=PLAN.model_copy(update={"partitions": KEYS[:5]})))
        worker = new_worker(name="other")
        work(worker)
        assert worker.keys == KEYS[:5] == keys_of(client)
        assert told == ["20 partitions appeared since this launch began; to launch them too, pass --again."]

    def test_partitions_that_vanished_are_named_and_not_launched(
        self, client: ModelClient, new_worker: NewWorker, told: list[str]
    ) -> None:
        begun = new_worker().work(None)
        for _ in range(3):
            next(begun)
        client.dagster.days = 24
        worker = new_worker(name="other")
        work(worker)
        assert worker.vanished == [KEYS[-1]]
        assert sorted(keys_of(client)) == KEYS[:-1]
        assert told == [f"Partition {KEYS[-1]} no longer exists and is not launched."]

    def test_where_no_run_tells_them_any_more_the_file_does(
        self, client: ModelClient, new_worker: NewWorker, told: list[str]
    ) -> None:
        work(new_worker(launch=PLAN.model_copy(update={"partitions": KEYS[:11]})))
        for run in list(client.dagster.runs.values()):
            if TAG_PLAN_OF in run.tags:
                client.dagster.delete(run)
        kept = keys_of(client)
        # A policy, say, leaves out the first ten today; those that have a run stay a part of the launch.
        worker = new_worker(name="other", launch=PLAN.model_copy(update={"partitions": KEYS[10:]}))
        work(worker)
        assert set(keys_of(client)) == set(worker.keys) == {*kept, *KEYS[10:]}
        assert (worker.board.duplicates, told) == ({}, [])
        again = new_worker(name="third")
        work(again)
        assert set(again.keys) == set(worker.keys)
        assert len(client.dagster.runs) == len(worker.keys)


class TestReExecutions:
    def test_a_re_execution_is_not_the_run_of_its_partition(self, client: ModelClient, new_worker: NewWorker) -> None:
        work(new_worker())
        run = next(iter(client.dagster.runs.values()))
        client.dagster.end(run, "FAILURE")
        client.dagster.reexecute(run)
        worker = new_worker(name="other")
        work(worker)
        assert worker.board.first[KEYS[0]].id == run.id
        assert not worker.board.duplicates

    def test_re_executions_of_a_deleted_run_are_not_canceled(self, client: ModelClient, new_worker: NewWorker) -> None:
        work(new_worker())
        run = next(iter(client.dagster.runs.values()))
        client.dagster.end(run, "FAILURE")
        again = client.dagster.reexecute(run)
        client.dagster.end(again, "FAILURE")
        once_more = client.dagster.reexecute(again)
        client.dagster.delete(run)
        worker = new_worker(name="other")
        work(worker)
        assert worker.board.first[KEYS[0]].id == again.id
        assert once_more.status == "QUEUED"
        assert keys_of(client).count(KEYS[0]) == 2


def test_errors_name_no_partition_twice(client: ModelClient, new_worker: NewWorker) -> None:
    def fail(operation: str, given: dict[str, Any]) -> None:
        if operation == LAUNCH:
            raise ServerFaultError("Dagster failed: disk full")

    client.before = fail
    with pytest.raises(OpsError) as caught:
        work(new_worker(launch=PLAN.model_copy(update={"partitions": KEYS[:2]})))
    assert caught.value.message == (f"partition {KEYS[0]}: Dagster failed: disk full. 0 of 2 partitions were launched")
