"""Runs launched some at once: how many, in which order, and what is said of those that did not come to be."""

from collections.abc import Callable
from typing import Any

import pytest
from dagster_ops_cli.api.backfill_run_launch import RunLauncher

from dagster_ops_cli.api.poll import Poll
from dagster_ops_cli.errors import InvalidContentError, NoAnswerError, OpsError, ServerFaultError
from dagster_ops_cli.schemas.backfill import TAG_LAUNCH, BackfillPlan
from dagster_ops_cli_tests.api.clock import Clock
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run

KEYS = [f"2024-01-{day:02}" for day in range(1, 26)]
VALUE = "ops-20240101-000000-test"
PLAN = BackfillPlan(
    name="monthly",
    job_name="daily_job",
    asset_keys=None,
    repository_name="__repository__",
    location_name="luchtmeetnet",
    strategy="runs",
    partitions=KEYS,
    config_hash="0",
)
INVALID = {"__typename": "RunConfigValidationInvalid", "errors": [{"message": "no such op"}]}
FAILED = {"__typename": "PythonError", "message": "the database is locked", "className": "OperationalError"}


class Server:
    """Launches what it is asked to, ``pace`` seconds for each; ``refused`` has its answers of another kind by key."""

    def __init__(self, clock: Clock, pace: float = 0.0) -> None:
        self.clock, self.pace = clock, pace
        self.refused: dict[str, dict[str, Any]] = {}
        self.lost: Callable[[list[str]], OpsError | None] = lambda keys: None
        self.batches: list[list[str]] = []
        self.statuses: dict[str, int] = {}
        self.dagster = FakeDagster()
        self.dagster.answers = {
            "OpsPollLaunch": lambda variables: {
                status: {"count": count} for status, count in {"QUEUED": 0, **self.statuses}.items()
            },
            "OpsListPartitionLaunches": self._partitions,
            "OpsLaunchPartitionRuns": self._launch,
        }

    @property
    def keys(self) -> list[str]:
        """The keys that have a run, in the order in which they came."""
        return [run["tags"][-1]["value"] for run in self.dagster.runs.values()]

    def _partitions(self, variables: dict[str, Any]) -> dict[str, Any]:
        keys = {name: value for name, value in variables.items() if name.startswith("key")}
        answer = {
            f"partition{name.removeprefix('key')}": {
                "name": key,
                "runConfigOrError": {"__typename": "PartitionRunConfig", "yaml": "{}"},
                "tagsOrError": {"__typename": "PartitionTags", "results": [{"key": "dagster/partition", "value": key}]},
            }
            for name, key in keys.items()
        }
        return {"partitionSetOrError": {"__typename": "PartitionSet", **answer}}

    def _launch(self, variables: dict[str, Any]) -> dict[str, Any]:
        answer = {}
        batch = []
        for name, params in variables.items():
            self.clock.now += self.pace
            tags = {tag["key"]: tag["value"] for tag in params["executionMetadata"]["tags"]}
            key = tags["dagster/partition"]
            batch.append(key)
            launched = {"__typename": "LaunchRunSuccess", "run": {"runId": f"run-of-{key}"}}
            answer[name.replace("params", "run")] = self.refused.get(key, launched)
            if key not in self.refused:
                self.dagster.runs[key] = fake_run(f"run-of-{key}", "QUEUED", tags=tags)
        self.batches.append(batch)
        error = self.lost(batch)
        if error:
            raise error
        return answer


def was_lost() -> NoAnswerError:
    error = NoAnswerError("the connection was reset")
    error.in_doubt = True
    return error


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Server:
    return Server(clock)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def launch(server: Server, clock: Clock, told: list[str]) -> Callable[..., list[int]]:
    def run(max_concurrent: int = 100) -> list[int]:
        poll = Poll(interval=5, tell=told.append, sleep=clock.sleep, clock=clock.time)
        tags = {TAG_LAUNCH: VALUE}
        launcher = RunLauncher(server.dagster, poll, PLAN, VALUE, tags, None, max_concurrent)
        return list(launcher.launch(KEYS))

    return run


def test_the_first_is_alone_and_the_others_come_together(server: Server, launch: Callable[..., list[int]]) -> None:
    assert launch() == [1, 11, 21, 25]
    assert server.keys == KEYS
    assert all({"key": TAG_LAUNCH, "value": VALUE} in run["tags"] for run in server.dagster.runs.values())


@pytest.mark.parametrize(("pace", "sizes"), [(0.24, [1, 4, 4, 4, 4, 4, 4]), (3.0, [1] * 25)])
def test_a_slow_server_is_asked_for_less_at_once(
    server: Server, launch: Callable[..., list[int]], pace: float, sizes: list[int]
) -> None:
    server.pace = pace
    launch()
    assert [len(batch) for batch in server.batches] == sizes


def test_no_more_than_the_free_places_are_launched(server: Server, launch: Callable[..., list[int]]) -> None:
    server.statuses = {"STARTED": 2}
    # Two are taken; after each launch of what is free, all have ended.
    server.lost = lambda keys: server.statuses.update(STARTED=0)
    launch(5)
    assert [len(batch) for batch in server.batches] == [1, 2, 5, 5, 5, 5, 2]


def test_a_canceled_run_ends_the_launch(server: Server, launch: Callable[..., list[int]], told: list[str]) -> None:
    server.pace = 0.6
    server.lost = lambda keys: server.statuses.update(CANCELED=1) if len(server.keys) == 9 else None
    launch()
    # It is looked for every five seconds.
    assert len(server.keys) == 9
    assert told == [f"A run of {VALUE} was canceled: no more are launched."]


@pytest.mark.parametrize(("refusal", "kind"), [(INVALID, InvalidContentError), (FAILED, ServerFaultError)])
def test_one_that_is_refused_is_named(
    server: Server, launch: Callable[..., list[int]], refusal: dict[str, Any], kind: type[OpsError]
) -> None:
    server.refused[KEYS[3]] = refusal
    with pytest.raises(kind) as caught:
        launch()
    assert caught.value.message.startswith(f"partition {KEYS[3]}: ")
    # Those behind it were in the same request, and nothing was sent again.
    assert server.keys == [key for key in KEYS[:11] if key != KEYS[3]]
    assert len(server.batches) == 2


def test_an_answer_that_was_lost_is_no_launch_that_failed(
    server: Server, launch: Callable[..., list[int]], told: list[str]
) -> None:
    server.lost = lambda keys: was_lost() if len(keys) == 10 else None
    assert launch()[-1] == len(KEYS)
    assert server.keys == KEYS
    assert told[0] == f"the connection was reset; looking whether the 10 runs of {KEYS[1]} to {KEYS[10]} arrived ..."


def test_what_did_not_arrive_is_told_and_not_sent_again(server: Server, launch: Callable[..., list[int]]) -> None:
    def lost(keys: list[str]) -> OpsError | None:
        if len(keys) == 1:
            return None
        for key in keys[7:]:
            del server.dagster.runs[key]
        return was_lost()

    server.lost = lost
    with pytest.raises(NoAnswerError) as caught:
        launch()
    missing = ", ".join(KEYS[8:11])
    assert caught.value.message == (
        f"the connection was reset. Dagster has no run of 3 partitions, {missing}: they were not launched"
    )
    assert server.keys == KEYS[:8]
