"""The file of a freeze: complete before the first stop, added to, restored."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dagster_ops_cli.api.automation.freeze import mark_restored, read_frozen, save_frozen
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.errors import NotFoundError
from dagster_ops_cli_tests.api.automation.fake import FakeAutomation
from dagster_ops_cli_tests.invoke import Outcome, invoke

A, B, C = (("here", name) for name in "abc")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "frozen.json"


def run(client: FakeAutomation, line: str) -> Outcome:
    return invoke(f"ops automation {line}", Ops(connect=lambda settings, observe: client, sleep=lambda seconds: None))


def names(path: Path, key: str = "frozen") -> list[str]:
    return [each["name"] for each in json.loads(path.read_text())[key]]


def test_the_file_is_complete_before_the_first_stop(path: Path) -> None:
    client = FakeAutomation(sensors={A: "RUNNING", B: "STOPPED"}, schedules={C: "RUNNING"})
    seen: list[list[str]] = []

    def before(operation: str, given: Mapping[str, Any]) -> None:
        if operation.startswith("OpsStop"):
            seen.append(names(path))

    client.before = before
    assert run(client, f"freeze --save {path} --yes").exit_code == 0
    assert seen == [["c", "a"], ["c", "a"]]
    assert names(path, "known") == ["c", "a", "b"]
    assert {*client.sensors.values(), *client.schedules.values()} == {"STOPPED"}
    assert [each.name for each in path.parent.iterdir()] == ["frozen.json"]


def test_repeating_only_adds(path: Path) -> None:
    client = FakeAutomation(sensors={A: "RUNNING", B: "STOPPED"})
    run(client, f"freeze --save {path} --yes")
    client.sensors[B] = "RUNNING"
    run(client, f"freeze --save {path} --yes")
    assert names(path) == ["a", "b"]
    restored = run(client, f"restore {path}")
    assert (restored.exit_code, client.sensors) == (0, {A: "RUNNING", B: "RUNNING"})
    # After a restore, the next freeze starts the file afresh.
    client.sensors[A] = "STOPPED"
    run(client, f"freeze --save {path} --yes")
    assert names(path) == ["b"]


def test_a_filter_chooses_what_is_frozen(path: Path) -> None:
    client = FakeAutomation(sensors={A: "RUNNING", ("there", "b"): "RUNNING"}, schedules={C: "RUNNING"})
    assert run(client, f"freeze --save {path} --yes --location here --type sensor").exit_code == 0
    assert names(path) == ["a"]
    assert (client.sensors, client.schedules) == ({A: "STOPPED", ("there", "b"): "RUNNING"}, {C: "RUNNING"})


def test_a_location_that_does_not_load_is_named(path: Path) -> None:
    client = FakeAutomation(sensors={A: "RUNNING"}, broken=("there",))
    outcome = run(client, f"freeze --save {path} --yes")
    assert (outcome.exit_code, client.sensors) == (1, {A: "STOPPED"})
    assert "code location there does not load" in outcome.stderr
    assert run(client, f"freeze --save {path} --yes --location here").exit_code == 0


def test_what_could_not_be_read_at_the_freeze_has_not_appeared_since(path: Path) -> None:
    client = FakeAutomation(sensors={A: "RUNNING", ("there", "b"): "RUNNING"}, broken=("there", "third"))
    outcome = run(client, f"freeze --save {path} --yes")
    assert "nothing in code location third was stopped; freeze again once it loads" in outcome.stderr
    client.broken = ()
    client.sensors["third", "c"] = "RUNNING"
    run(client, f"freeze --save {path} --yes --location third")
    client.sensors["here", "new"] = "RUNNING"
    outcome = run(client, f"restore {path} --json")
    assert outcome.exit_code == 0
    assert [each["name"] for each in json.loads(outcome.stdout)["appeared"]] == ["new"]


def test_what_could_not_be_read_is_named_at_the_restore(path: Path) -> None:
    client = FakeAutomation(sensors={A: "RUNNING", ("there", "b"): "RUNNING"}, broken=("there",))
    run(client, f"freeze --save {path} --yes")
    client.broken = ()
    outcome = run(client, f"restore {path} --json")
    assert (outcome.exit_code, json.loads(outcome.stdout)["appeared"]) == (0, [])
    assert "sensor b (there) could not be looked up at the freeze; it is RUNNING" in outcome.stderr


def test_a_second_restore_names_what_it_starts_again(path: Path) -> None:
    client = FakeAutomation(sensors={A: "RUNNING", B: "RUNNING"})
    run(client, f"freeze --save {path} --yes")
    assert "was restored" not in run(client, f"restore {path}").stderr
    assert "was restored" not in run(client, f"restore {path}").stderr
    client.sensors[A] = "STOPPED"
    for option in ("--dry-run", ""):
        told = run(client, f"restore {path} {option}").stderr
        assert f"{path} was restored at " in told
        assert "Stopped since, and started again: sensor a (here)" in told
    assert client.sensors == {A: "RUNNING", B: "RUNNING"}


def test_what_runs_on_is_named(path: Path) -> None:
    client = FakeAutomation(sensors={A: "RUNNING"}, clobbered=99)
    outcome = run(client, f"freeze --save {path} --yes")
    assert outcome.exit_code == 1
    assert "still RUNNING" in outcome.stdout


def test_what_has_vanished_and_appeared_is_named(path: Path) -> None:
    client = FakeAutomation(sensors={A: "RUNNING", B: "RUNNING"}, schedules={("there", "c"): "RUNNING"})
    run(client, f"freeze --save {path} --yes")
    del client.sensors[A]
    client.sensors["here", "new"] = "RUNNING"
    client.schedules.clear()
    client.broken = ("there",)
    outcome = run(client, f"restore {path} --json")
    assert outcome.exit_code == 1
    report = json.loads(outcome.stdout)
    assert {each["name"]: each["code"] for each in report["items"]} == {
        "a": "SENSOR_NOT_FOUND",
        "b": None,
        "c": "CODE_LOCATION_ERROR",
    }
    assert [each["name"] for each in report["appeared"]] == ["new"]
    assert "sensor new (here) has appeared since the freeze; it is RUNNING" in outcome.stderr
    # Its location may load again later.
    assert read_frozen(path).restored_at is None
    client.broken, client.schedules = (), {("there", "c"): "STOPPED"}
    assert run(client, f"restore {path}").exit_code == 1
    assert client.schedules == {("there", "c"): "RUNNING"}
    assert read_frozen(path).restored_at


@pytest.mark.parametrize("breaks_at", ["OpsStartSensor", "OpsListAutomation"])
def test_what_is_in_a_location_that_breaks_meanwhile_is_not_restored(path: Path, breaks_at: str) -> None:
    """Dagster does not find a sensor of such a location."""
    client = FakeAutomation(sensors={A: "RUNNING"})
    run(client, f"freeze --save {path} --yes")
    asked: list[str] = []

    def before(operation: str, given: Mapping[str, Any]) -> None:
        if "OpsStartSensor" in [*asked, operation] and operation == breaks_at:
            client.broken = ("here",)
            if operation == "OpsStartSensor":
                raise NotFoundError("Could not find sensor a", code="SENSOR_NOT_FOUND")
        asked.append(operation)

    client.before = before
    outcome = run(client, f"restore {path} --json")
    (item,) = json.loads(outcome.stdout)["items"]
    assert (outcome.exit_code, item["code"], item["error"]) == (
        1,
        "CODE_LOCATION_ERROR",
        "its code location does not load",
    )
    assert read_frozen(path).restored_at is None


def test_a_restore_starts_nothing_else(path: Path) -> None:
    client = FakeAutomation(sensors={A: "RUNNING", B: "STOPPED"})
    run(client, f"freeze --save {path} --yes")
    assert run(client, f"restore {path} --dry-run").exit_code == 0
    assert client.sensors == {A: "STOPPED", B: "STOPPED"}
    assert run(client, f"restore {path}").exit_code == 0
    assert client.sensors == {A: "RUNNING", B: "STOPPED"}
    asked = len(client.asked)
    assert run(client, f"restore {path}").exit_code == 0
    assert "OpsStartSensor" not in client.asked[asked:]


def test_the_file_of_another_dagster_is_refused(path: Path) -> None:
    client = FakeAutomation(sensors={A: "RUNNING"})
    run(client, f"freeze --save {path} --yes")
    client.url = "http://elsewhere:3000"
    for line in (f"freeze --save {path} --yes", f"restore {path}"):
        outcome = run(client, line)
        assert outcome.exit_code == 2
        assert "http://localhost:3000" in outcome.stderr
    assert run(client, f"restore {path} --yes").exit_code == 0


def test_a_file_that_was_added_to_meanwhile_is_not_restored(path: Path) -> None:
    client = FakeAutomation(sensors={A: "RUNNING"})
    run(client, f"freeze --save {path} --yes")
    frozen = read_frozen(path)
    client.sensors[B] = "RUNNING"
    run(client, f"freeze --save {path} --yes")
    mark_restored(path, frozen)
    assert read_frozen(path).restored_at is None


def test_nothing_that_runs_is_a_file_too(path: Path) -> None:
    client = FakeAutomation(sensors={A: "STOPPED"})
    save_frozen(path, client, [])
    assert (names(path), names(path, "known")) == ([], ["a"])
    outcome = run(client, f"restore {path}")
    assert (outcome.exit_code, outcome.stdout) == (0, "Nothing to do\n")
