"""Reports on a real Dagster: of a failed backfill of 3 x 60 partitions, and of a run whose step failed."""

import json
import re
import signal
from pathlib import Path

import pytest
from junitparser import JUnitXml
from xmlschema import XMLSchema

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.invoke import execute, invoke, spawn, wait_for_line

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


@pytest.fixture
def folder(instant: LocalDagster, request: pytest.FixtureRequest) -> Path:
    """The folder in which the launcher looks for how the runs of a test end."""
    path: Path = instant.home / request.node.name
    path.mkdir()
    return path


def write(folder: Path) -> Path:
    path = folder / "backfill.yaml"
    path.write_text(FILE.replace("NAME", folder.name))
    return path


def results(path: Path) -> dict[str, int]:
    """Return how many cases of a JUnit file have each result."""
    SCHEMA.validate(path.read_text())
    (suite,) = JUnitXml.fromfile(str(path))
    names = [type(case.result[0]).__name__ if case.result else "Success" for case in suite]
    return {name: names.count(name) for name in sorted(set(names))}


def test_a_failed_backfill_has_all_reports(instant: LocalDagster, folder: Path, tmp_path: Path) -> None:
    (folder / "fail").write_text("\n".join(f"d{day:02}|c" for day in range(60)))
    files = {"junit": tmp_path / "junit.xml", "html": tmp_path / "report.html", "markdown": tmp_path / "report.md"}
    options = " ".join(f"--report {name}={path}" for name, path in files.items())
    outcome = invoke(f"ops script backfill {write(folder)} --url {instant.url} --interval 1s {options} --json")
    assert outcome.exit_code == 1
    assert json.loads(outcome.stdout)["counts"] == {"FAILURE": 60, "SUCCESS": 120}
    assert results(files["junit"]) == {"Failure": 60, "Success": 120}
    page = files["html"].read_text()
    assert page.count('<rect class="failed"') == 60
    assert "retries: 2" in page
    assert files["markdown"].read_text().startswith(f"## ❌ Backfill {folder.name.replace('_', '&#95;')}: failed")


def test_a_command_that_is_stopped_leaves_a_report(instant: LocalDagster, folder: Path, tmp_path: Path) -> None:
    (folder / "hold").touch()
    junit = tmp_path / "junit.xml"
    with spawn(f"ops script backfill {write(folder)} --url {instant.url} --interval 1s --report junit={junit}") as ops:
        wait_for_line(ops, "STARTED")
        ops.send_signal(signal.SIGTERM)
        ops.communicate(timeout=120)
    assert ops.returncode == 143
    found = results(junit)
    assert (found["Error"], found["Skipped"]) == (1, 180)


def test_github_gets_a_summary_and_lines(
    instant: LocalDagster, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "fail").write_text("\n".join(f"d{day:02}|c" for day in range(60)))
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    outcome = execute(f"ops script backfill {write(folder)} --url {instant.url} --interval 1s")
    assert outcome.exit_code == 1
    assert "60 failed, 120 succeeded" in summary.read_text()
    assert len(re.findall(r"^::error title=d\d\d\|c::", outcome.stderr, re.MULTILINE)) == 10
    assert summary.stat().st_size < 1 << 20


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
