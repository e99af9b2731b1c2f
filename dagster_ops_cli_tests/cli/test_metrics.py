"""`ops metrics`: where the text goes, and what happens if Dagster does not answer."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.errors import OpsError, UnauthorizedError, UnreachableError
from dagster_ops_cli_tests.api.test_metrics import dagster
from dagster_ops_cli_tests.fake_dagster import FakeDagster
from dagster_ops_cli_tests.invoke import Outcome, invoke


def ask(fake: FakeDagster, *words: str) -> Outcome:
    return invoke(["metrics", *words], Ops(connect=lambda settings, observe: fake))


def failing(error: OpsError) -> FakeDagster:
    def fail(operation: str, variables: dict[str, Any]) -> None:
        raise error

    return FakeDagster(before=fail)


def values(text: str) -> dict[str, float]:
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {each.name: each.value for each in samples}


def test_the_file_is_replaced_and_everybody_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "dagster.prom"
    path.write_text("old")
    before = path.stat().st_ino
    umask = os.umask(0o077)
    try:
        outcome = ask(dagster(), "--output", str(path))
    finally:
        os.umask(umask)
    assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (0, "", "")
    assert values(path.read_text())["ops_up"] == 1
    assert path.read_text().endswith("\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert path.stat().st_ino != before, "a reader of the old file reads it to its end"
    assert [each.name for each in tmp_path.iterdir()] == ["dagster.prom"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "real.prom", tmp_path / "link.prom"
    link.symlink_to(path)
    assert ask(dagster(), "--output", str(link)).exit_code == 0
    assert link.is_symlink()
    assert values(path.read_text())["ops_up"] == 1


def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # Open for both, it has a reader and never ends.
    reader = os.open(pipe, os.O_RDWR)
    try:
        assert ask(dagster(), "--output", str(pipe)).exit_code == 0
        assert stat.S_ISFIFO(pipe.stat().st_mode)
        assert values(os.read(reader, 1 << 16).decode())["ops_up"] == 1
    finally:
        os.close(reader)


def test_the_longest_name_and_a_link_to_itself_are_written(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path in (tmp_path / ("漢" * 85), loop):
        assert ask(dagster(), "--output", str(path)).exit_code == 0
        assert values(path.read_text())["ops_up"] == 1


def test_json_goes_into_the_file_too(tmp_path: Path) -> None:
    path = tmp_path / "dagster.json"
    assert ask(dagster(), "--output", str(path), "--json").stdout == ""
    assert json.loads(path.read_text())["up"] is True


@pytest.mark.parametrize(
    ("error", "exit_code", "code"),
    [(UnreachableError("refused"), 5, "UNREACHABLE"), (UnauthorizedError("no token"), 4, "UNAUTHORIZED")],
)
def test_a_dagster_that_does_not_answer_is_down(tmp_path: Path, error: OpsError, exit_code: int, code: str) -> None:
    path = tmp_path / "dagster.prom"
    path.write_text("ops_up 1.0\nops_queue_runs 7.0\n")
    filed = ask(failing(error), "--output", str(path))
    assert (filed.exit_code, filed.stdout) == (exit_code, "")
    assert "ops_queue_runs" not in path.read_text()
    assert (values(path.read_text())["ops_up"], f'code="{code}"' in path.read_text()) == (0, True)
    printed = ask(failing(error))
    assert (printed.exit_code, values(printed.stdout)["ops_up"]) == (exit_code, 0)
    told = ask(failing(error), "--json")
    assert (told.exit_code, json.loads(told.stdout)["up"]) == (exit_code, False)
    assert json.loads(told.stderr)["code"] == code


def test_a_missing_part_is_a_warning(tmp_path: Path) -> None:
    fake = dagster()

    def fail(_: Any) -> dict[str, Any]:
        raise UnreachableError("gone")

    fake.answers["OpsListAllPools"] = fail
    outcome = ask(fake)
    assert outcome.exit_code == 0
    assert outcome.stderr == "Warning: pools could not be read: gone\n"
    assert values(outcome.stdout)["ops_scrape_faults"] == 1


def test_a_folder_that_is_not_writable_is_refused_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root, who may run the tests, may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    fake = dagster()
    outcome = ask(fake, "--output", str(tmp_path / "x.prom"))
    assert (outcome.exit_code, "not writable" in outcome.stderr, fake.asked) == (2, True, [])


@pytest.mark.parametrize("path", ["missing/x.prom", "."])
def test_a_path_that_can_not_be_written_is_refused_first(tmp_path: Path, path: str) -> None:
    fake = dagster()
    outcome = ask(fake, "--output", str(tmp_path / path), "--json")
    assert (outcome.exit_code, json.loads(outcome.stderr)["code"]) == (2, "INVALID_REQUEST")
    assert not fake.asked


def test_a_hyphen_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = ask(dagster(), "--output", "-")
    assert (outcome.exit_code, list(tmp_path.iterdir())) == (2, [])


def test_a_disk_that_is_full_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "dagster.prom"
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    outcome = ask(dagster(), "--output", str(path))
    assert (outcome.exit_code, path.read_text()) == (1, "old")
    assert "No space left on device" in outcome.stderr
    lost = ask(failing(UnreachableError("refused")), "--output", str(path))
    assert (lost.exit_code, path.read_text()) == (5, "old")
    assert lost.stderr == f"Warning: can't write {path}: No space left on device\nError: refused\n"
    assert [each.name for each in tmp_path.iterdir()] == ["dagster.prom"]


@pytest.mark.parametrize("label", ["env", "1=x", "__name=x", "status=x", "a-b=x"])
def test_labels_that_prometheus_would_refuse(label: str) -> None:
    assert ask(dagster(), "--label", label).exit_code == 2


def test_a_label_can_not_be_given_twice() -> None:
    assert ask(dagster(), "--label", "env=a", "--label", "env=b").exit_code == 2


def test_a_future_time_is_refused() -> None:
    fake = dagster()
    outcome = ask(fake, "--since", "9000-01-01")
    assert (outcome.exit_code, outcome.stderr, fake.asked) == (2, "Error: --since must lie in the past\n", [])
