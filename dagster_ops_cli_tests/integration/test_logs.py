"""`ops api run logs` on what real steps wrote."""

import subprocess
from pathlib import Path

import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster
from dagster_ops_cli_tests.invoke import OPS

pytestmark = pytest.mark.integration


def _run(ops: Ops, job: str, **config: object) -> str:
    run_config = {"ops": {"talk": {"config": config}}} if config else None
    return ops.runs.launch(LOCATION, REPOSITORY, job, None, run_config).id


def _finish(ops: Ops, *run_ids: str) -> None:
    for _ in ops.runs.watch(run_ids, interval=0.3):
        pass


def _logs(ops: Ops, run_id: str, *options: str) -> tuple[bytes, str]:
    args = [*OPS, "api", "run", "logs", run_id, "--url", ops.url or "", *options]
    done = subprocess.run(args, capture_output=True, timeout=240, check=True)
    return done.stdout, done.stderr.decode()


def _files(dagster: LocalDagster, run_id: str, ending: str) -> list[bytes]:
    return [path.read_bytes() for path in Path(dagster.home, "storage", run_id, "compute_logs").glob(f"*.{ending}")]


def test_bytes_come_as_they_are(dagster: LocalDagster, ops: Ops, surveys: list[str]) -> None:
    out, _ = _logs(ops, surveys[0], "--stdout")
    assert [out] == _files(dagster, surveys[0], "out")
    assert b"\xc3\xa9\x1b[31m" in out
    err, _ = _logs(ops, surveys[0], "--stderr")
    assert [err] == _files(dagster, surveys[0], "err")


def test_bytes_that_are_no_text_come_as_they_are(dagster: LocalDagster, ops: Ops) -> None:
    run = _run(ops, "bytes_job")
    _finish(ops, run)
    out, told = _logs(ops, run, "--stdout")
    assert [out] == _files(dagster, run, "out")
    assert b"\xff\x00\xfe no text\ncaf\xe9\n\xef\xbf\xbd\n\xf0\x9f" in out
    assert told == "==> speak_in_bytes: stdout <==\n"


def test_each_process_has_its_own(dagster: LocalDagster, ops: Ops, surveys: list[str]) -> None:
    out, told = _logs(ops, surveys[1])
    assert len(out) == sum(map(len, _files(dagster, surveys[1], "out") + _files(dagster, surveys[1], "err")))
    assert "==> measure: stdout <==\n" in told
    assert "==> calibrate, attempt 2: stderr <==\n" in told
    out, _ = _logs(ops, surveys[1], "--step", "CALIBRATE", "--stdout")
    assert [line.split(b":")[0] for line in out.splitlines()] == [b"attempt 0", b"attempt 1"]


def test_a_steps_part_is_cut_out(ops: Ops, surveys: list[str]) -> None:
    err, told = _logs(ops, surveys[0], "--step", "calibrate", "--stderr")
    assert b"stderr of attempt 0\n" in err
    assert b"stderr of attempt 1\n" in err
    assert b"a warning of measure" not in err
    assert "showing the whole file" not in told
    out, told = _logs(ops, surveys[0], "--step", "measure", "--stdout")
    assert b"attempt 1" in out
    assert "showing the whole file" in told
    last, _ = _logs(ops, surveys[0], "--stdout", "--tail", "1")
    assert last == out.splitlines(keepends=True)[-1]


def test_a_step_that_did_not_run(ops: Ops, surveys: list[str]) -> None:
    out, told = _logs(ops, surveys[1], "--step", "file_report")
    assert out == b""
    assert told.startswith("No captured output of step 'file_report'")
