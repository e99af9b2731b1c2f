"""The questions and dry runs of the commands that change backfills."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.root import root
from dagster_ops_cli.errors import UnauthorizedError
from dagster_ops_cli_tests.cli.test_confirm import Keyboard
from dagster_ops_cli_tests.invoke import Outcome, invoke
from dagster_ops_cli_tests.model_dagster import DAILY_JOB, ModelDagster


class Client(ModelDagster):
    """The model as a client."""

    url = "http://localhost:3000"


@dataclass
class Desk:
    """A Dagster, a file, and a user at a terminal or none. While a command waits, all runs end as ``fails`` says."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    days: int = 60
    fails: set[str] = field(default_factory=set)
    holds: bool = False
    now: float = 1_800_000_000.0

    def __post_init__(self) -> None:
        self.dagster = Client(lambda: self.now, self.days)
        self.file = self.folder / "daily.yaml"
        self.write("runs")

    def write(self, strategy: str) -> None:
        limit = "max_concurrent: 200\n" if strategy == "runs" else ""
        self.file.write_text(
            f"job_name: {DAILY_JOB}\nstrategy: {strategy}\n{limit}tags: {{name: '#1', partitions: [{{values: all}}]}}\n"
        )

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.dagster.tick()
        for run in [] if self.holds else self.dagster.unfinished():
            self.dagster.start(run)
            self.dagster.end(run, "FAILURE" if run.partition in self.fails else "SUCCESS")

    def run(self, command: str, typed: str | None = None) -> Outcome:
        """Run a command: on a terminal where something is ``typed``."""
        with self.monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", Keyboard(typed or ""))
            # The session first: importing it takes the function from confirm.
            patch.setattr("dagster_ops_cli.cli.session.can_ask", lambda: typed is not None)
            patch.setattr("dagster_ops_cli.cli.confirm.can_ask", lambda: typed is not None)
            ops = Ops(connect=lambda settings, observe: self.dagster, sleep=self.sleep)
            return invoke(["ops", *command.replace("FILE", str(self.file)).split()], ops)

    def launched(self) -> str:
        """Launch the file, and return the id; the runs end unless they are held."""
        outcome = self.run(f"api backfill launch FILE --json {'' if self.holds else '--wait'}")
        found: str = json.loads(outcome.stdout)["id"]
        return found


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


@pytest.mark.parametrize("command", ["api backfill launch FILE --wait", "script backfill FILE"])
def test_a_launch_of_more_than_fifty_runs_asks_on_a_terminal(desk: Desk, command: str) -> None:
    asked = desk.run(command, "n\n")
    assert (asked.exit_code, asked.stdout, desk.dagster.runs) == (1, "", {})
    assert asked.stderr.splitlines() == [
        "Server: http://localhost:3000",
        "Name: #1",
        f"Job: {DAILY_JOB}",
        "Location: here.py",
        "Partitions: 60",
        *(f"  2024-01-0{day}" for day in range(1, 6)),
        "  and 55 more",
        "Launch 60 runs? [y/N] Nothing changed.",
    ]
    assert desk.run(command, "y\n").exit_code == 0
    assert len(desk.dagster.runs) == 60


@pytest.mark.parametrize("command", ["api backfill launch FILE", "script backfill FILE"])
def test_a_launch_asks_neither_in_a_pipe_nor_after_yes(desk: Desk, command: str, tmp_path: Path) -> None:
    assert desk.run(command).exit_code == 0
    assert len(desk.dagster.runs) == 60
    other = Desk(tmp_path, desk.monkeypatch)
    assert "[y/N]" not in other.run(f"{command} -y", "").stderr
    assert len(other.dagster.runs) == 60


def test_a_launch_of_fifty_runs_does_not_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, monkeypatch, days=50)
    assert desk.run("api backfill launch FILE", "").exit_code == 0
    assert len(desk.dagster.runs) == 50


def test_a_profile_says_above_how_many_runs_to_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_CONFIG", str(tmp_path / "config.yaml"))
    assert invoke("ops config set staging --url http://localhost:1 --confirm-above 3").exit_code == 0
    assert "confirm_above  3 " in invoke("ops config show").stdout
    desk = Desk(tmp_path, monkeypatch, days=4)
    asked = desk.run("api backfill launch FILE", "n\n")
    assert "Server: staging (http://localhost:1)\n" in asked.stderr
    assert "Launch 4 runs? [y/N]" in asked.stderr
    assert desk.run("api backfill launch FILE --url http://localhost:1", "").exit_code == 0
    text = (tmp_path / "config.yaml").read_text()
    (tmp_path / "config.yaml").write_text(text.replace("'3'", "few"))
    wrong = invoke("ops config show")
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        "Error: profile staging: confirm_above is not a whole number: 'few'\n",
    )


def test_a_dry_run_of_a_file_that_was_launched_says_that_nothing_would_be_launched(desk: Desk) -> None:
    before = desk.run("api backfill launch FILE --dry-run --json")
    assert (json.loads(before.stdout)["to_launch"], before.stderr) == (60, "")
    launched = desk.launched()
    told = f"Nothing would be launched: this file was launched before as {launched}.\n"
    after = desk.run("script backfill FILE --dry-run --json")
    document = json.loads(after.stdout)
    assert (after.exit_code, after.stderr) == (0, told)
    assert (document["existing_id"], document["to_launch"], document["total"]) == (launched, 0, 60)
    assert "Would launch: nothing\n" in desk.run("api backfill plan FILE").stdout
    again = desk.run("api backfill launch FILE --dry-run --again --json")
    assert (json.loads(again.stdout)["to_launch"], again.stderr) == (60, "")
    assert len(desk.dagster.runs) == 60


def test_a_launch_that_lacks_runs_says_what_it_would_continue_and_asks(desk: Desk) -> None:
    desk.launched()
    runs = list(desk.dagster.runs.values())
    for run in runs[8:]:
        desk.dagster.delete(run)
    launched = runs[0].tags["ops/launch"]
    for options in ("", " --again"):
        dry = desk.run(f"api backfill launch FILE --dry-run{options}")
        assert dry.stderr == f"Would continue {launched}, launching 52 missing partitions.\n"
        assert "Would launch: 52 missing partitions\n" in dry.stdout
        asked = desk.run(f"api backfill launch FILE{options}", "n\n")
        assert asked.exit_code == 1
        assert f"Continue {launched}: launch the 52 missing runs? [y/N] Nothing changed." in asked.stderr
    assert len(desk.dagster.runs) == 8
    assert desk.run("api backfill launch FILE --wait", "y\n").exit_code == 0
    assert len(desk.dagster.runs) == 60


def test_a_retry_shows_what_it_launches_and_asks_above_fifty(desk: Desk) -> None:
    desk.fails = set(desk.dagster.keys_of(DAILY_JOB)[3:])
    launched = desk.launched()
    dry = desk.run(f"api backfill retry {launched} --dry-run --json")
    document = json.loads(dry.stdout)
    assert (dry.exit_code, dry.stderr) == (0, "Would launch 57 partitions again, as attempt 2.\n")
    assert (document["partitions"][0], document["total"], document["existing_id"]) == ("2024-01-04", 57, None)
    asked = desk.run(f"api backfill retry {launched}", "n\n")
    assert asked.exit_code == 1
    assert "Partitions: 60 (57 FAILURE, 3 SUCCESS)\n  2024-01-04\n" in asked.stderr
    assert asked.stderr.endswith("  and 52 more\nRetry 57 partitions? [y/N] Nothing changed.\n")
    assert len(desk.dagster.runs) == 60
    # In a pipe, there is no question.
    assert desk.run(f"api backfill retry {launched} --wait").exit_code == 1
    assert len(desk.dagster.runs) == 117
    dry = desk.run(f"api backfill retry {launched} --dry-run")
    assert dry.stderr.startswith(f"Nothing would be launched: {launched} was retried before as ")
    assert "Would launch: nothing\n" in dry.stdout


def test_a_cancel_shows_what_still_runs(desk: Desk) -> None:
    desk.write("backfill")
    desk.holds = True
    launched = desk.launched()
    desk.sleep(60)
    for run in desk.dagster.unfinished():
        desk.dagster.start(run)
    dry = desk.run(f"api backfill cancel {launched} --dry-run")
    assert (dry.exit_code, desk.dagster.asked["OpsCancelBackfill"]) == (0, 0)
    assert dry.stderr == "Would cancel 25 unfinished runs.\n35 partitions would not be launched.\n"
    asked = desk.run(f"api backfill cancel {launched}", "n\n")
    assert (asked.exit_code, desk.dagster.asked["OpsCancelBackfill"]) == (1, 0)
    assert "Partitions: 60 (35 NOT_STARTED, 25 STARTED)\n" in asked.stderr
    assert asked.stderr.count(" STARTED\n") == 5
    assert asked.stderr.endswith(f"  and 20 more\nCancel backfill {launched}? [y/N] Nothing changed.\n")
    assert desk.run(f"api backfill cancel {launched}").stderr == "Error: Confirmation required; pass --yes\n"
    assert desk.run(f"api backfill cancel {launched} -y").exit_code == 0
    assert desk.dagster.asked["OpsCancelBackfill"] == 1
    desk.holds = False
    desk.sleep(60)
    desk.sleep(60)
    # It has ended: there is nothing to ask.
    assert desk.run(f"api backfill cancel {launched}", "").exit_code == 7
    dry = desk.run(f"api backfill resume {launched} --dry-run")
    assert dry.stderr == "Would launch 35 missing runs.\n"
    asked = desk.run(f"api backfill resume {launched}", "n\n")
    assert (asked.exit_code, desk.dagster.asked["OpsResumeBackfill"]) == (1, 0)
    assert asked.stderr.endswith("launch 35 missing runs? [y/N] Nothing changed.\n")
    assert desk.run(f"api backfill resume {launched}").exit_code == 0


def test_next_steps_come_last_with_the_connection_options(desk: Desk) -> None:
    desk.fails = set(desk.dagster.keys_of(DAILY_JOB)[:2])
    launched = desk.launched()
    run_id = next(iter(desk.dagster.runs))
    steps = [
        f"Why it failed: ops run why {run_id} --url http://elsewhere",
        f"To retry: ops backfill retry {launched} --url http://elsewhere",
    ]
    for command in (f"get {launched}", f"watch {launched}", "launch FILE"):
        assert desk.run(f"api backfill {command} --url http://elsewhere").stdout.splitlines()[-2:] == steps
    assert desk.run(f"api backfill watch {launched} --json --url http://elsewhere").stderr.splitlines()[-2:] == steps


def commands(command: click.Command, words: str) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield words, command
        return
    ctx = click.Context(command)
    for name in command.list_commands(ctx):
        below: Any = command.get_command(ctx, name)
        yield from commands(below, f"{words} {name}")


def test_yes_has_its_short_form_everywhere() -> None:
    flags = {words: {opt for param in each.params for opt in param.opts} for words, each in commands(root, "ops")}
    assert [words for words, opts in flags.items() if "--yes" in opts and "-y" not in opts] == []
    for verb in ("launch", "retry", "cancel", "resume"):
        assert {"-y", "--yes", "--dry-run"} <= flags[f"ops api backfill {verb}"]


@pytest.mark.parametrize("command", ["api backfill launch FILE --wait", "script backfill FILE"])
def test_an_error_while_waiting_names_what_was_launched(desk: Desk, command: str) -> None:
    desk.holds = True
    desk.write("backfill")

    def lose(seconds: float) -> None:
        def refuse(*args: object) -> None:
            raise UnauthorizedError("the token has expired")

        desk.monkeypatch.setattr(desk.dagster, "execute", refuse)

    desk.monkeypatch.setattr(desk, "sleep", lose)
    outcome = desk.run(f"{command} --json")
    assert outcome.exit_code == 4
    assert json.loads(outcome.stderr.splitlines()[-1]) == {
        "error": "the token has expired",
        "code": "UNAUTHORIZED",
        "status_code": 401,
        "backfill_id": next(iter(desk.dagster.backfills)),
    }
