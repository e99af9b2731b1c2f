"""Schedules and sensors of a real Dagster: their ticks, and every command that changes them."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from dagster_ops_cli import times
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli.errors import NoAnswerError
from dagster_ops_cli.http.client import HttpClient
from dagster_ops_cli.schemas import automation as schemas
from dagster_ops_cli.settings import Settings
from dagster_ops_cli_tests.integration.automation import automation_dagster, statuses, wait_for_tick, wait_until
from dagster_ops_cli_tests.integration.fault_proxy import Proxy, proxy_to
from dagster_ops_cli_tests.invoke import Outcome, invoke, spawn

pytestmark = [pytest.mark.integration, pytest.mark.thorough]

# One process serves them all.
LOCATIONS = ("etl", "twin", "team")


@pytest.fixture(scope="module")
def dagster() -> Iterator[LocalDagster]:
    with automation_dagster(LOCATIONS) as server:
        yield server


@pytest.fixture(scope="module")
def url(dagster: LocalDagster) -> str:
    return dagster.url


def ask(url: str, line: str) -> Outcome:
    return invoke(f"ops {line} --url {url}")


def document(outcome: Outcome, exit_code: int = 0) -> Any:
    assert outcome.exit_code == exit_code, outcome
    return json.loads(outcome.stdout)


def running(url: str, *options: str) -> set[tuple[str, str]]:
    found = document(ask(url, f"automation list --status running --json {' '.join(options)}"))["items"]
    return {(each["location_name"], each["name"]) for each in found}


def test_a_sensor_requests_a_run_and_then_skips(url: str) -> None:
    wait_until(lambda: len(statuses(url, "sensor", "upload_sensor")) > 2, "three ticks of upload_sensor")
    ticks = document(ask(url, "sensor ticks upload_sensor -l etl --all --json"))["items"]
    assert {each["status"] for each in ticks[:-1]} <= {"SKIPPED", "STARTED"}
    assert ticks[-1]["status"] == "SUCCESS"
    (run_id,) = ticks[-1]["run_ids"]
    assert document(ask(url, f"run get {run_id} --json"))["tags"]["number"] == "1"
    assert ticks[-2]["skip_reason"] == "no upload 2"


def test_ticks_in_pages_are_all_ticks(url: str) -> None:
    wait_until(lambda: len(statuses(url, "sensor", "failing_sensor")) > 3, "four ticks of failing_sensor")
    newest = document(ask(url, "sensor ticks failing_sensor -l etl --limit 1 --json"))
    (tick,) = newest["items"]
    assert (newest["has_more"], newest["cursor"]) == (True, tick["id"])
    whole = document(ask(url, f"sensor ticks failing_sensor -l etl --cursor {tick['id']} --all --json"))["items"]
    walked, cursor = [], tick["id"]
    while cursor:
        page = document(ask(url, f"sensor ticks failing_sensor -l etl --limit 2 --cursor {cursor} --json"))
        walked += page["items"]
        cursor = page["cursor"]
    assert walked == whole
    assert {each["error"]["causes"][0]["message"] for each in whole if each["status"] == "FAILURE"} == {
        "RuntimeError: no inbox\n"
    }


def test_names_in_several_locations_are_ambiguous(url: str) -> None:
    for line in ("schedule get minute_schedule", "sensor stop upload_sensor", "schedule preview nightly_schedule"):
        outcome = ask(url, f"{line} --json")
        assert outcome.exit_code == 2
        assert "etl" in outcome.stderr
        assert "twin" in outcome.stderr
    assert document(ask(url, "sensor get upload_sensor -l twin --json"))["location_name"] == "twin"


def test_stop_start_and_reset_are_read_back(url: str) -> None:
    stopped = document(ask(url, "sensor stop upload_sensor failing_sensor -l team --json"))["items"]
    assert [(each["name"], each["changed"], each["status"]) for each in stopped] == [
        ("upload_sensor", True, "STOPPED"),
        ("failing_sensor", True, "STOPPED"),
    ]
    again = document(ask(url, "sensor stop upload_sensor -l team --json"))["items"]
    assert [(each["done"], each["changed"]) for each in again] == [(True, False)]
    assert ask(url, "sensor start -l team").exit_code == 2
    started = document(ask(url, "schedule start nightly_schedule -l team --json"))["items"]
    assert [(each["changed"], each["status"]) for each in started] == [(True, "RUNNING")]
    for noun in ("schedule", "sensor"):
        assert ask(url, f"{noun} reset -l team --yes").exit_code == 0
    assert running(url, "-l team") == {
        ("team", name) for name in ("minute_schedule", "failing_schedule", "upload_sensor", "failing_sensor")
    }


def test_a_name_that_is_wrong_changes_nothing(url: str) -> None:
    outcome = ask(url, "sensor stop upload_sensor uplod_sensor -l twin --json")
    assert (outcome.exit_code, json.loads(outcome.stderr)["code"]) == (3, "SENSOR_NOT_FOUND")
    assert ("twin", "upload_sensor") in running(url, "-l twin")


def test_a_cursor_is_set_and_cleared_and_previewed(url: str) -> None:
    place = "cursor_sensor -l twin"
    assert document(ask(url, f"sensor set-cursor {place} Delft --json"))["new_cursor"] == "Delft"
    preview = document(ask(url, f"sensor preview {place} --json"))
    assert (preview["cursor_before"], preview["cursor"]) == ("Delft", "Delft+")
    assert preview["run_requests"][0]["tags"]["cursor"] == "Delft"
    assert preview["partition_requests"][0]["keys"] == ["Delft"]
    # A preview leaves the cursor as it is.
    change = document(ask(url, f"sensor set-cursor {place} --clear --json"))
    assert (change["old_cursor"], change["new_cursor"]) == ("Delft", None)
    assert ask(url, "sensor set-cursor failure_sensor x -l twin").exit_code == 7
    assert document(ask(url, "sensor set-cursor failure_sensor --clear -l twin --json"))["new_cursor"] is None


def test_a_schedule_is_previewed_at_a_time(url: str) -> None:
    preview = document(ask(url, "schedule preview minute_schedule -l etl --at 2026-01-01T05:06:00Z --json"))
    (request,) = preview["run_requests"]
    assert (request["run_key"], request["tags"]["at"], request["job_name"]) == ("05:06", "05:06", "quick_job")
    failing = ask(url, "schedule preview failing_schedule -l etl")
    assert failing.exit_code == 1
    assert "RuntimeError: no calendar" in failing.stdout


def test_a_list_of_all_locations_takes_one_request(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    execute = HttpClient.execute

    def count(self: HttpClient, query: str, *args: Any) -> Any:
        asked.append(query)
        return execute(self, query, *args)

    monkeypatch.setattr(HttpClient, "execute", count)
    listed = document(ask(url, "schedule list --json"))
    assert (listed["count"], len(asked)) == (3 * len(LOCATIONS), 1)


@pytest.fixture
def slow(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """A proxy that makes each stop and start take a second, so that a command can be killed half way."""
    with proxy_to(url, tmp_path_factory.mktemp("proxy")) as proxy:
        proxy.plan("delay", 1000, "OpsSt(op|art)", 1.0)
        yield proxy


def test_a_freeze_that_is_killed_is_continued_and_restored(url: str, slow: Proxy, tmp_path: Path) -> None:
    before = running(url)
    # There can be one more: another test starts a schedule and resets it, and the daemon may write its old status back.
    assert len(before) >= 4 * len(LOCATIONS)
    path = tmp_path / "frozen.json"
    with spawn(f"ops automation freeze --save {path} --yes --url {slow.url}") as process:
        wait_until(lambda: running(url) < before, "the first stop")
        process.kill()
    saved = {(each["location_name"], each["name"]) for each in json.loads(path.read_text())["frozen"]}
    assert saved == before
    # Dagster may still be executing the last request of the killed command.
    time.sleep(2)
    left = running(url)
    assert set() < left < before
    frozen = document(ask(slow.url, f"automation freeze --save {path} --yes --json"))
    assert {(each["location_name"], each["name"]) for each in frozen["items"]} == left
    assert all(each["done"] for each in frozen["items"])
    assert running(url) == set()
    # One more time adds nothing and stops nothing.
    assert document(ask(slow.url, f"automation freeze --save {path} --yes --json"))["items"] == []
    with spawn(f"ops automation restore {path} --url {slow.url}") as process:
        wait_until(lambda: running(url) > set(), "the first start")
        process.kill()
    assert document(ask(slow.url, f"automation restore {path} --json"))["count"] == len(before)
    assert running(url) == before
    assert json.loads(path.read_text())["restored_at"]


def test_two_freezes_at_once_lose_nothing(url: str, tmp_path: Path) -> None:
    before = running(url, "-l twin") | running(url, "-l team")
    path = tmp_path / "frozen.json"
    commands = [f"ops automation freeze --save {path} --yes -l {name} --url {url}" for name in ("twin", "team")]
    processes = [spawn(command) for command in commands]
    for process in processes:
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, (out, err)
    assert {(each["location_name"], each["name"]) for each in json.loads(path.read_text())["frozen"]} == before
    assert ask(url, f"automation restore {path}").exit_code == 0
    assert running(url, "-l twin") | running(url, "-l team") == before


def test_a_lost_answer_is_read_back(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    execute = HttpClient.execute

    def lose(self: HttpClient, query: str, *args: Any) -> Any:
        answer = execute(self, query, *args)
        # Of a schedule: a tick of a sensor that ticks each second could set it running again.
        if "OpsStopSchedule" in query:
            error = NoAnswerError("no answer in time")
            error.in_doubt = True
            raise error
        return answer

    monkeypatch.setattr(HttpClient, "execute", lose)
    stopped = document(ask(url, "schedule stop minute_schedule -l team --json"))["items"]
    assert [(each["changed"], each["status"]) for each in stopped] == [(True, "STOPPED")]


def test_a_schedule_ticks_each_minute(url: str) -> None:
    wait_for_tick(url, "schedule", "minute_schedule", "SUCCESS")
    wait_for_tick(url, "schedule", "failing_schedule", "FAILURE")

    # Not at the start of a minute, when the next tick has begun and not ended.
    def last_tick_has_ended() -> bool:
        detail = document(ask(url, "schedule get minute_schedule -l etl --json"))
        tick = detail["last_tick"]
        return (tick["status"], len(tick["run_ids"]), detail["late"]) == ("SUCCESS", 1, False)

    def one_fails() -> bool:
        failing = document(ask(url, "schedule list --failing -l etl --json"))["items"]
        return [each["name"] for each in failing] == ["failing_schedule"]

    wait_until(last_tick_has_ended, "the details of a tick that has ended")
    wait_until(one_fails, "one failing schedule")


def test_what_misses_a_tick_is_late(dagster: LocalDagster, monkeypatch: pytest.MonkeyPatch) -> None:
    assert document(ask(dagster.url, "automation list --late -l etl --json"))["items"] == []
    dagster.stop("daemon", force=True)
    # Ten seconds of grace, not sixty; and the clock of the schedule is two minutes ahead.
    monkeypatch.setattr(schemas, "GRACE", 10.0)
    monkeypatch.setattr(times, "now", lambda: datetime.fromtimestamp(time.time() + 30, timezone.utc))
    late = document(ask(dagster.url, "sensor list --late -l etl --json"))["items"]
    assert {each["name"] for each in late} == {"failing_sensor", "upload_sensor"}
    assert document(ask(dagster.url, "sensor list --late -l etl --status stopped --json"))["items"] == []


def test_a_location_that_breaks_is_named_and_not_frozen(dagster: LocalDagster, tmp_path: Path) -> None:
    """The last test, because it removes a code location."""
    path = tmp_path / "frozen.json"
    assert ask(dagster.url, f"automation freeze --save {path} --yes -l twin").exit_code == 0
    workspace = dagster.home / "workspace.yaml"
    known = json.loads(workspace.read_text())["load_from"]
    broken = [{"python_module": {"module_name": "no_such_module", "location_name": "twin"}}]
    workspace.write_text(json.dumps({"load_from": [known[0], *broken]}))
    dagster.stop("webserver", force=True)
    dagster.start("webserver")
    listed = ask(dagster.url, "automation list --json")
    assert "code location twin does not load" in listed.stderr
    assert "no_such_module" in listed.stderr
    outcome = ask(dagster.url, "schedule start minute_schedule -l twin --json")
    assert (outcome.exit_code, json.loads(outcome.stderr)["code"]) == (5, "CODE_LOCATION_ERROR")
    restored = document(ask(dagster.url, f"automation restore {path} --json"), exit_code=1)
    assert {each["code"] for each in restored["items"]} == {"CODE_LOCATION_ERROR"}
    assert json.loads(path.read_text())["restored_at"] is None
    everything = document(ask(dagster.url, f"automation freeze --save {tmp_path}/all.json --yes --json"), exit_code=1)
    assert all(each["done"] for each in everything["items"])


def test_ops_of_python_lists_them_too(dagster: LocalDagster) -> None:
    page = Ops(connect=lambda settings, observe: HttpClient(Settings(dagster.url))).automation.list(
        schemas.AutomationFilter(types=("SENSOR",))
    )
    assert {item.location_name for item in page.items} == {"etl"}
