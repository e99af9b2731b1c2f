"""Reports are written whenever a command ends, however it ends."""

import html
import io
import json
import os
import stat
import threading
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from junitparser import JUnitXml
from syrupy.assertion import SnapshotAssertion

from dagster_ops_cli.cli import reporting
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.main import run
from dagster_ops_cli.errors import UnreachableError
from dagster_ops_cli_tests.cli.api.test_backfill import Desk
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.model_dagster import DAILY_JOB
from dagster_ops_cli_tests.replay import RECORDINGS, Scenario, ops_of, replayed, scenarios
from dagster_ops_cli_tests.secret_scan import TOKEN

BAD_DAY = "2024-01-02"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(tmp_path, monkeypatch, days=4, fails={BAD_DAY})
    desk.write("backfill")
    return desk


@pytest.fixture
def junit(tmp_path: Path) -> Path:
    return tmp_path / "reports" / "junit.xml"


def states(path: Path) -> dict[str, str]:
    """Return the result of each case of a JUnit file."""
    (suite,) = JUnitXml.fromfile(str(path))
    return {case.name: type(case.result[0]).__name__ if case.result else "Success" for case in suite}


@pytest.mark.parametrize("strategy", ["backfill", "runs"])
@pytest.mark.parametrize("command", ["api backfill launch FILE --wait", "script backfill FILE"])
def test_a_launch_that_fails_has_a_report_of_all_partitions(
    desk: Desk, junit: Path, command: str, strategy: str
) -> None:
    desk.write(strategy)
    outcome = desk.run(f"{command} --report junit={junit} --report html={junit}.html --report markdown={junit}.md")
    assert outcome.exit_code == 1
    assert states(junit) == {
        "2024-01-01": "Success",
        BAD_DAY: "Failure",
        "2024-01-03": "Success",
        "2024-01-04": "Success",
    }
    assert f"{BAD_DAY} did not go well" in junit.read_text()
    for ending in ("html", "md"):
        assert "1 failed, 3 succeeded" in Path(f"{junit}.{ending}").read_text()
    assert {path.name for path in junit.parent.iterdir()} == {"junit.xml", "junit.xml.html", "junit.xml.md"}


def test_a_report_changes_nothing_of_the_answer(desk: Desk, junit: Path) -> None:
    backfill_id = desk.launched()
    for verb in ("get", "watch"):
        command = f"api backfill {verb} {backfill_id} --json"
        plain, reported = desk.run(command), desk.run(f"{command} --report junit={junit}")
        assert (plain.exit_code, plain.stdout, plain.stderr) == (
            reported.exit_code,
            reported.stdout,
            reported.stderr,
        )
        assert states(junit)[BAD_DAY] == "Failure"
        junit.unlink()


def test_a_retry_has_a_report_of_its_own_partitions(desk: Desk, junit: Path) -> None:
    backfill_id = desk.launched()
    desk.fails = set()
    assert desk.run(f"api backfill retry {backfill_id} --wait --report junit={junit}").exit_code == 0
    assert states(junit) == {BAD_DAY: "Success"}


def test_a_file_that_was_retried_has_a_report_of_all_its_partitions(desk: Desk, junit: Path) -> None:
    backfill_id = desk.launched()
    desk.fails = set()
    desk.run(f"api backfill retry {backfill_id} --wait")
    assert desk.run(f"script backfill FILE --report junit={junit}").exit_code == 0
    assert list(states(junit).values()) == ["Success"] * 4


def test_a_dry_run_has_a_report_of_the_plan(desk: Desk, junit: Path) -> None:
    assert desk.run(f"api backfill launch FILE --dry-run --report junit={junit}").exit_code == 0
    assert desk.dagster.runs == {}
    assert set(states(junit).values()) == {"Skipped"}


@pytest.mark.parametrize("json", ["", " --json"])
def test_an_interrupt_leaves_a_report(desk: Desk, junit: Path, json: str) -> None:
    desk.holds = True
    backfill_id = desk.launched()
    for _ in range(3):
        desk.sleep(1)

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    desk.sleep = interrupted  # type: ignore[method-assign]
    outcome = desk.run(f"api backfill watch {backfill_id} --report junit={junit}{json}")
    assert outcome.exit_code == 130
    found = states(junit)
    assert found.pop("ops") == "Error"
    assert found == dict.fromkeys(desk.dagster.keys_of(DAILY_JOB), "Skipped")
    assert "Interrupted; the backfill is still running" in junit.read_text()


def test_an_interrupt_while_dagster_is_asked_leaves_what_is_known(
    desk: Desk, junit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.holds = True
    backfill_id = desk.launched()
    execute, known = desk.dagster.execute, []
    answered = threading.Event()

    def interrupted(seconds: float) -> None:
        # From now on, Dagster takes longer than anybody waits.
        monkeypatch.setattr(desk.dagster, "execute", lambda *args: answered.wait(60) and execute(*args))
        raise KeyboardInterrupt

    monkeypatch.setattr(desk, "sleep", interrupted)
    monkeypatch.setattr(reporting, "_AFTER_INTERRUPT", 0.01)
    outcome = desk.run(f"api backfill watch {backfill_id} --report junit={junit}")
    answered.set()
    known = list(states(junit))
    assert outcome.exit_code == 130
    assert known == ["ops"]
    assert "counts" in junit.read_text()


def test_a_wait_timeout_leaves_a_report(desk: Desk, junit: Path) -> None:
    desk.holds = True
    outcome = desk.run(f"api backfill launch FILE --wait-timeout 0.001s --report junit={junit}")
    assert outcome.exit_code in (2, 6)
    outcome = desk.run(f"api backfill launch FILE --wait-timeout 1s --interval 2s --report junit={junit}")
    assert outcome.exit_code == 6
    assert states(junit)["ops"] == "Error"
    assert "gave up waiting" in junit.read_text()


def test_losing_dagster_leaves_what_is_known(desk: Desk, junit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.holds = True
    backfill_id = desk.launched()

    def lose(seconds: float) -> None:
        def refuse(*args: object) -> None:
            raise UnreachableError("nobody listens", passing=False)

        monkeypatch.setattr(desk.dagster, "execute", refuse)

    monkeypatch.setattr(desk, "sleep", lose)
    outcome = desk.run(f"api backfill watch {backfill_id} --report junit={junit}")
    assert outcome.exit_code == 5
    assert states(junit) == {"ops": "Error"}
    assert "nobody listens" in junit.read_text()
    assert "4 not started" in junit.read_text() or "4 unfinished" in junit.read_text()


def test_a_bad_file_has_a_report(desk: Desk, junit: Path) -> None:
    desk.file.write_text("job_name: x\nsurprise: 1\n")
    outcome = desk.run(f"script backfill FILE --report junit={junit}")
    assert outcome.exit_code == 2
    assert states(junit) == {"ops": "Error"}
    assert "surprise" in junit.read_text()


@pytest.mark.parametrize(
    ("reports", "said"),
    [
        ("xml=a", "'xml' is not a report format; choose junit=PATH, markdown=PATH, html=PATH or none"),
        ("junit", "junit needs the path of a file: junit=PATH"),
        ("junit=", "junit needs the path of a file: junit=PATH"),
        ("junit=-", "junit needs the path of a file: junit=PATH"),
        ("junit=FOLDER", "can't write the report FOLDER: it is a folder"),
        ("junit=FOLDER/daily.yaml/x.xml", "can't write the report FOLDER/daily.yaml/x.xml: "),
        ("junit=FOLDER/loop", "can't write the report FOLDER/loop: Too many levels of symbolic links"),
        (f"junit=FOLDER/{'x' * 256}", "File name too long"),
        ("junit=FOLDER/x html=FOLDER/../FOLDER_NAME/x", "two reports can't be written to "),
    ],
)
def test_bad_input_is_refused_before_anything_is_launched(desk: Desk, reports: str, said: str) -> None:
    def placed(text: str) -> str:
        return text.replace("FOLDER_NAME", desk.folder.name).replace("FOLDER", str(desk.folder))

    (desk.folder / "loop").symlink_to("loop")
    options = " ".join(f"--report {placed(each)}" for each in reports.split())
    outcome = desk.run(f"api backfill launch FILE {options}")
    assert outcome.exit_code == 2
    assert placed(said) in outcome.stderr
    assert desk.dagster.runs == {}
    assert desk.dagster.backfills == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused(desk: Desk) -> None:
    folder = desk.folder / "locked"
    folder.mkdir(mode=0o500)
    assert desk.run(f"api backfill launch FILE --report junit={folder}/x").exit_code == 2
    assert desk.dagster.backfills == {}


def test_a_file_is_replaced_whole_and_a_link_is_followed(desk: Desk, junit: Path) -> None:
    junit.parent.mkdir()
    junit.write_text("old")
    before = junit.stat().st_ino
    (junit.parent / "link").symlink_to(junit)
    desk.run(f"api backfill launch FILE --wait --report junit={junit.parent}/link")
    assert (junit.parent / "link").is_symlink()
    assert junit.stat().st_ino != before
    assert stat.S_IMODE(junit.stat().st_mode) == 0o666 & ~_umask()
    assert states(junit)[BAD_DAY] == "Failure"


def test_a_file_that_exists_keeps_its_mode(desk: Desk, junit: Path) -> None:
    junit.parent.mkdir()
    junit.touch(mode=0o600)
    desk.run(f"api backfill launch FILE --wait --report junit={junit}")
    assert states(junit)[BAD_DAY] == "Failure"
    assert stat.S_IMODE(junit.stat().st_mode) == 0o600


def test_the_longest_name_is_written(desk: Desk) -> None:
    path = desk.folder / ("漢" * 85)
    desk.run(f"api backfill launch FILE --wait --report junit={path}")
    assert states(path)[BAD_DAY] == "Failure"


def test_a_report_goes_into_a_pipe_without_an_early_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.dagster, "keys_of", lambda job: [BAD_DAY])
    reader, writer = os.pipe()
    named = desk.folder / "pipe"
    os.mkfifo(named)
    read: list[str] = []
    thread = threading.Thread(target=lambda: read.append(named.read_text()), daemon=True)
    thread.start()
    try:
        assert desk.run(f"script backfill FILE --report junit=/dev/fd/{writer} --report html={named}").exit_code == 1
        assert f"{BAD_DAY} did not go well" in os.read(reader, 1 << 16).decode()
    finally:
        os.close(reader)
        os.close(writer)
    thread.join(60)
    assert read
    assert read[0].endswith("</html>")


def test_a_report_in_a_log_of_github_contains_no_commands(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.dagster, "keys_of", lambda job: ["::stop-commands::x"])
    desk.fails = {"::stop-commands::x"}
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    desk.file.write_text(f"{desk.file.read_text()}run_config: {{'::set-output': 1}}\n")
    reader, writer = os.pipe()
    try:
        desk.run(f"script backfill FILE --report markdown=/dev/fd/{writer}")
        text = os.read(reader, 1 << 16).decode()
    finally:
        os.close(reader)
        os.close(writer)
    assert "set-output" in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]


def test_the_job_summary_is_no_other_report(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = desk.folder / "summary.md"
    monkeypatch.setenv(reporting.SUMMARY, str(summary))
    command = f"api backfill launch FILE --wait --report markdown={desk.folder}/../{desk.folder.name}/summary.md"
    refused = desk.run(command)
    assert (refused.exit_code, desk.dagster.backfills) == (2, {})
    assert "it is the job summary (GITHUB_STEP_SUMMARY)" in refused.stderr
    assert desk.run(f"{command} --report none").exit_code == 1
    assert summary.read_text().count("\n- Target: ") == 1


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_report_that_can_no_longer_be_written_is_told(
    desk: Desk, junit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reporting, "replace_file", full)
    desk.fails = set()
    outcome = desk.run(f"api backfill launch FILE --wait --report junit={junit} --json")
    assert outcome.exit_code == 1
    assert json.loads(outcome.stderr.splitlines()[-1])["code"] == "OUTPUT_FAILED"
    desk.fails = {BAD_DAY}
    outcome = desk.run(f"api backfill launch FILE --again --wait --report junit={junit}")
    assert outcome.exit_code == 1
    assert f"Warning: can't write the report {junit}: No space left on device" in outcome.stderr


def test_secrets_of_the_settings_and_of_the_file_are_masked(
    desk: Desk, junit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = desk.file.read_text()
    desk.file.write_text(f"{text}run_config:\n  ops: {{fetch: {{config: {{password: opensesame, city: Delft}}}}}}\n")
    # The partition that fails has a secret for its name.
    monkeypatch.setattr(desk.dagster, "keys_of", lambda job: ["2024-01-01", TOKEN])
    desk.fails = {TOKEN}
    command = f"script backfill {desk.file} --header X-Token:{TOKEN} --report html={junit} --report markdown={junit}.md"
    # Not through invoke(), which refuses an answer with a secret: what Dagster calls a partition is shown there.
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        assert run(command.split(), Ops(connect=lambda *_: desk.dagster, sleep=desk.sleep)) == 1
    for path in (junit, Path(f"{junit}.md")):
        text = path.read_text()
        assert "Delft" in text
        assert "opensesame" not in text
        assert TOKEN not in text
        assert "*** did not go well" in html.unescape(text)


def test_ten_thousand_partitions_cost_few_requests(desk: Desk, junit: Path) -> None:
    desk.dagster.days = 10_000
    desk.fails = {key for number, key in enumerate(desk.dagster.keys_of(DAILY_JOB)) if number % 10 == 0}
    backfill_id = desk.launched()
    counts = []
    for options in ("", f" --report junit={junit} --report html={junit}.html"):
        desk.dagster.asked.clear()
        desk.run(f"api backfill get {backfill_id}{options}")
        counts.append(desk.dagster.asked.total())
    assert counts[1] - counts[0] <= 20
    assert len(states(junit)) == 10_000
    assert list(states(junit).values()).count("Failure") == 1000


class TestGitHub:
    """With GITHUB_STEP_SUMMARY, commands that wait append to the job summary."""

    @pytest.fixture
    def summary(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        path = tmp_path / "summary.md"
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
        return path

    @pytest.mark.parametrize("command", ["script backfill FILE", "api backfill launch FILE --wait"])
    def test_is_appended_without_asking(self, desk: Desk, summary: Path, command: str) -> None:
        summary.write_text("before\n")
        outcome = desk.run(f"{command} --json")
        assert outcome.exit_code == 1
        text = summary.read_text()
        assert text.startswith("before\n## ❌ Backfill &#35;1: failed\n")
        assert "1 failed, 3 succeeded" in text
        errors = [line for line in outcome.stderr.splitlines() if line.startswith("::error")]
        assert len(errors) == 1
        assert errors[0].startswith(f"::error title={BAD_DAY}::{BAD_DAY} did not go well (http")

    def test_lines_for_github_come_before_the_error(self, desk: Desk, summary: Path) -> None:
        desk.file.write_text("surprise: 1\n")
        *_, command, error = desk.run("script backfill FILE --json").stderr.splitlines()
        assert command.startswith("::error title=")
        assert "surprise" in json.loads(error)["error"]

    @pytest.mark.parametrize(
        "command",
        ["api backfill launch FILE", "api backfill launch FILE --dry-run", "script backfill FILE --report none"],
    )
    def test_others_leave_it_alone(self, desk: Desk, summary: Path, command: str) -> None:
        assert "::error" not in desk.run(command).stderr
        assert not summary.exists()

    def test_get_leaves_it_alone(self, desk: Desk, summary: Path) -> None:
        backfill_id = desk.launched()
        summary.unlink()
        desk.run(f"api backfill get {backfill_id}")
        assert not summary.exists()

    def test_a_summary_that_is_full_is_left_alone(self, desk: Desk, summary: Path) -> None:
        summary.write_text("x" * (1 << 20))
        outcome = desk.run("script backfill FILE")
        assert summary.stat().st_size == 1 << 20
        assert "The job summary is full" in outcome.stderr

    def test_a_summary_that_cant_be_written_is_a_warning(self, desk: Desk, summary: Path) -> None:
        summary.mkdir()
        outcome = desk.run("script backfill FILE")
        assert outcome.exit_code == 1
        assert "Warning: can't write the job summary: " in outcome.stderr


@pytest.mark.parametrize(
    "scenario",
    [each for each in scenarios() if "--report junit=/dev/null" in each.template],
    ids=lambda scenario: f"{scenario.noun}-{scenario.name}",
)
def test_the_report_of_a_recorded_command(
    scenario: Scenario, snapshot: SnapshotAssertion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(RECORDINGS.parent)
    command = scenario.command.replace("/dev/null", str(tmp_path / "junit.xml"))
    with replayed(scenario.turns) as client:
        invoke(command, ops_of(scenario, client))
    assert (tmp_path / "junit.xml").read_text() == snapshot
