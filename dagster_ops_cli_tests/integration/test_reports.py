"""Reports on a real Dagster: of a failed backfill of 3 x 60 partitions, and of a run whose step failed."""

import json
import re
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest
from junitparser import JUnitXml
from xmlschema import XMLSchema

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.invoke import Outcome, execute, invoke, spawn, wait_for_line

pytestmark = [pytest.mark.integration, pytest.mark.thorough]

SCHEMA = XMLSchema(Path(__file__).parent.parent / "reports" / "junit.xsd")
FILE = """
job_name: stations_job
strategy: runs
max_concurrent: 30
tags:
  name: NAME
  partitions:
    - {name: day, values: all}
    - {name: station, values: all}
run_config: {ops: {work: {config: {retries: 2}}}}
"""


def write(instant: LocalDagster, name: str) -> Path:
    """Write a file into the folder in which the launcher looks for how the runs of a backfill end."""
    folder = instant.home / name
    folder.mkdir()
    path: Path = folder / "backfill.yaml"
    path.write_text(FILE.replace("NAME", name))
    return path


def results(path: Path) -> dict[str, int]:
    """Return how many cases of a JUnit file have each result."""
    SCHEMA.validate(path.read_text())
    (suite,) = JUnitXml.fromfile(str(path))
    names = [type(case.result[0]).__name__ if case.result else "Success" for case in suite]
    return {name: names.count(name) for name in sorted(set(names))}


@pytest.fixture(scope="module")
def failed(instant: LocalDagster, tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Mapping[str, Path]]:
    """What a launch said of which a third failed, and its reports."""
    file = write(instant, "failed_reports")
    (file.parent / "fail").write_text("\n".join(f"d{day:02}|c" for day in range(60)))
    folder = tmp_path_factory.mktemp("reports")
    files = {name: folder / name for name in ("junit", "html", "markdown")}
    options = " ".join(f"--report {name}={path}" for name, path in files.items())
    return invoke(f"ops script backfill {file} --url {instant.url} --interval 1s {options} --json"), files


def test_a_failed_backfill_has_all_reports(failed: tuple[Outcome, Mapping[str, Path]]) -> None:
    outcome, files = failed
    assert outcome.exit_code == 1
    assert json.loads(outcome.stdout)["counts"] == {"FAILURE": 60, "SUCCESS": 120}
    assert results(files["junit"]) == {"Failure": 60, "Success": 120}
    page = files["html"].read_text()
    assert page.count('<rect class="failed"') == 60
    assert "retries: 2" in page
    assert files["markdown"].read_text().startswith("## ❌ Backfill failed&#95;reports: failed")


def test_github_gets_a_summary_and_lines(
    instant: LocalDagster,
    failed: tuple[Outcome, Mapping[str, Path]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backfill_id = json.loads(failed[0].stdout)["id"]
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    outcome = execute(f"ops backfill watch {backfill_id} --url {instant.url}")
    assert outcome.exit_code == 1
    assert "60 failed, 120 succeeded" in summary.read_text()
    assert len(re.findall(r"^::error title=d\d\d\|c::", outcome.stderr, re.MULTILINE)) == 10
    assert summary.stat().st_size < 1 << 20


def test_a_command_that_is_stopped_leaves_a_report(instant: LocalDagster, tmp_path: Path) -> None:
    file = write(instant, "stopped_reports")
    (file.parent / "hold").touch()
    junit = tmp_path / "junit.xml"
    with spawn(f"ops script backfill {file} --url {instant.url} --interval 1s --report junit={junit}") as ops:
        wait_for_line(ops, "STARTED")
        ops.send_signal(signal.SIGTERM)
        ops.communicate(timeout=300)
    assert ops.returncode == 143
    # How many partitions it has depends on how fast Dagster answers.
    assert results(junit)["Error"] == 1
    assert "Interrupted" in junit.read_text()


def test_a_failed_run_has_a_case_for_each_step(dagster: LocalDagster, surveys: list[str], tmp_path: Path) -> None:
    for run_id in surveys:
        junit = tmp_path / "junit.xml"
        assert invoke(f"ops run get {run_id} --url {dagster.url} --report junit={junit}").exit_code == 0
        assert results(junit) == {"Failure": 1, "Skipped": 2, "Success": 1}
        for part in ("CalibrationError: ", "caused by ZeroDivisionError: division by zero", "Last lines of stderr:"):
            assert part in junit.read_text()


def test_several_runs_have_a_case_each(
    dagster: LocalDagster, good_run: str, surveys: list[str], tmp_path: Path
) -> None:
    junit = tmp_path / "junit.xml"
    ids = " ".join([good_run, *surveys])
    assert invoke(f"ops run watch {ids} --url {dagster.url} --report junit={junit}").exit_code == 1
    assert results(junit) == {"Failure": 2, "Success": 1}
    text = junit.read_text()
    assert 'classname="ingestion_job"' in text
    # The log of a step is read also where many runs are.
    assert "Last lines of stderr:" in text
