"""Runs on a terminal: questions and live views."""

import json

import pytest

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.terminal import Terminal
from dagster_ops_cli_tests.invoke import invoke

pytestmark = pytest.mark.integration


def status_of(dagster: LocalDagster, run_id: str) -> str:
    found: str = json.loads(invoke(f"ops api run get {run_id} --json --url {dagster.url}").stdout)["status"]
    return found


def test_a_change_is_asked_for_and_a_run_is_shown_with_its_steps(dagster: LocalDagster) -> None:
    run_id = json.loads(invoke(f"ops api run launch --job sleepy_job --json --url {dagster.url}").stdout)["id"]
    with Terminal(f"ops api run watch {run_id} --interval 0.5 --url {dagster.url}") as watch:
        watch.read_until("█")
        with Terminal(f"ops api run terminate {run_id} --wait --interval 0.5 --url {dagster.url}") as no:
            no.read_until("Cancel 1 run (1 STARTED)? [y/N]")
            no.type("n\n")
            assert no.wait() == 1
            assert "Nothing changed." in no.screen
        assert status_of(dagster, run_id) == "STARTED"
        with Terminal(f"ops api run terminate {run_id} --wait --interval 0.5 --url {dagster.url}") as yes:
            yes.read_until("[y/N]")
            yes.type("y\n")
            assert yes.wait() == 0
            assert "1 of 1 canceled" in yes.screen
        assert watch.wait() == 1
        assert "■ CANCELED\x1b[0m  sleepy_job  canceled" in watch.screen


def test_statistics_have_bars(dagster: LocalDagster, good_run: str) -> None:
    with Terminal(f"ops api run stats --url {dagster.url}") as stats:
        assert stats.wait() == 0
    assert "█" in stats.screen
    assert "█" not in invoke(f"ops api run stats --url {dagster.url}").stdout


def test_events_have_their_levels_on_a_terminal_alone(dagster: LocalDagster, good_run: str) -> None:
    command = f"ops api run-events get {good_run} --type RUN_ENQUEUED --url {dagster.url}"
    with Terminal(command) as events:
        assert events.wait() == 0
    assert "LEVEL" in events.screen
    assert "INFO\x1b[0m  RUN_ENQUEUED " in events.screen
    assert "LEVEL" not in invoke(command).stdout
