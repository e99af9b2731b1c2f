"""Which schedules are late, how changes are made and read back, and how ticks are paged."""

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import pytest

from dagster_ops_cli import times
from dagster_ops_cli.adapters.automation.preview import preview
from dagster_ops_cli.api.automation import AutomationApi
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import (
    BadResponseError,
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NoAnswerError,
    NotFoundError,
    OpsError,
    ServerFaultError,
    UnreachableError,
)
from dagster_ops_cli.schemas.automation import Automation, AutomationFilter, AutomationResult
from dagster_ops_cli_tests.api.automation.fake import NOW, FakeAutomation
from dagster_ops_cli_tests.fake_dagster import FakeDagster

A, B, C = (("here", name) for name in "abc")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "now", lambda: datetime.fromtimestamp(NOW, timezone.utc))


def api_of(client: FakeAutomation) -> AutomationApi:
    return AutomationApi(client, Poll(sleep=lambda seconds: None))


def only(client: FakeAutomation, type_: str) -> Automation:
    (item,) = api_of(client).list(AutomationFilter(types=(type_,))).items
    return item


def tick(at: float, status: str = "SUCCESS") -> dict[str, Any]:
    return {"timestamp": at, "status": status, "skipReason": None, "runIds": [], "error": None}


@pytest.mark.parametrize(
    ("state", "late"),
    [
        # It was due an hour ago; its code was loaded at NOW - 1000.
        ({"ticks": [tick(NOW - 3600)]}, False),
        ({"ticks": [tick(NOW - 7200)]}, True),
        ({"ticks": [tick(NOW - 3600, "STARTED")]}, False),
        ({}, False),
        ({"typeSpecificData": {"startTimestamp": NOW - 3601}}, True),
        ({"typeSpecificData": {"startTimestamp": NOW - 3599}, "ticks": [tick(NOW - 7200)]}, False),
        ({"ticks": [tick(NOW - 7200)], "status": "STOPPED"}, False),
    ],
)
def test_a_schedule_is_late_if_no_tick_came_when_one_was_due(state: dict[str, Any], late: bool) -> None:
    client = FakeAutomation(schedules={A: "RUNNING"}, fields={"schedule": state})
    assert only(client, "SCHEDULE").late is late


@pytest.mark.parametrize(
    ("state", "late"),
    [
        ({"ticks": [tick(NOW - 89)]}, False),
        ({"ticks": [tick(NOW - 91)]}, True),
        ({}, True),
        ({"ticks": [tick(NOW - 91)], "status": "STOPPED"}, False),
    ],
)
def test_a_sensor_is_late_a_minute_after_its_interval(state: dict[str, Any], late: bool) -> None:
    client = FakeAutomation(sensors={A: "RUNNING"}, fields={"sensor": state})
    assert only(client, "SENSOR").late is late


def test_the_last_tick_is_the_last_one_that_ended() -> None:
    ticks = [tick(NOW - 1, "STARTED"), tick(NOW - 30, "FAILURE")]
    sensor = only(FakeAutomation(sensors={A: "RUNNING"}, fields={"sensor": {"ticks": ticks}}), "SENSOR")
    assert sensor.last_tick
    assert (sensor.last_tick.status, sensor.failing) == ("FAILURE", True)


def test_several_cron_expressions() -> None:
    schedule = only(FakeAutomation(schedules={A: "STOPPED"}), "SCHEDULE")
    assert (schedule.cron, schedule.next_tick) == (["0 1 * * *", "30 2 * * *"], None)


def test_names_are_found_all_or_none() -> None:
    client = FakeAutomation(sensors={A: "RUNNING", B: "RUNNING", ("there", "b"): "RUNNING"})
    api = api_of(client)
    assert [item.name for item in api.find("SENSOR", ["b", "a"], location_name="here")] == ["b", "a"]
    with pytest.raises(NotFoundError) as unknown:
        api.find("SENSOR", ["a", "nope"])
    assert unknown.value.code == "SENSOR_NOT_FOUND"
    with pytest.raises(InvalidRequestError, match=r"locations here, there"):
        api.find("SENSOR", ["b"])
    client.broken = ("mended soon",)
    with pytest.raises(BadResponseError, match="mended soon: no module"):
        api.find("SENSOR", ["nope"])


def stop_all(client: FakeAutomation) -> list[AutomationResult]:
    api = api_of(client)
    return [*api.refresh([*api.stop(api.list(AutomationFilter()).items)])]


def test_a_stop_that_a_tick_undoes_is_made_again() -> None:
    client = FakeAutomation(sensors={A: "RUNNING", B: "STOPPED"}, clobbered=2)
    results = stop_all(client)
    assert [(each.name, each.done, each.changed) for each in results] == [("a", True, True), ("b", True, False)]
    assert client.asked.count("OpsStopSensor") == 3


def test_a_stop_that_is_undone_seconds_later_is_made_again() -> None:
    client = FakeAutomation(schedules={A: "RUNNING"})
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 1:
            client.schedules[A] = "RUNNING"

    api = AutomationApi(client, Poll(sleep=sleep))
    (result,) = api.refresh([*api.stop([only(client, "SCHEDULE")])], patient=True)
    assert (result.done, slept, client.asked.count("OpsStopSchedule")) == (True, [5, 5], 2)


def test_what_is_not_read_back_is_not_done() -> None:
    (result,) = stop_all(FakeAutomation(sensors={A: "RUNNING"}, clobbered=99))
    assert (result.done, result.changed, result.status, result.code) == (False, False, "RUNNING", "CONFLICT")
    assert result.error == "still RUNNING"


def failing(error: OpsError, *names: str) -> FakeAutomation:
    client = FakeAutomation(sensors={A: "RUNNING", B: "RUNNING", C: "RUNNING"})

    def before(operation: str, given: Mapping[str, Any]) -> None:
        if operation == "OpsStopSensor" and given["selectorId"].partition("/")[2] in names:
            raise error

    client.before = before
    return client


@pytest.mark.parametrize("error", [ForbiddenError("no"), UnreachableError("gone")])
def test_a_refusal_of_the_first_is_raised(error: OpsError) -> None:
    client = failing(error, "a")
    with pytest.raises(type(error)):
        stop_all(client)
    assert client.asked.count("OpsStopSensor") == 1


@pytest.mark.parametrize(
    ("error", "done"),
    [
        (ForbiddenError("no"), [True, False, True]),
        (UnreachableError("gone"), [True, False, False]),
        (ServerFaultError("boom"), [True, False, True]),
    ],
)
def test_a_refusal_of_a_later_one_is_a_result(error: OpsError, done: list[bool]) -> None:
    results = stop_all(failing(error, "b"))
    assert [each.done for each in results] == done
    assert results[1].code == error.code


def test_a_lost_answer_is_read_back() -> None:
    lost = NoAnswerError("no answer")
    lost.in_doubt = True
    client = failing(lost, "a")
    refuse = client.before

    def before(operation: str, given: Mapping[str, Any]) -> None:
        if operation == "OpsStopSensor":
            client.sensors[(given["selectorId"].split("/")[0], given["selectorId"].split("/")[1])] = "STOPPED"
        refuse(operation, given)

    client.before = before
    assert [(each.done, each.error) for each in stop_all(client)] == [(True, None)] * 3


def test_ticks_come_in_pages() -> None:
    client = FakeAutomation(sensors={A: "RUNNING"}, ticks=[NOW - number for number in range(1, 251)])
    sensor = only(client, "SENSOR")
    pages = [*api_of(client).stream_ticks(sensor)]
    assert [(page.count, page.has_more) for page in pages] == [(100, True), (100, True), (50, False)]
    (page,) = api_of(client).stream_ticks(sensor, limit=2)
    (more,) = api_of(client).stream_ticks(sensor, limit=2, cursor=page.cursor)
    assert [each.id for each in (*page.items, *more.items)] == [f"o:{NOW - number}" for number in range(1, 5)]
    with pytest.raises(InvalidRequestError) as malformed:
        next(api_of(client).stream_ticks(sensor, cursor="1234"))
    assert malformed.value.code == "INVALID_CURSOR"


def cursor_after(client: FakeAutomation, cursor: str | None) -> str | None:
    api = api_of(client)
    return api.set_cursor(api.get("SENSOR", "a"), cursor).new_cursor


def test_a_cursor_is_read_back() -> None:
    client = FakeAutomation(sensors={A: "STOPPED"}, cursor="old")
    assert cursor_after(client, "new") == "new"
    assert cursor_after(client, "") == ""
    assert cursor_after(client, None) is None


@pytest.mark.parametrize(("status", "moved_on"), [("RUNNING", "newer"), ("STOPPED", None), ("RUNNING", None)])
def test_a_running_sensor_may_move_its_cursor_on(status: str, moved_on: str | None) -> None:
    client = FakeAutomation(sensors={A: status}, cursor="old")
    asked: list[str] = []

    def before(operation: str, given: Mapping[str, Any]) -> None:
        asked.append(operation)
        if "OpsSetSensorCursor" in asked and operation == "OpsGetSensor":
            client.cursor = moved_on or "old"

    client.before = before
    if moved_on:
        assert cursor_after(client, "new") == "newer"
    else:
        with pytest.raises(ServerFaultError, match="was not set: it is 'old'"):
            cursor_after(client, "new")


def test_a_cursor_of_dagsters_own_is_set_by_force_only() -> None:
    client = FakeAutomation(sensors={A: "STOPPED"})
    api = api_of(client)
    sensor = api.get("SENSOR", "a").model_copy(update={"kind": "MULTI_ASSET"})
    api.check_cursor(sensor, None, force=False)
    api.check_cursor(sensor, "x", force=True)
    with pytest.raises(ConflictError, match="kind MULTI_ASSET"):
        api.check_cursor(sensor, "x", force=False)


@pytest.mark.parametrize(("message", "after"), [(None, "new"), ("no inbox", "old")])
def test_a_tick_that_fails_leaves_the_cursor(message: str | None, after: str) -> None:
    error = message and {"message": message, "className": "RuntimeError", "causes": []}
    nothing = dict.fromkeys(("skipReason", "runRequests", "dynamicPartitionsRequests"))
    result = {**nothing, "error": error, "cursor": None if error else "new"}
    answer = {"sensorDryRun": {"__typename": "DryRunInstigationTick", "evaluationResult": result}}
    client = FakeDagster(answers={"OpsPreviewSensor": lambda given: answer})
    assert preview(client, only(FakeAutomation(sensors={A: "RUNNING"}), "SENSOR"), cursor="old").cursor == after


def test_a_schedule_without_a_next_tick_needs_a_time_for_its_preview() -> None:
    """``0 0 30 2 *`` never comes."""
    client = FakeAutomation(schedules={A: "STOPPED"})
    with pytest.raises(InvalidRequestError, match="schedule a has no next tick"):
        api_of(client).preview("SCHEDULE", "a")
