"""Launching a file: the messages, when the id is announced, and when waiting ends."""

from typing import Any

import pytest

from dagster_ops_cli.adapters.backfill import list_backfills
from dagster_ops_cli.api.backfill import BackfillApi, Following
from dagster_ops_cli.api.backfill.native import cancel_younger
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ForbiddenError, ServerFaultError, WaitTimeoutError
from dagster_ops_cli.schemas.backfill.config import BackfillConfig
from dagster_ops_cli.schemas.backfill.launch import launch_value
from dagster_ops_cli.schemas.ops_tags import TAG_CONFIG, TAG_LAUNCH, TAG_NAME
from dagster_ops_cli_tests.api.model_client import LAUNCH, ModelClient, add_backfill, add_run
from dagster_ops_cli_tests.model_dagster import DAILY_JOB


@pytest.fixture
def client() -> ModelClient:
    return ModelClient()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def api(client: ModelClient, told: list[str]) -> BackfillApi:
    poll = Poll(tell=told.append, sleep=client.clock.sleep, clock=client.clock.time)
    return BackfillApi(client, poll, spread=lambda: 0.0)


def config_of(strategy: str = "runs", max_concurrent: int = 100) -> BackfillConfig:
    content: dict[str, Any] = {
        "job_name": DAILY_JOB,
        "strategy": strategy,
        "tags": {"name": "monthly", "partitions": [{"name": "day", "values": "all"}]},
    }
    if strategy == "runs":
        content["max_concurrent"] = max_concurrent
    return BackfillConfig.model_validate(content)


@pytest.mark.parametrize("strategy", ["runs", "backfill"])
def test_an_id_is_announced_only_when_something_was_launched(
    client: ModelClient, api: BackfillApi, strategy: str
) -> None:
    def forbid(operation: str, given: dict[str, Any]) -> None:
        if operation in (LAUNCH, "OpsLaunchBackfill"):
            raise ForbiddenError("the webserver is read-only")

    announced: list[str] = []
    client.before = forbid
    with pytest.raises(ForbiddenError):
        list(api.launch(config_of(strategy), following=Following(announce=announced.append)))
    assert announced == []


def test_an_id_is_announced_once_the_first_run_is_there(client: ModelClient, api: BackfillApi) -> None:
    config = config_of()
    runs: list[int] = []
    looks = api.launch(config, following=Following(False, announce=lambda _: runs.append(len(client.dagster.runs))))
    last = list(looks)[-1]
    assert last.id == launch_value("monthly", config.config_hash, 1)
    assert runs == [1]


def test_another_file_under_the_name_that_is_running_is_told(
    client: ModelClient, api: BackfillApi, told: list[str]
) -> None:
    add_run(client, {TAG_NAME: "monthly", TAG_CONFIG: "another", TAG_LAUNCH: "ops-abc-1"}, "STARTED")
    list(api.launch(config_of(), following=Following(False)))
    assert told[0] == (
        "ops-abc-1, launched from another file named 'monthly', is still running. This launch starts anyway."
    )


@pytest.mark.parametrize("max_concurrent", [1, 100])
def test_wait_timeout_ends_a_launch_that_goes_on(client: ModelClient, api: BackfillApi, max_concurrent: int) -> None:
    client.pace = 0.5
    began = client.clock.now
    with pytest.raises(WaitTimeoutError):
        list(api.launch(config_of("runs", max_concurrent), following=Following(timeout=5.0)))
    assert client.clock.now - began <= 6.5
    assert 0 < len(client.dagster.runs) < 25


def test_a_launch_is_looked_at_every_interval(client: ModelClient, api: BackfillApi) -> None:
    with pytest.raises(WaitTimeoutError):
        list(api.launch(config_of("runs", 1), following=Following(interval=13.0, timeout=60.0)))
    assert client.clock.slept.count(13.0) == 4
    assert sum(client.clock.slept) == 60.0


def test_launching_again_launches_only_what_is_missing(client: ModelClient, api: BackfillApi) -> None:
    client.pace = 0.5
    with pytest.raises(WaitTimeoutError):
        list(api.launch(config_of(), following=Following(timeout=5.0)))
    client.pace = 0.0
    list(api.launch(config_of(), following=Following(False)))
    assert len(client.dagster.runs) == len({run.partition for run in client.dagster.runs.values()}) == 25


@pytest.mark.parametrize(("ended", "message"), [(0, None), (1, "1 run of"), (2, "2 runs of")])
def test_runs_of_a_duplicate_that_have_ended_are_told(
    client: ModelClient, told: list[str], ended: int, message: str | None
) -> None:
    keys = ["2024-01-01", "2024-01-02", "2024-01-03"]
    duplicate = add_backfill(client, {}, keys, "REQUESTED")
    for key, status in zip(keys, [*["SUCCESS", "FAILURE"][:ended], "QUEUED"], strict=False):
        add_run(client, {"dagster/partition": key, "dagster/backfill": duplicate.id}, status)
    poll = Poll(tell=told.append, sleep=client.clock.sleep, clock=client.clock.time)
    cancel_younger(client, poll, "first", list_backfills(client, 1))
    assert duplicate.status == "CANCELING"
    assert told[1:] == ([f"{message} the duplicate {duplicate.id} had already ended."] if message else [])


@pytest.mark.parametrize("operation", ["OpsListRuns", "OpsCountLaunches"])
def test_wait_timeout_ends_a_launch_though_dagster_fails(client: ModelClient, api: BackfillApi, operation: str) -> None:
    """Waiting for the runs, and looking up the outcome of the file, take no longer than looking at the launch."""

    def fail(asked: str, given: dict[str, Any]) -> None:
        if asked == operation and len(client.dagster.runs) == len(client.dagster.keys_of(DAILY_JOB)):
            raise ServerFaultError("the database is away")

    def follow() -> None:
        for _ in api.launch(config_of(), following=Following(timeout=20.0)):
            for run in client.dagster.unfinished():
                client.dagster.end(run)

    began, client.before = client.clock.now, fail
    with pytest.raises(WaitTimeoutError):
        follow()
    assert client.clock.now - began < 60
