"""Webservers with other settings, and `ops demo`."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.automation import wait_until
from dagster_ops_cli_tests.integration.servers import free_port
from dagster_ops_cli_tests.invoke import execute, invoke, spawn, wait_for_line

pytestmark = pytest.mark.integration


@contextmanager
def another_webserver(dagster: LocalDagster, prefix: str = "", *options: str, **environment: str) -> Iterator[str]:
    """One more webserver on the same Dagster with other options."""
    port = free_port()
    command = [sys.executable, "-m", "dagster_webserver", "-h", "127.0.0.1", "-p", str(port), *options]
    if prefix:
        command += ["--path-prefix", prefix]
    told = dagster.home / f"webserver-{port}.log"
    with told.open("w") as log:
        process = subprocess.Popen(
            [*command, "-w", str(dagster.home / "workspace.yaml")],
            env={**os.environ, **environment, "DAGSTER_HOME": str(dagster.home)},
            cwd=dagster.home,
            stdout=log,
            stderr=log,
            # The code servers that it starts are killed with it.
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}{prefix}"

    def answers() -> bool:
        assert process.poll() is None, f"it has ended: {told.read_text()}"
        return invoke(f"ops api run get 1 --url {url} --timeout 5").exit_code == 3

    try:
        wait_until(answers, "another webserver")
        yield url
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_run_get(dagster: LocalDagster, good_run: str) -> None:
    run = json.loads(invoke(f"ops api run get {good_run} --json --url {dagster.url}").stdout)
    assert (run["id"], run["status"], run["job_name"]) == (good_run, "SUCCESS", "ingestion_job")
    assert run["tags"]["dagster/partition"] == "2024-01-01|NL01497"
    assert run["url"] == f"{dagster.url}/runs/{good_run}"


def test_behind_a_path_prefix_with_a_lower_page_maximum(dagster: LocalDagster, noisy_run: str) -> None:
    whole = invoke(f"ops api run-events get {noisy_run} --all --json --url {dagster.url}").stdout
    prefixed = another_webserver(dagster, "/data/dagster", DAGSTER_UI_EVENT_LOAD_CHUNK_SIZE="250")
    with prefixed as url:
        assert url.endswith("/data/dagster")
        for form in (url, f"{url}/", f"{url}/graphql"):
            assert json.loads(invoke(f"ops api run get {noisy_run} --json --url {form}").stdout)["status"] == "FAILURE"
        assert invoke(f"ops api run-events get {noisy_run} --all --json --url {url}").stdout == whole
        lost = invoke(f"ops api run get {noisy_run} --json --url {url.removesuffix('/data/dagster')}")
        assert (lost.exit_code, json.loads(lost.stderr)["code"]) == (5, "BAD_RESPONSE")


def no_process_is_left(folder: Path) -> None:
    """No command line or environment of a process names the folder. One that was killed takes a moment to end."""

    def names_it(process: Path) -> bool:
        with suppress(OSError):
            return str(folder).encode() in (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        return False

    wait_until(lambda: not any(map(names_it, Path("/proc").glob("[0-9]*"))), "all processes to end", 30)


@pytest.mark.thorough
def test_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    outcome = execute("ops demo", timeout=500)
    assert outcome.exit_code == 0
    assert "$ ops run get" in outcome.stdout
    assert "StationOfflineError: station NL10001" in outcome.stdout
    assert "caused by: KeyError: 'the root cause'" in outcome.stdout
    assert "State: failed" in outcome.stdout
    assert re.search(r"\d FAILURE: StationOfflineError: .*\n  .*2024-01-02\|NL10001", outcome.stdout)
    assert "State: succeeded" in outcome.stdout
    assert [len(re.findall(rf"_job {word}$", outcome.stderr, re.MULTILINE)) for word in ("FAILURE", "SUCCESS")] == [
        2,
        1,
    ]
    assert list(tmp_path.iterdir()) == []
    no_process_is_left(tmp_path)


@pytest.mark.thorough
@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_demo_interrupted_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, exit_code: int
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with spawn("ops demo") as process:
        wait_for_line(process, "Launching")
        time.sleep(1)
        process.send_signal(number)
        err = process.communicate(timeout=240)[1]
    assert process.returncode == exit_code
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
    no_process_is_left(tmp_path)


@pytest.mark.thorough
def test_demo_kept_until_ctrl_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with spawn("ops demo --keep") as process:
        url = wait_for_line(process, "export OPS_URL=").partition("=")[2].strip()
        assert Ops(url=url).client.execute("query OpsGetVersion { version }")["version"]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=240)
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_does_not_start_says_why() -> None:
    broken = LocalDagster("dagster_ops_cli.no_such_module")
    with pytest.raises(Exception, match="no_such_module") as raised, broken:
        pass
    assert raised.value.__class__.__name__ == "ServerFaultError"
    assert not broken.home.exists()
    no_process_is_left(broken.home)
