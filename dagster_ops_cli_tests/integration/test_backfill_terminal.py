"""Backfills on a terminal: the questions before many runs are launched or canceled."""

import json
from pathlib import Path

import pytest

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.raw import runs_of
from dagster_ops_cli_tests.integration.terminal import Terminal
from dagster_ops_cli_tests.invoke import execute

pytestmark = pytest.mark.integration


def test_many_runs_are_launched_canceled_and_retried_only_after_a_yes(
    instant: LocalDagster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPS_CONFIG", str(tmp_path / "config.yaml"))
    assert execute(f"ops config set local --url {instant.url} --confirm-above 9").exit_code == 0
    file = tmp_path / "many.yaml"
    file.write_text(
        "job_name: many_job\nstrategy: runs\nmax_concurrent: 10\n"
        "tags: {name: many, partitions: [{start: p000, end: p009}]}\n"
    )
    (instant.home / "many").mkdir()
    (instant.home / "many" / "hold").touch()
    launch = f"ops api backfill launch {file}"
    with Terminal(launch) as no:
        no.read_until("Launch 10 runs? [y/N]")
        no.type("n\n")
        assert no.wait() == 1
    assert "Partitions: 10\r\n  p000\r\n  p001\r\n" in no.screen
    assert "Server: local (" in no.screen
    assert "Nothing changed." in no.screen
    assert runs_of(instant.url, {"ops/backfill": "many"}) == []
    with Terminal(launch) as yes:
        yes.read_until("[y/N]")
        yes.type("y\n")
        assert yes.wait() == 0
    runs = runs_of(instant.url, {"ops/backfill": "many"})
    assert len(runs) == 10
    launched = runs[0]["tags"]["ops/launch"]

    dry = execute(f"ops api backfill cancel {launched} --dry-run --json")
    assert json.loads(dry.stdout)["state"] == "running"
    assert dry.stderr == "Would cancel 10 unfinished runs.\n"
    with Terminal(f"ops api backfill cancel {launched} --wait") as cancel:
        cancel.read_until(f"Cancel backfill {launched}? [y/N]")
        assert "Partitions: 10 (10 STARTED)" in cancel.screen
        assert "and 5 more" in cancel.screen
        cancel.type("y\n")
        assert cancel.wait() == 0
    assert "10 CANCELED\r\n  p000, p001, p002, p003, p004 and 5 more\r\n" in cancel.screen
    assert "STEP_FAILURE" not in cancel.screen
    with Terminal(f"ops api backfill retry {launched}") as retry:
        retry.read_until("Retry 10 partitions? [y/N]")
        retry.type("\n")
        assert retry.wait() == 1
    assert len(runs_of(instant.url, {"ops/backfill": "many"})) == 10
