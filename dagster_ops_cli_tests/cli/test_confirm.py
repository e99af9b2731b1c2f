"""Asking before something is changed."""

import io
import sys
from pathlib import Path

import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli_tests.api.test_pool import Pools
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run
from dagster_ops_cli_tests.integration.terminal import Terminal
from dagster_ops_cli_tests.invoke import Outcome, execute, invoke


class Keyboard(io.StringIO):
    """What a user types at a terminal."""

    def isatty(self) -> bool:
        return True


def asked(dagster: FakeDagster, command: str, typed: str, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """Run a command as if on a terminal."""
    monkeypatch.setattr(sys, "stdin", Keyboard(typed))
    for module in ("confirm", "api.pool.changes"):
        monkeypatch.setattr(f"dagster_ops_cli.cli.{module}.can_ask", lambda: True)
    return invoke(command, Ops(connect=lambda settings, observe: dagster))


def test_a_question_shows_server_counts_and_the_first_five(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [fake_run(f"run-{number}", "FAILURE" if number % 2 else "SUCCESS") for number in range(7)]
    outcome = asked(FakeDagster.of(*runs), "ops api run delete --all --json", "n\n", monkeypatch)
    assert (outcome.exit_code, outcome.stdout) == (1, "")
    lines = outcome.stderr.splitlines()
    assert lines[0] == "Server: http://localhost:3000"
    assert [line.split()[0] for line in lines[2:7]] == [f"run-{number}" for number in range(6, 1, -1)]
    assert lines[7] == "  and 2 more"
    assert lines[8] == "Delete 7 runs (4 SUCCESS, 3 FAILURE)? [y/N] Nothing changed."


@pytest.mark.parametrize("typed", ["", "\n", "no\n", "what\nN\n"])
def test_whatever_is_not_yes_means_no(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dagster = FakeDagster.of(fake_run("run"))
    outcome = asked(dagster, "ops api run delete run", typed, monkeypatch)
    assert outcome.exit_code == 1
    assert outcome.stderr.endswith("Nothing changed.\n")
    assert list(dagster.runs) == ["run"]


def test_ctrl_c_at_a_question_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_CONFIG", str(tmp_path / "config.yaml"))
    assert invoke("ops config set a --url http://localhost:1").exit_code == 0
    with Terminal("ops config remove a") as terminal:
        terminal.read_until("[y/N]")
        terminal.type("\x03")
        assert terminal.wait() == 130
    assert "Interrupted; nothing changed" in terminal.screen
    assert "profiles:\n  a:" in (tmp_path / "config.yaml").read_text()


@pytest.mark.parametrize("command", ["run delete x", "run terminate --all", "backfill cancel x"])
def test_where_nobody_can_be_asked_nothing_is_even_looked_up(command: str) -> None:
    outcome = execute(f"ops api {command} --url http://127.0.0.1:9")
    assert (outcome.exit_code, outcome.stderr) == (2, "Error: Confirmation required; pass --yes\n")


def test_a_question_that_cannot_be_seen_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Keyboard("y\n"))
    # stderr is no terminal.
    outcome = invoke("ops api run delete x --url http://127.0.0.1:9")
    assert (outcome.exit_code, outcome.stderr) == (2, "Error: Confirmation required; pass --yes\n")


def test_the_limit_of_a_pool_is_shown_before_it_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    pools = Pools({"database": 5}, {})
    outcome = asked(pools, "ops api pool set database 7", "n\n", monkeypatch)
    assert "Current limit: 5\nSet the limit of database to 7? [y/N] Nothing changed.\n" in outcome.stderr
    assert (outcome.exit_code, pools.mutations) == (1, [])
