"""Which runs of a launch count, the status of each partition, and how many requests that takes."""

from collections.abc import Iterable
from typing import Any
from unittest.mock import patch

import pytest

from dagster_ops_cli.api.backfill import BackfillApi, Following
from dagster_ops_cli.api.backfill.attempts import find_attempts
from dagster_ops_cli.api.backfill.members import LaunchRuns, Member, launch_runs, walk_members
from dagster_ops_cli.api.backfill.state import by_partition, file_backfill, in_order
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import (
    BadResponseError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    OpsError,
    ServerFaultError,
)
from dagster_ops_cli.schemas.backfill import Backfill, BackfillFilter, BackfillPlan
from dagster_ops_cli.schemas.backfill.config import BackfillConfig
from dagster_ops_cli.schemas.backfill.launch import Launch, launch_value
from dagster_ops_cli.schemas.ops_tags import TAG_LAUNCH
from dagster_ops_cli.schemas.partition import Partitioning
from dagster_ops_cli.schemas.run.origin import RunOrigin
from dagster_ops_cli_tests.api.model_client import LAUNCH, ModelClient, add_backfill, add_run
from dagster_ops_cli_tests.model_dagster import DAILY_JOB, GRID_JOB, LOCATION, REPOSITORY, ModelRun

KEYS = [f"2024-01-{day:02}" for day in range(1, 6)]
VALUE = launch_value("monthly", "0", 1)


@pytest.fixture
def client() -> ModelClient:
    return ModelClient()


def launch_of(keys: list[str], name: str = "monthly", **fields: Any) -> Launch:
    return Launch(
        name=name,
        config_hash="0",
        attempt=1,
        value=launch_value(name, "0", 1),
        strategy="runs",
        job_name=DAILY_JOB,
        location_name=LOCATION,
        repository_name=REPOSITORY,
        partitions=keys,
        **fields,
    )


def launched(client: ModelClient, launch: Launch, keys: Iterable[str], status: str = "SUCCESS") -> list[ModelRun]:
    """Launch some of the keys of a launch, oldest first, with the tags that a worker gives to the runs."""
    written = {**launch.written_tags, "ops/worker": "me"}
    plan, carriers = launch.plan_tags, launch.carriers
    return [
        add_run(client, {**written, **(plan if key in carriers else {}), "dagster/partition": key}, status)
        for key in keys
    ]


def read(client: ModelClient, keys: list[str] | None = None) -> LaunchRuns:
    return launch_runs(client, {TAG_LAUNCH: VALUE}, keys)


def ids(runs: LaunchRuns) -> tuple[list[str], list[str], list[str]]:
    """The ids of the first runs, the latest ones and the duplicates."""
    return (
        [run.id for run in runs.first.values()],
        [run.id for run in runs.latest.values()],
        [run.id for run in runs.duplicates],
    )


def get(client: ModelClient, backfill_id: str = VALUE) -> Backfill:
    return BackfillApi(client).get(backfill_id)


def listed(client: ModelClient, **wanted: Any) -> list[Backfill]:
    return BackfillApi(client).list(BackfillFilter(**wanted), None).items


class TestWhichCounts:
    def test_runs_of_each_partition(self, client: ModelClient) -> None:
        launch = launch_of(KEYS)
        runs = launched(client, launch, KEYS)
        of_launch = [run.id for run in runs]
        assert ids(read(client)) == (of_launch, of_launch, [])
        assert read(client).counts == {"SUCCESS": 5}

    def test_the_first_of_two_runs_counts(self, client: ModelClient) -> None:
        launch = launch_of(KEYS)
        first, *others = launched(client, launch, KEYS[:2])
        (again,) = launched(client, launch, KEYS[:1], "FAILURE")
        assert ids(read(client)) == ([first.id, others[0].id], [first.id, others[0].id], [again.id])
        assert read(client).reported_duplicates()[0].model_dump() == {
            "partition": KEYS[0],
            "run_id": again.id,
            "status": "FAILURE",
        }
        assert read(client).counts == {"SUCCESS": 2}
        again.status = "CANCELED"
        assert read(client).reported_duplicates() == []
        assert not read(client).is_canceled

    def test_a_run_of_a_partition_that_is_not_of_the_launch_is_a_duplicate(self, client: ModelClient) -> None:
        runs = launched(client, launch_of(KEYS), KEYS)
        assert ids(read(client, KEYS[:4]))[2] == [runs[4].id]

    def test_the_latest_re_execution_counts(self, client: ModelClient) -> None:
        first, second = launched(client, launch_of(KEYS), KEYS[:2], "FAILURE")
        again = client.dagster.reexecute(first)
        again.status = "FAILURE"
        last = client.dagster.reexecute(again)
        assert ids(read(client)) == ([first.id, second.id], [last.id, second.id], [])
        assert read(client).counts == {"QUEUED": 1, "FAILURE": 1}

    def test_a_re_execution_of_a_duplicate_counts_for_nothing(self, client: ModelClient) -> None:
        launch = launch_of(KEYS)
        (first,) = launched(client, launch, KEYS[:1])
        (second,) = launched(client, launch, KEYS[:1], "FAILURE")
        client.dagster.reexecute(second)
        assert ids(read(client)) == ([first.id], [first.id], [second.id])

    def test_a_re_execution_stands_in_for_a_run_that_was_deleted(self, client: ModelClient) -> None:
        (first,) = launched(client, launch_of(KEYS), KEYS[:1], "FAILURE")
        again = client.dagster.reexecute(first)
        client.dagster.delete(first)
        assert ids(read(client)) == ([again.id], [again.id], [])

    def test_of_several_re_executions_of_a_deleted_run_none_is_a_duplicate(self, client: ModelClient) -> None:
        (first,) = launched(client, launch_of(KEYS), KEYS[:1], "FAILURE")
        again = client.dagster.reexecute(first)
        last = client.dagster.reexecute(again)
        other = client.dagster.reexecute(first)
        client.dagster.delete(first)
        assert ids(read(client)) == ([again.id], [other.id], [])
        client.dagster.delete(other)
        assert ids(read(client)) == ([again.id], [last.id], [])

    def test_a_canceled_run_that_is_no_duplicate_cancels_the_launch(self, client: ModelClient) -> None:
        launched(client, launch_of(KEYS), KEYS[:1], "CANCELED")
        assert read(client).is_canceled


class TestAutomaticRetries:
    def test_a_run_that_will_be_retried_has_not_ended(self, client: ModelClient) -> None:
        (run,) = launched(client, launch_of(KEYS), KEYS[:1], "QUEUED")
        client.dagster.fail_and_retry_later(run)
        assert read(client).is_open

    def test_the_retry_counts(self, client: ModelClient) -> None:
        (run,) = launched(client, launch_of(KEYS), KEYS[:1], "QUEUED")
        client.dagster.fail_and_retry_later(run)
        retry = client.dagster.retry(run)
        assert retry is not None
        client.dagster.end(retry)
        assert ids(read(client)) == ([run.id], [retry.id], [])
        assert not read(client).is_open

    def test_a_retry_without_the_tags_of_its_launch_is_looked_up(self, client: ModelClient) -> None:
        (run,) = launched(client, launch_of(KEYS), KEYS[:1], "QUEUED")
        client.dagster.fail_and_retry_later(run)
        retries = [add_run(client, {"dagster/partition": KEYS[0]}, "FAILURE") for _ in range(2)]
        client.dagster._tag(run, "dagster/auto_retry_run_id", retries[0].id)
        client.dagster._tag(retries[0], "dagster/auto_retry_run_id", retries[1].id)
        assert read(client).latest[KEYS[0]].id == retries[1].id
        client.dagster.delete(retries[1])
        assert read(client).latest[KEYS[0]].id == retries[0].id

    @pytest.mark.parametrize("is_native", [False, True])
    @pytest.mark.parametrize("well", [True, False])
    def test_list_and_get_say_the_same(self, client: ModelClient, is_native: bool, well: bool) -> None:
        launch = launch_of(KEYS[:2])
        backfill_id = VALUE
        if is_native:
            tags = {**launch.written_tags, TAG_LAUNCH: "ops-20260101-120000-native"}
            backfill_id = add_backfill(client, tags, KEYS[:2], "COMPLETED_FAILED").id
            runs = [
                add_run(client, {**tags, "dagster/backfill": backfill_id, "dagster/partition": key}, "QUEUED")
                for key in KEYS[:2]
            ]
        else:
            runs = launched(client, launch, KEYS[:2], "QUEUED")
        client.dagster.end(runs[1])
        client.dagster.fail_and_retry_later(runs[0])
        states = [(get(client, backfill_id).state, listed(client)[0].state)]
        retry = client.dagster.retry(runs[0])
        assert retry is not None
        states.append((get(client, backfill_id).state, listed(client)[0].state))
        client.dagster.end(retry, "SUCCESS" if well else "FAILURE")
        states.append((get(client, backfill_id).state, listed(client)[0].state))
        outcome = "succeeded" if well else "failed"
        assert states == [("running", "running"), ("running", "running"), (outcome, outcome)]


class TestLists:
    def test_launches_of_both_strategies_newest_first(self, client: ModelClient) -> None:
        launched(client, launch_of(KEYS, "a"), KEYS)
        client.clock.now += 1
        native = add_backfill(client, {}, KEYS, "CANCELED")
        client.clock.now += 1
        launched(client, launch_of(KEYS, "b"), KEYS[:2], "FAILURE")
        found = listed(client)
        assert [each.id for each in found] == [launch_value("b", "0", 1), native.id, launch_value("a", "0", 1)]
        assert [each.state for each in found] == ["running", "canceled", "succeeded"]

    def test_launches_of_a_job(self, client: ModelClient) -> None:
        launched(client, launch_of(KEYS), KEYS)
        assert [each.id for each in listed(client, job_name=DAILY_JOB)] == [VALUE]
        assert listed(client, job_name=GRID_JOB) == []
        with pytest.raises(NotFoundError, match="other_job"):
            listed(client, job_name="other_job")

    def test_a_launch_whose_runs_do_not_tell_it(self, client: ModelClient) -> None:
        """There are too many keys for tags, or the runs that stored them were deleted."""
        for run in launched(client, launch_of(KEYS), KEYS):
            if "ops/plan-of" in run.tags:
                client.dagster.delete(run)
        launched(client, launch_of(KEYS).model_copy(update={"partitions": [f"{key}..." for key in KEYS]}), KEYS)
        for run in list(client.dagster.runs.values()):
            for tag in [tag for tag in run.tags if tag.startswith("ops/plan-")]:
                client.dagster._by_tag[tag, run.tags.pop(tag)].pop(run.id)
        (found,) = listed(client)
        assert (found.id, found.state) == (VALUE, get(client).state)

    def test_a_launch_that_vanishes_is_left_out(self, client: ModelClient) -> None:
        gone = launched(client, launch_of(KEYS, "gone"), KEYS)
        launched(client, launch_of(KEYS), KEYS)

        def delete(operation: str, given: dict[str, Any]) -> None:
            if operation == "OpsPollLaunch":
                for run in gone:
                    client.dagster.delete(run)

        client.before = delete
        assert [each.id for each in listed(client)] == [VALUE]

    @pytest.mark.parametrize("state", ["running", "succeeded", "failed", "canceled", "canceling"])
    def test_say_what_get_says(self, client: ModelClient, state: str) -> None:
        status = {"running": "STARTED", "succeeded": "SUCCESS", "failed": "FAILURE"}.get(state, "CANCELED")
        runs = launched(client, launch_of(KEYS), KEYS, status)
        if state == "canceling":
            runs[0].status = "STARTED"
        (found,) = listed(client)
        one = get(client)
        assert found.state == one.state == state
        assert found.counts == one.counts
        assert [each.id for each in listed(client, statuses=[state])] == [VALUE]

    def test_say_what_get_says_of_a_large_launch_that_is_canceled(self, client: ModelClient) -> None:
        launch = launch_of([f"key-{number:03}" for number in range(300)])
        runs = launched(client, launch, launch.partitions[:250], "STARTED")
        assert (listed(client)[0].state, get(client).state) == ("running", "running")
        runs[0].status = "CANCELED"
        assert (listed(client)[0].state, get(client).state) == ("canceling", "canceling")

    def test_a_canceled_duplicate_of_a_large_launch_cancels_nothing(self, client: ModelClient) -> None:
        launch = launch_of([f"key-{number:03}" for number in range(300)])
        launched(client, launch, launch.partitions[:250], "STARTED")
        launched(client, launch, launch.partitions[:1], "CANCELED")
        assert (listed(client)[0].state, get(client).state) == ("running", "running")
        client.asked.clear()
        looks = BackfillApi(client, Poll(sleep=client.clock.sleep, clock=client.clock.time)).watch(VALUE)
        for _ in range(4):
            assert next(looks).state == "running"
        # All runs are read again only when more of them are canceled.
        assert client.count("OpsListRuns") == 2

    def test_a_suspended_run_has_not_ended(self, client: ModelClient) -> None:
        """Servers before 1.13.27 do not know it, so that it is not counted with the others."""
        first, *_ = launched(client, launch_of(KEYS), KEYS)
        first.status = "SUSPENDED"
        assert (listed(client)[0].state, get(client).state) == ("running", "running")
        assert get(client).counts == {"SUSPENDED": 1, "SUCCESS": 4}


class TestDeletedRuns:
    def test_a_walk_survives_a_deleted_cursor(self, client: ModelClient) -> None:
        launch = launch_of([f"key-{number:04}" for number in range(2500)])
        runs = launched(client, launch, launch.partitions)
        cursors: list[str] = []

        def delete(operation: str, given: dict[str, Any]) -> None:
            if given.get("cursor") and len(cursors) < 2:
                cursors.append(given["cursor"])
                client.dagster.delete(client.dagster.runs[given["cursor"]])

        client.before = delete
        backfill = get(client)
        assert len(cursors) == 2
        # Those that were read before they were deleted may count; nothing behind them is lost.
        assert backfill.counts.get("NOT_STARTED", 0) <= 2
        assert backfill.total == len(runs)

    def test_a_deleted_run_leaves_its_partition_without_one(self, client: ModelClient) -> None:
        runs = launched(client, launch_of(KEYS), KEYS)
        client.dagster.delete(runs[2])
        backfill = get(client)
        assert backfill.counts == {"SUCCESS": 4, "NOT_STARTED": 1}
        assert backfill.state == "running"

    def test_a_launch_that_was_retried_has_ended(self, client: ModelClient) -> None:
        """Nobody launches the partition of the run any more."""
        runs = launched(client, launch_of(KEYS), KEYS)
        second = launch_of(KEYS[2:3]).model_copy(update={"attempt": 2, "value": launch_value("monthly", "0", 2)})
        launched(client, second, KEYS[2:3])
        client.dagster.delete(runs[2])
        backfill = get(client)
        assert (backfill.state, backfill.counts) == ("failed", {"SUCCESS": 4, "NOT_STARTED": 1})
        assert [(each.id, each.state) for each in listed(client)] == [(second.value, "succeeded"), (VALUE, "failed")]
        assert [each.id for each in BackfillApi(client).watch(VALUE)] == [VALUE]

    def test_a_launch_that_lost_against_a_native_backfill_has_ended(self, client: ModelClient) -> None:
        launch = launch_of(KEYS)
        native = add_backfill(client, {**launch.written_tags, TAG_LAUNCH: "ops-x"}, KEYS, "COMPLETED_SUCCESS")
        launched(client, launch, KEYS[:1])
        assert [each.id for each in find_attempts(client, "monthly", "0")] == [native.id]
        assert get(client).state == "failed"


@pytest.mark.parametrize(
    "error",
    [
        ServerFaultError("Could not reach user code server"),
        BadResponseError("not all code locations load", code="CODE_LOCATION_ERROR"),
    ],
)
def test_a_code_location_that_does_not_load_hides_no_launch(client: ModelClient, error: OpsError) -> None:
    launched(client, launch_of(KEYS), KEYS[:1])

    def break_down(operation: str, given: dict[str, Any]) -> None:
        if operation == "OpsGetJobPartitioning":
            raise error

    client.before = break_down
    assert (get(client).state, [each.state for each in listed(client)]) == ("running", ["running"])


def test_whether_a_partition_exists_is_asked_again_where_the_answer_was_not_dagsters(client: ModelClient) -> None:
    launched(client, launch_of(KEYS), KEYS[:1])

    def break_down(operation: str, given: dict[str, Any]) -> None:
        if operation == "OpsGetJobPartitioning":
            raise BadResponseError("the answer is not GraphQL")

    client.before = break_down
    with pytest.raises(BadResponseError):
        get(client)


class TestRequests:
    @pytest.mark.parametrize("count", [10, 1_000, 6_000])
    def test_a_document_costs_one_for_each_thousand_runs_and_ten(self, client: ModelClient, count: int) -> None:
        launch = launch_of([f"key-{number:06}" for number in range(count)])
        launched(client, launch, launch.partitions)
        assert get(client).state == "succeeded"
        assert client.count() <= count / 1000 + 10
        client.asked.clear()
        assert listed(client)[0].state == "succeeded"
        assert client.count() <= count / 1000 + 10

    def test_a_look_at_a_launch_that_goes_on_costs_the_same_however_large_it_is(self, client: ModelClient) -> None:
        launch = launch_of([f"key-{number:06}" for number in range(3_000)])
        launched(client, launch, launch.partitions[:2_500], "STARTED")
        (found,) = listed(client)
        assert found.counts == {"STARTED": 2_500, "NOT_STARTED": 500}
        assert client.count("OpsListRuns") <= 1

    def test_a_file_that_ended_costs_one_for_each_thousand_runs_and_ten(self, client: ModelClient) -> None:
        content = {"job_name": DAILY_JOB, "strategy": "runs", "max_concurrent": 5, "tags": {"name": "monthly"}}
        content["tags"]["partitions"] = [{"name": "day", "values": "all"}]  # type: ignore[index]
        config = BackfillConfig.model_validate(content)
        keys = [f"key-{number:06}" for number in range(3_000)]
        value = launch_value("monthly", config.config_hash, 1)
        launch = launch_of(keys).model_copy(update={"config_hash": config.config_hash, "value": value})
        launched(client, launch, keys)
        (backfill,) = BackfillApi(client, Poll()).launch(config, following=Following())
        assert (backfill.state, backfill.total) == ("succeeded", 3_000)
        assert client.count() <= 3 + 10

    def test_members_are_read_a_thousand_at_a_time(self, client: ModelClient) -> None:
        launch = launch_of([f"key-{number:06}" for number in range(2_500)])
        launched(client, launch, launch.partitions)
        assert sum(1 for _ in walk_members(client, {TAG_LAUNCH: VALUE})) == 2_500
        assert client.count() == 3


@pytest.mark.parametrize(
    ("ranges", "keys", "covered"),
    [
        # Of assets, Dagster returns the keys in any order, and its own order is known unless keys were deleted.
        (["a...d"], ["a", "b", "c", "d"], {"a...d": "abcd"}),
        (["a...b", "c...d"], ["a", "b", "c", "d"], {"a...b": "ab", "c...d": "cd"}),
        (["b...c", "a", "d"], ["a", "b", "c", "d"], {"b...c": "bc", "a": "a", "d": "d"}),
        (["a...d"], ["d", "a", "b", "c"], {"a...d": "dabc"}),
        (["d", "a...c"], ["c", "d", "a", "b"], {"a...c": "cab", "d": "d"}),
        # The partition b was deleted, so it comes first.
        (["a...d"], ["b", "a", "c", "d"], {"a...d": "bacd"}),
        # Each run has two partitions, and the backfill was stopped after its first run.
        (["a...b"], ["a", "b", "c", "d"], {"a...b": "ab"}),
    ],
)
def test_ranges_cover_their_partitions(ranges: list[str], keys: list[str], covered: dict[str, str]) -> None:
    own = Member("", "SUCCESS", "", "", "", None, None, None, None, None, False, None)
    found = by_partition({key: own._replace(key=key) for key in ranges}, keys)
    assert {key: run.key for key, run in found.items()} == {
        each: key for key, several in covered.items() for each in several
    }


def test_a_range_of_two_dimensions_covers_one_value_of_a_dimension() -> None:
    own = Member("", "SUCCESS", "", "", "", None, None, None, None, None, False, None)
    keys = [f"{day}|{station}" for day in range(1, 5) for station in "abc"]
    ranges = ["1|a...4|a", "1|b...3|b", "4|b...4|c", "1|c...1|c"]
    found = by_partition({key: own._replace(key=key) for key in ranges}, keys)
    assert {key: run.key for key, run in found.items()} == {
        **{f"{day}|a": "1|a...4|a" for day in range(1, 5)},
        **{f"{day}|b": "1|b...3|b" for day in range(1, 4)},
        **{f"4|{station}": "4|b...4|c" for station in "bc"},
        "1|c": "1|c...1|c",
    }


@pytest.mark.parametrize("station", ["a", "b"])
def test_one_range_of_two_dimensions_covers_no_other_station(station: str) -> None:
    own = Member("", "SUCCESS", "", "", "", None, None, None, None, None, False, None)
    keys = [f"{day}|{each}" for day in range(1, 5) for each in "ab"]
    assert [*by_partition({f"1|{station}...4|{station}": own}, keys)] == [f"{day}|{station}" for day in range(1, 5)]


def test_keys_are_put_in_the_order_of_dagster() -> None:
    assert in_order(["t10", "t9", "gone"], ["t8", "t9", "t10"]) == ["gone", "t9", "t10"]


def test_whether_a_partition_still_exists_is_asked_of_the_location_of_the_launch(client: ModelClient) -> None:
    """Another location may have a job of the same name."""
    launched(client, launch_of(KEYS[:2]), KEYS[:1])
    second = launch_of(KEYS[:1]).model_copy(update={"attempt": 2, "value": launch_value("monthly", "0", 2)})
    launched(client, second, KEYS[:1])

    def partitions_of(_: object, fields: dict[str, Any]) -> Partitioning | None:
        return Partitioning(dimensions=[], keys=KEYS[:1]) if fields.get("location_name") == LOCATION else None

    with patch("dagster_ops_cli.api.backfill.state.partitioning_of", partitions_of):
        whole = file_backfill(client, find_attempts(client, "monthly", "0"), get(client, second.value))
    assert (whole.state, whole.total) == ("succeeded", 1)


def test_a_retry_of_a_backfill_without_runs_needs_a_job_that_only_one_location_has(client: ModelClient) -> None:
    tags = {"ops/backfill": "monthly", "ops/config": "0", "ops/attempt": "1", "ops/run-config": "partition"}
    backfill = add_backfill(client, tags, KEYS, "CANCELED")
    twice = InvalidRequestError("2 jobs have the name 'daily_job'")
    with patch("dagster_ops_cli.api.backfill.retry.find_job", side_effect=twice), pytest.raises(ConflictError) as told:
        BackfillApi(client).plan_retry(backfill.id)
    assert "location" in told.value.message
    assert "launch FILE --again" in str(told.value.hint)


def test_a_retry_of_partitions_that_were_not_checked_is_not_checked_either(client: ModelClient) -> None:
    """Otherwise the partitions that Dagster does not list would be given up if the retry is interrupted."""
    keys = ["x1", "x2"]
    launched(client, launch_of(keys, unchecked=True), keys, "FAILURE")
    with patch("dagster_ops_cli.api.backfill.retry.get_run_origin") as origin:
        origin.return_value = RunOrigin(
            job_name=DAILY_JOB, run_config={}, location_name=LOCATION, repository_name=REPOSITORY
        )
        retry = BackfillApi(client).plan_retry(VALUE)
    assert retry.launch is not None
    launched(client, retry.launch, keys[:1])
    assert get(client, retry.launch.value).state == "running"


@pytest.mark.parametrize("again", [False, True])
def test_a_duplicate_that_a_killed_command_left_is_canceled_though_the_launch_has_ended(
    client: ModelClient, again: bool
) -> None:
    config = BackfillConfig.model_validate(
        {"job_name": DAILY_JOB, "tags": {"name": "monthly", "partitions": [{"name": "day", "values": KEYS[:1]}]}}
    )
    tags = {"ops/backfill": "monthly", "ops/config": config.config_hash, "ops/attempt": "1"}
    first = add_backfill(client, {**tags, TAG_LAUNCH: "ops-a"}, KEYS[:1], "COMPLETED_FAILED")
    add_run(client, {**tags, "dagster/backfill": first.id, "dagster/partition": KEYS[0]}, "FAILURE")
    client.clock.now += 1
    second = add_backfill(client, {**tags, TAG_LAUNCH: "ops-b"}, KEYS[:1], "REQUESTED")
    lost = add_run(client, {**tags, TAG_LAUNCH: launch_value("monthly", config.config_hash, 1)}, "STARTED")
    poll = Poll(sleep=client.clock.sleep, clock=client.clock.time)
    list(BackfillApi(client, poll).launch(config, again=again, following=Following(wait=False)))
    assert second.status == "CANCELING"
    assert lost.status in ("CANCELING", "CANCELED")


def test_a_launch_is_continued_though_its_code_location_was_renamed(client: ModelClient) -> None:
    config = BackfillConfig.model_validate(
        {
            "job_name": DAILY_JOB,
            "strategy": "runs",
            "tags": {"name": "monthly", "partitions": [{"name": "day", "values": KEYS}]},
        }
    )
    identity = {"config_hash": config.config_hash, "value": launch_value("monthly", config.config_hash, 1)}
    begun = launch_of(KEYS).model_copy(update={**identity, "location_name": "old.py"})
    launched(client, begun, KEYS[:2])
    poll = Poll(sleep=client.clock.sleep, clock=client.clock.time)
    list(BackfillApi(client, poll).launch(config, following=Following(wait=False)))
    asked = next(given for operation, given in client.asked if operation == LAUNCH)
    assert asked["params0"]["selector"]["repositoryLocationName"] == LOCATION
    assert {run.partition for run in client.dagster.runs.values()} == {*KEYS}


def test_run_tags_replace_those_of_the_code_also_in_a_retry(
    client: ModelClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_partition = client.dagster._partition_tags

    def with_tags_of_the_code(job: str | None, key: str) -> dict[str, str]:
        return {**of_partition(job, key), "team": f"code {key}", "region": f"of {key}"}

    monkeypatch.setattr(client.dagster, "_partition_tags", with_tags_of_the_code)
    config = BackfillConfig.model_validate(
        {
            "job_name": DAILY_JOB,
            "strategy": "runs",
            "max_concurrent": 9,
            "run_tags": {"team": "file", "other": "x"},
            "tags": {"name": "monthly", "partitions": [{"name": "day", "values": KEYS}]},
        }
    )
    api = BackfillApi(client, Poll(sleep=client.clock.sleep, clock=client.clock.time))
    not_waiting = Following(wait=False)

    def end_all() -> None:
        for run in client.dagster.runs.values():
            client.dagster.end(run, "FAILURE")

    list(api.launch(config, tags=config.run_tags, following=not_waiting))
    end_all()
    first = launch_value("monthly", config.config_hash, 1)
    begun = api.retry(api.plan_retry(first), 1, not_waiting)
    while len(client.dagster.runs) <= len(KEYS):
        next(begun)
    del begun
    # Another command continues the retry.
    assert api.plan_retry(first).existing
    list(api.retry(api.plan_retry(first), 9, not_waiting))
    end_all()
    list(api.retry(api.plan_retry(launch_value("monthly", config.config_hash, 2)), 9, not_waiting))
    found = [(run.partition, run.tags["team"], run.tags["other"]) for run in client.dagster.runs.values()]
    assert sorted(found) == sorted([(key, "file", "x") for key in KEYS] * 3)
    assert all(run.tags["region"] == f"of {run.partition}" for run in client.dagster.runs.values())


@pytest.mark.parametrize(
    "error", [BadResponseError("does not load", code="CODE_LOCATION_ERROR"), ServerFaultError("can't reach user code")]
)
def test_a_launch_that_misses_no_run_is_followed_though_its_code_location_does_not_load(
    error: OpsError, client: ModelClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = BackfillConfig.model_validate(
        {
            "job_name": DAILY_JOB,
            "strategy": "runs",
            "tags": {"name": "monthly", "partitions": [{"name": "day", "values": KEYS}]},
        }
    )
    identity = {"config_hash": config.config_hash, "value": launch_value("monthly", config.config_hash, 1)}
    launched(client, launch_of(KEYS).model_copy(update=identity), KEYS, "STARTED")

    def broken(*_: Any) -> BackfillPlan:
        raise error

    monkeypatch.setattr("dagster_ops_cli.api.backfill.launch.plan_backfill", broken)
    poll = Poll(sleep=client.clock.sleep, clock=client.clock.time)
    states = list(BackfillApi(client, poll).launch(config, following=Following(wait=False)))
    assert (states[-1].id, states[-1].state) == (identity["value"], "running")


def test_a_re_execution_from_the_ui_was_retried_by_the_next_attempt_at_the_file(client: ModelClient) -> None:
    tags = {"ops/backfill": "monthly", "ops/config": "0", "ops/attempt": "1", TAG_LAUNCH: "ops-a"}
    first = add_backfill(client, tags, KEYS, "COMPLETED_FAILED")
    again = add_backfill(client, {**tags, "dagster/parent_backfill_id": first.id}, KEYS, "COMPLETED_FAILED")
    retried = add_backfill(client, {**tags, "ops/attempt": "2", TAG_LAUNCH: "ops-b"}, KEYS, "COMPLETED_FAILED")
    for backfill in (first, again):
        existing = BackfillApi(client).plan_retry(backfill.id).existing
        assert existing is not None
        assert existing.id == retried.id
