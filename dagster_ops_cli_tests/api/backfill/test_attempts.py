"""Which launches of a file are found, and which runs never count as one."""

import pytest

from dagster_ops_cli.api.backfill.attempts import Attempt, find_attempts, find_other_files
from dagster_ops_cli.api.backfill.state import BackfillView, file_backfill
from dagster_ops_cli.schemas.backfill.launch import Launch, launch_value
from dagster_ops_cli.schemas.ops_tags import TAG_CONFIG, TAG_LAUNCH, TAG_NAME
from dagster_ops_cli_tests.api.model_client import ModelClient, add_backfill, add_run
from dagster_ops_cli_tests.model_dagster import DAILY_JOB, LOCATION, REPOSITORY, ModelBackfill, ModelRun

NAME, CONFIG_HASH = "monthly", "597073791a9c0cb7"
FILE = {TAG_NAME: NAME, TAG_CONFIG: CONFIG_HASH}
LEGACY = "ops-20260101-120000-1a2b3c4d"


@pytest.fixture
def client() -> ModelClient:
    return ModelClient()


def value_of(attempt: int) -> str:
    return launch_value(NAME, CONFIG_HASH, attempt)


def launch_runs(client: ModelClient, attempt: int, count: int = 2) -> list[ModelRun]:
    """Launch an attempt in strategy `runs`, at most a run per second."""
    launch = Launch(
        name=NAME,
        config_hash=CONFIG_HASH,
        attempt=attempt,
        value=value_of(attempt),
        strategy="runs",
        job_name=DAILY_JOB,
        location_name=LOCATION,
        repository_name=REPOSITORY,
        partitions=[f"key-{number}" for number in range(count)],
    )
    runs = []
    for number, key in enumerate(launch.partitions):
        client.clock.now += 1
        plan = {} if number else launch.plan_tags
        runs.append(add_run(client, {**launch.written_tags, **plan, "dagster/partition": key}))
    return runs


def launch_native(client: ModelClient, attempt: int | None, value: str = "ops-20260101-120000-native") -> ModelBackfill:
    """Launch an attempt as a native backfill of one partition that fails; versions before 0.2 wrote no attempt."""
    client.clock.now += 1
    tags = {**FILE, TAG_LAUNCH: value, **({"ops/attempt": str(attempt)} if attempt else {})}
    backfill = add_backfill(client, tags, ["key-0"], "COMPLETED_FAILED")
    add_run(client, {**tags, "dagster/partition": "key-0", "dagster/backfill": backfill.id}, "FAILURE")
    return backfill


def found(client: ModelClient) -> list[Attempt]:
    return find_attempts(client, NAME, CONFIG_HASH)


def numbers_and_ids(attempts: list[Attempt]) -> list[tuple[int, str]]:
    return [(attempt.number, attempt.id) for attempt in attempts]


def test_a_file_that_was_never_launched_has_none(client: ModelClient) -> None:
    add_run(client, {**FILE, TAG_CONFIG: "another file", TAG_LAUNCH: "ops-abc-1"})
    add_backfill(client, {**FILE, TAG_NAME: "another name"}, ["key-0"], "REQUESTED")
    assert found(client) == []


class TestNumbers:
    def test_attempts_of_both_strategies_are_in_order(self, client: ModelClient) -> None:
        launch_runs(client, 1)
        native = launch_native(client, 2)
        launch_runs(client, 3)
        attempts = found(client)
        assert numbers_and_ids(attempts) == [(1, value_of(1)), (2, native.id), (3, value_of(3))]
        assert [attempt.strategy for attempt in attempts] == ["runs", "backfill", "runs"]
        assert [attempt.value for attempt in attempts] == [value_of(1), native.tags[TAG_LAUNCH], value_of(3)]

    def test_many_attempts_are_found(self, client: ModelClient) -> None:
        for number in range(1, 31):
            launch_runs(client, number, count=1)
        assert [attempt.number for attempt in found(client)] == list(range(1, 31))

    def test_attempts_whose_runs_were_deleted_hide_no_later_ones(self, client: ModelClient) -> None:
        for number in range(1, 6):
            for run in launch_runs(client, number):
                if number < 5:
                    client.dagster.delete(run)
        assert numbers_and_ids(found(client)) == [(5, value_of(5))]


class TestOutcome:
    """The outcome of a file whose newest attempt is a native backfill that started no run, or only some."""

    @pytest.mark.parametrize(("status", "state"), [("CANCELED", "canceled"), ("FAILED", "failed")])
    def test_an_attempt_that_ran_nothing_has_not_succeeded(self, client: ModelClient, status: str, state: str) -> None:
        self.add(client, 1, "COMPLETED_SUCCESS", "SUCCESS")
        self.add(client, 2, status)
        assert self.outcome(client) == (state, {"NOT_STARTED": 1}, ["key-0"])

    def test_a_failure_that_was_not_retried_remains(self, client: ModelClient) -> None:
        self.add(client, 1, "COMPLETED_FAILED", "FAILURE")
        self.add(client, 2, "CANCELED")
        assert self.outcome(client) == ("canceled", {"FAILURE": 1}, ["key-0"])

    def test_an_attempt_that_dagster_failed_is_not_canceled(self, client: ModelClient) -> None:
        self.add(client, 1, "COMPLETED_SUCCESS", "SUCCESS")
        self.add(client, 2, "FAILED", "CANCELED")
        assert self.outcome(client) == ("failed", {"CANCELED": 1}, ["key-0"])

    def add(self, client: ModelClient, attempt: int, status: str, run_status: str | None = None) -> None:
        client.clock.now += 1
        tags = {**FILE, TAG_LAUNCH: f"ops-native-{attempt}", "ops/attempt": str(attempt)}
        backfill = add_backfill(client, tags, ["key-0"], status)
        if run_status:
            add_run(client, {**tags, "dagster/partition": "key-0", "dagster/backfill": backfill.id}, run_status)

    def outcome(self, client: ModelClient) -> tuple[str, dict[str, int], list[str]]:
        attempts = found(client)
        whole = file_backfill(client, attempts, BackfillView(client, attempts[-1].id).look())
        return whole.state, whole.counts, [each.partition for each in whole.failed]


class TestRequests:
    @pytest.mark.parametrize("runs", [3, 3_000])
    def test_do_not_grow_with_the_runs(self, client: ModelClient, runs: int) -> None:
        launch_runs(client, 1, runs)
        launch_native(client, 2)
        assert len(found(client)) == 2
        assert client.count() == 2

    @pytest.mark.parametrize("runs", [3, 6_000])
    def test_do_not_grow_with_the_runs_where_two_strategies_raced(self, client: ModelClient, runs: int) -> None:
        launch_runs(client, 1, runs)
        launch_native(client, 1)
        assert len(found(client)) == 1
        assert client.count() - client.count("OpsListBackfills") <= 5

    @pytest.mark.parametrize("runs", [3, 3_000])
    def test_do_not_grow_with_the_runs_of_earlier_versions(self, client: ModelClient, runs: int) -> None:
        for number in range(runs):
            add_run(client, {**FILE, TAG_LAUNCH: LEGACY, "dagster/partition": f"key-{number}"})
        assert len(found(client)) == 1
        assert client.count() - client.count("OpsListBackfills") <= 5

    @pytest.mark.parametrize(("backfills", "requests"), [(0, 1), (999, 1), (1000, 2), (2500, 3)])
    def test_grow_by_one_with_each_thousand_backfills(self, client: ModelClient, backfills: int, requests: int) -> None:
        for _ in range(backfills):
            add_backfill(client, {}, ["key-0"], "COMPLETED_SUCCESS")
        launch_runs(client, 1)
        assert len(found(client)) == 1
        assert client.count("OpsListBackfills") == requests
        assert client.count() == requests + 1


class TestEarlierVersions:
    def test_their_launches_are_the_first_attempts(self, client: ModelClient) -> None:
        old_native = launch_native(client, None)
        add_run(client, {**FILE, TAG_LAUNCH: LEGACY, "dagster/partition": "key-0"})
        attempts = found(client)
        # The model's backfill is of 2023.
        assert numbers_and_ids(attempts) == [(1, old_native.id), (2, LEGACY)]
        assert [attempt.strategy for attempt in attempts] == ["backfill", "runs"]

    def test_a_later_attempt_goes_on_with_their_numbers(self, client: ModelClient) -> None:
        add_run(client, {**FILE, TAG_LAUNCH: LEGACY, "dagster/partition": "key-0"})
        launch_runs(client, 2)
        assert numbers_and_ids(found(client)) == [(1, LEGACY), (2, value_of(2))]

    def test_an_older_version_may_come_after_this_one(self, client: ModelClient) -> None:
        launch_runs(client, 1)
        add_run(client, {**FILE, TAG_LAUNCH: LEGACY, "dagster/partition": "key-0"})
        assert numbers_and_ids(found(client)) == [(1, value_of(1)), (2, LEGACY)]

    def test_launches_of_other_files_are_not_theirs(self, client: ModelClient) -> None:
        add_run(client, {**FILE, TAG_CONFIG: "other", TAG_LAUNCH: LEGACY, "dagster/partition": "key-0"})
        add_run(client, {**FILE, "dagster/partition": "key-0"})
        assert found(client) == []


class TestReExecutions:
    def test_of_a_run_of_a_native_backfill_are_no_launch(self, client: ModelClient) -> None:
        native = launch_native(client, 1)
        (run,) = client.dagster.runs.values()
        client.dagster.reexecute(run)
        assert numbers_and_ids(found(client)) == [(1, native.id)]

    def test_of_a_run_of_an_earlier_version_are_no_launch(self, client: ModelClient) -> None:
        native = launch_native(client, None, LEGACY)
        (run,) = client.dagster.runs.values()
        client.dagster.reexecute(run)
        assert numbers_and_ids(found(client)) == [(1, native.id)]

    def test_are_no_launch_though_their_backfill_is_gone(self, client: ModelClient) -> None:
        native = launch_native(client, None, LEGACY)
        (run,) = client.dagster.runs.values()
        client.dagster.reexecute(run)
        del client.dagster.backfills[native.id]
        assert found(client) == []
        client.dagster.delete(run)
        assert found(client) == []

    def test_of_a_whole_native_backfill_are_no_launch(self, client: ModelClient) -> None:
        native = launch_native(client, 1)
        add_backfill(client, {**native.tags, "dagster/parent_backfill_id": native.id}, ["key-0"], "REQUESTED")
        (attempt,) = found(client)
        assert (attempt.id, attempt.duplicates) == (native.id, ())


class TestRaces:
    def test_of_native_backfills_the_first_counts(self, client: ModelClient) -> None:
        first, second, third = (launch_native(client, 1, f"ops-20260101-120000-{number}") for number in range(3))
        (attempt,) = found(client)
        assert attempt.id == first.id
        assert [record.id for record in attempt.duplicates] == [second.id, third.id]

    def test_of_two_strategies_the_older_counts(self, client: ModelClient) -> None:
        launch_runs(client, 1)
        native = launch_native(client, 1)
        (attempt,) = found(client)
        assert (attempt.id, attempt.strategy) == (value_of(1), "runs")
        assert [record.id for record in attempt.duplicates] == [native.id]

    def test_of_two_strategies_the_native_one_counts_where_it_was_first(self, client: ModelClient) -> None:
        native = launch_native(client, 1)
        launch_runs(client, 1)
        (attempt,) = found(client)
        assert (attempt.id, attempt.lost_value) == (native.id, value_of(1))

    def test_of_two_strategies_the_native_one_counts_on_a_tie(self, client: ModelClient) -> None:
        launch_runs(client, 1, count=1)
        client.clock.now -= 1
        native = launch_native(client, 1)
        (attempt,) = found(client)
        assert (attempt.id, attempt.lost_value) == (native.id, value_of(1))

    def test_the_older_one_counts_though_the_runs_that_tell_the_launch_are_gone(self, client: ModelClient) -> None:
        runs = launch_runs(client, 1, count=3)
        launch_native(client, 1)
        client.dagster.delete(runs[0])
        (attempt,) = found(client)
        assert attempt.id == value_of(1)

    def test_the_native_one_counts_where_no_run_tells_when_it_was_created(self, client: ModelClient) -> None:
        """Dagster 1.6 does not return it."""
        launch_runs(client, 1)
        native = launch_native(client, 1)
        execute = client.dagster.execute

        def without_times(*given: object) -> object:
            answer = execute(*given)  # type: ignore[arg-type]
            for run in (answer.get("runsOrError") or {}).get("results", []):
                run.pop("creationTime", None)
            return answer

        client.dagster.execute = without_times  # type: ignore[assignment,method-assign]
        (attempt,) = found(client)
        assert attempt.id == native.id


class TestOtherFiles:
    def test_an_unfinished_launch_under_the_same_name_is_found(self, client: ModelClient) -> None:
        tags = {TAG_NAME: NAME, TAG_CONFIG: "other", TAG_LAUNCH: "ops-abc-1"}
        run = add_run(client, tags, "STARTED")
        assert find_other_files(client, NAME, CONFIG_HASH) == "ops-abc-1"
        run.status = "SUCCESS"
        assert find_other_files(client, NAME, CONFIG_HASH) is None
        backfill = add_backfill(client, tags, ["a"], "REQUESTED")
        assert find_other_files(client, NAME, CONFIG_HASH) == backfill.id
        backfill.status = "COMPLETED_SUCCESS"
        assert find_other_files(client, NAME, CONFIG_HASH) is None

    def test_the_file_itself_is_no_other(self, client: ModelClient) -> None:
        add_run(client, {**FILE, TAG_LAUNCH: value_of(1)}, "STARTED")
        add_backfill(client, FILE, ["a"], "REQUESTED")
        assert find_other_files(client, NAME, CONFIG_HASH) is None
