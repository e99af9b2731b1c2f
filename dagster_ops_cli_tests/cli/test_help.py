"""What help shows, and which command `ops` suggests for the words of other command lines."""

import json
import os
import re
import shlex
from io import StringIO
from itertools import takewhile
from pathlib import Path
from unittest.mock import patch

import click
import pytest

from dagster_ops_cli import __version__
from dagster_ops_cli.cli.api.group import api
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import HEADINGS, Command, Option, summary
from dagster_ops_cli.http.probe import Step
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.reference import REFERENCE, commands, reference
from dagster_ops_cli_tests.schema_answers import INSTALLED, NAME, SchemaDagster

COMMANDS = [(path, command) for path, command in commands() if not path.startswith("ops api ")]
GROUPS = [(path, command) for path, command in COMMANDS if isinstance(command, click.Group)]
LEAVES = [(path, command) for path, command in COMMANDS if not isinstance(command, click.Group)]
EXAMPLES = [line for _, command in COMMANDS if isinstance(command, Command) for line in command.examples]


def help_of(path: str) -> str:
    with patch.dict(os.environ, {"COLUMNS": "80"}):
        outcome = invoke(f"{path.replace('NAME', 'backfill')} --help")
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    return outcome.stdout


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=lambda value: value if isinstance(value, str) else "")
def test_help_fits_80_columns(path: str, command: click.Command) -> None:
    for line in help_of(path).splitlines():
        assert len(line) <= 80
        assert not re.search(r"--[a-z-]+-$", line), "an option is broken at the end of a line"


@pytest.mark.parametrize(("path", "group"), GROUPS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_list_of_commands_shows_whole_sentences(path: str, group: click.Group) -> None:
    ctx = click.Context(group)
    shown = help_of(path)
    sections = getattr(group, "sections", None) or {"": group.list_commands(ctx)}
    for name in (name for names in sections.values() for name in names):
        command = group.get_command(ctx, name)
        assert command
        assert re.search(rf"^  {name} +{re.escape(summary(command))}$", shown, re.MULTILINE), name


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=lambda value: value if isinstance(value, str) else "")
def test_every_option_stands_under_a_heading(path: str, command: click.Command) -> None:
    assert isinstance(command, Command)
    for param in command.params:
        if isinstance(param, click.Option):
            assert isinstance(param, Option), param.name
            assert param.heading in HEADINGS
            assert not (param.help or "").endswith("."), param.name


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=lambda value: value if isinstance(value, str) else "")
def test_options_are_spelled_alike(path: str, command: click.Command) -> None:
    options = {name: param for param in command.params for name in param.opts}
    assert ("--yes" in options) == ("-y" in options)
    assert "-o" not in options or "--organization" in options["-o"].opts
    if path.endswith(" list"):
        assert {"--json", "--jsonl"} <= set(options)


def test_every_command_has_examples() -> None:
    for path, command in LEAVES:
        assert isinstance(command, Command)
        assert 1 <= len(command.examples) <= 3, path
        assert help_of(path).endswith("".join(f"  {line}\n" for line in command.examples)), path


FILES = {
    "backfill.yaml": f"job_name: {NAME}\ntags: {{name: n, partitions: [{{name: a, values: [{NAME}]}}]}}",
    "run.yaml": f"job_name: {NAME}",
    "config.yaml": "ops: {}",
    "maintenance.json": '{"format": "ops automation freeze", "server": "http://localhost:3000", '
    '"frozen_at": 0, "frozen": [], "known": []}',
    "query.graphql": "query ($runId: ID!) { runOrError(runId: $runId) { __typename } }",
}


@pytest.mark.parametrize("line", [line for line in EXAMPLES if not line.startswith("ops demo")])
def test_examples_run(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPS_CONFIG", str(tmp_path / "profiles.yaml"))
    monkeypatch.setenv("TOKEN", "token-of-hooli")
    monkeypatch.setattr("dagster_ops_cli.api.doctor.probe", lambda settings: [Step("connection", True, "is there")])
    for name, text in FILES.items():
        Path(name).write_text(text)
    assert invoke("ops config set staging --url http://localhost:3000").exit_code == 0
    line, _, given = line.partition(" > ")[0].partition(" < ")
    monkeypatch.setattr("sys.stdin", StringIO("acme\n" if given else ""))
    words = shlex.split(line)
    command = " ".join(takewhile(lambda word: re.fullmatch("[a-z-]+", word) and word[0] != "-", words[:3]))
    if "--yes" not in words and "-y, --yes" in help_of(command):
        words.append("--yes")
    assert any(exit_code(words, seed) != 2 for seed in range(10)), invoke(words, dagster(0))


def exit_code(words: list[str], seed: int) -> int:
    outcome = invoke(words, dagster(seed))
    # The hint of a command line that can't be parsed.
    assert "--help" not in outcome.stderr, outcome
    return outcome.exit_code


def dagster(seed: int) -> Ops:
    """A Dagster that gives answers of its schema."""
    answers = SchemaDagster(INSTALLED, seed, most=2, errs=False)
    return Ops(connect=lambda settings, observe: answers, sleep=lambda seconds: None)


def test_ops_alone_and_a_noun_alone_show_help() -> None:
    for path in ("ops", "ops run", "ops api", "ops config"):
        assert (alone := invoke(path)).exit_code == 0
        assert alone.stdout == invoke(f"{path} --help").stdout == invoke(path.replace("ops", "ops help", 1)).stdout


def test_help_of_a_verb_is_that_of_its_option() -> None:
    assert invoke("ops help run list").stdout == invoke("ops run list --help").stdout
    assert "ops run list" in invoke("ops help run list").stdout
    assert invoke("ops help run lst").exit_code == 2
    assert "has no commands" in invoke("ops help version version").stderr


def test_ops_shows_every_noun() -> None:
    shown = help_of("ops")
    for name in api.list_commands(click.Context(api)):
        assert re.search(rf"^  {name} ", shown, re.MULTILINE), name


def test_options_before_the_command_are_told_their_place() -> None:
    for line in ("ops --url http://localhost run list", "ops run --json list"):
        outcome = invoke(line)
        assert outcome.exit_code == 2
        assert "options go after the command" in outcome.stderr


def test_nouns_also_stand_at_the_top() -> None:
    found = dict(commands())
    nouns = {path.removeprefix("ops api "): command for path, command in found.items() if path.startswith("ops api ")}
    assert {"run list", "backfill retry", "job get", "graphql"} <= nouns.keys()
    assert all(found[f"ops {path}"] is command for path, command in nouns.items())


def test_version() -> None:
    assert invoke("ops version").stdout == invoke("ops --version").stdout == f"ops {__version__}\n"


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("ops run ls", "list"),
        ("ops run show 1", "get"),
        ("ops run describe 1", "get"),
        ("ops run status 1", "get"),
        ("ops run rm 1", "delete"),
        ("ops run tail 1", "logs"),
        ("ops run cancel 1", "terminate"),
        ("ops run stop 1", "terminate"),
        ("ops run kill 1", "terminate"),
        ("ops run rerun 1", "reexecute"),
        ("ops run retry 1", "reexecute"),
        ("ops run create", "launch"),
        ("ops run start", "launch"),
        ("ops run run", "launch"),
        ("ops run wait 1", "watch"),
        ("ops run lsit", "list"),
        ("ops run events 1", "ops run-events"),
        ("ops backfill stop 1", "cancel"),
        ("ops backfill rerun 1", "retry"),
        ("ops backfill terminate 1", "cancel"),
        ("ops api runs list", "run"),
        ("ops runs list", "run"),
        ("ops jobs", "job"),
        ("ops backfills", "backfill"),
        ("ops ls", "ops run list"),
        ("ops logs 1", "ops run logs"),
        ("ops why 1", "ops run why"),
        ("ops plan x", "ops backfill plan"),
        ("ops status", "doctor"),
        ("ops login", "config"),
        ("ops config rm a", "remove"),
        ("ops config switch a", "use"),
        ("ops config add a", "set"),
        ("ops config get a", "show"),
        ("ops materialize a", "ops asset materialize"),
    ],
)
def test_habits(line: str, meant: str) -> None:
    outcome = invoke(line)
    assert outcome.exit_code == 2
    assert f"did you mean {meant!r}?" in outcome.stderr


@pytest.mark.parametrize("line", ["run list -o json", "run list -ojson", "run get 1 -o=json", "doctor -o JSON"])
def test_o_is_no_format(line: str) -> None:
    outcome = invoke(f"ops {line}")
    assert outcome.exit_code == 2
    assert "-o is --organization" in outcome.stderr
    assert "--json" in outcome.stderr


@pytest.mark.parametrize("line", ["config list -o json", "run list --output json", "run list --format=json"])
def test_other_options_for_formats_name_json(line: str) -> None:
    outcome = invoke(f"ops {line}")
    assert outcome.exit_code == 2
    assert "use --json for JSON" in outcome.stderr


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("run list --since 1h", "; use --created-after\n"),
        ("run delete --until 30d", "; use --created-before\n"),
        ("run launch nightly", "extra argument (nightly); to name a job, use --job\n"),
        ("run why a b", "extra argument (b)\n"),
        ("run-events foo", "No such command 'foo'; commands: get\n"),
    ],
)
def test_what_a_wrong_word_may_mean(line: str, told: str) -> None:
    outcome = invoke(f"ops {line}")
    assert outcome.exit_code == 2
    assert told in outcome.stderr


def test_help_shows_what_the_environment_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = " ".join(help_of("ops run list").split())
    assert "[unless configured: http://localhost:3000]" in shown
    assert "[unless configured: 60s]" in shown
    monkeypatch.setenv("OPS_URL", "https://user:pass@dagster.example.com")
    monkeypatch.setenv("OPS_TIMEOUT", "5s")
    shown = " ".join(help_of("ops run list").split())
    assert "[OPS_URL: https://***@dagster.example.com]" in shown
    assert "[OPS_TIMEOUT: 5s]" in shown
    assert "unless configured" not in shown


def test_the_reference_is_up_to_date() -> None:
    assert REFERENCE.read_text() == reference(), "run python -m dagster_ops_cli_tests.reference"


LISTS = [f"{path} --job a" if path == "ops partition list" else path for path, _ in LEAVES if path.endswith(" list")]


@pytest.mark.parametrize("line", LISTS)
def test_every_list_counts_its_items_and_prints_them_line_by_line(line: str) -> None:
    for seed in range(3):
        whole = invoke(f"{line} --json", dagster(seed))
        if whole.exit_code == 0:
            page = json.loads(whole.stdout)
            assert (page["count"], "total" in page) == (len(page["items"]), False)
            # Not splitlines: a text in JSON may hold a Unicode line separator.
            lines = invoke(f"{line} --jsonl", dagster(seed)).stdout.split("\n")[:-1]
            assert list(map(json.loads, lines)) == page["items"]
    assert "can't be used together" in invoke(f"{line} --json --jsonl").stderr


@pytest.mark.parametrize("noun", ["schedule", "sensor"])
def test_only_what_is_running_can_be_chosen_because_it_fails_or_is_late(noun: str) -> None:
    for name in ("--failing", "--late"):
        assert name in help_of(f"ops {noun} stop")
        assert name in help_of(f"ops {noun} reset")
        assert name not in help_of(f"ops {noun} start")
        assert f"No such option '{name}'" in invoke(f"ops {noun} start {name}").stderr
