"""Arguments and options: empty texts, closed sets of names, and - for standard input."""

import io
from collections.abc import Sequence
from typing import Any

import click
import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import command_line
from dagster_ops_cli.cli.params import Names
from dagster_ops_cli.cli.root import root
from dagster_ops_cli_tests.cli.test_ids import ONE, TWO, dagster, run_on
from dagster_ops_cli_tests.fake_dagster import FakeDagster
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.reference import commands

# Texts that may be empty, or of which more is checked than that.
MAY_BE_EMPTY = {"description", "cursor", "config_json", "variables", "labels", "query"}
# The settings check what names a server or a profile, and the registry what names a script.
CHECKED = {"url", "profile", "organization", "deployment", "api_token", "header", "header_command"} | {
    *("ca_bundle", "client_cert", "client_key", "api_token_env", "name", "names")
}
# The names of closed sets of which exactly one is meant.
ONE_OF = {"severity", "shell"}


def parsed(line: str) -> dict[str, Any]:
    """Return the parameters of a command line as the command gets them."""
    ctx, words = click.Context(root, info_name="ops"), line.split()
    while isinstance(ctx.command, click.Group):
        name, command, words = ctx.command.resolve_command(ctx, words)
        assert command
        if not isinstance(command, click.Group):
            return command.make_context(name, words, parent=ctx).params
        ctx = click.Context(command, parent=ctx, info_name=name)
    raise AssertionError(line)


def test_the_choices_of_a_missing_argument_stand_in_its_line() -> None:
    outcome = invoke("ops completion")
    assert outcome.exit_code == 2
    assert outcome.stderr.startswith("Error: Missing argument '{bash|zsh|fish}'. Choose from: bash, zsh, fish\n")


COMMANDS = [each for each in commands() if not each[0].startswith("ops api")]


@pytest.mark.parametrize(("path", "command"), COMMANDS)
def test_a_text_that_names_something_is_not_empty(path: str, command: click.Command) -> None:
    texts = {str(param.name) for param in command.params if param.type is click.STRING}
    assert texts <= MAY_BE_EMPTY | CHECKED, path


@pytest.mark.parametrize(("path", "command"), COMMANDS)
def test_closed_sets_take_commas_repeats_and_any_case(path: str, command: click.Command) -> None:
    for param in command.params:
        if isinstance(param.type, click.Choice):
            assert param.name in ONE_OF or path == "ops config set"
        if isinstance(param.type, Names):
            assert isinstance(param, click.Option)
            assert param.multiple


@pytest.mark.parametrize(
    ("options", "status", "types"),
    [
        ("", None, ("SCHEDULE", "SENSOR")),
        ("--status Running --type sensor", "RUNNING", ("SENSOR",)),
        ("--status running,STOPPED", None, ("SCHEDULE", "SENSOR")),
        ("--status running --status stopped", None, ("SCHEDULE", "SENSOR")),
        ("--type sensor,schedule", None, ("SCHEDULE", "SENSOR")),
        ("--type sensor --type schedule", None, ("SCHEDULE", "SENSOR")),
    ],
)
def test_automation_of_several_statuses_and_types(options: str, status: str | None, types: tuple[str, ...]) -> None:
    params = parsed(f"automation list {options}")
    assert (params["status"], params["types"]) == (status, types)


def test_a_wrong_status_of_automation_names_the_nearest() -> None:
    outcome = invoke("ops schedule list --status runing")
    assert (outcome.exit_code, "did you mean running?" in outcome.stderr) == (2, True)


def test_latest_of_an_empty_job_is_not_the_latest_of_all() -> None:
    known = dagster()
    outcome = run_on(known, "ops run get @latest --job ''")
    assert (outcome.exit_code, known.asked) == (2, [])


@pytest.mark.parametrize("text", [f"{ONE}\n", f"\n {ONE}\r\n", "@failed", "abcdef01"])
def test_the_id_of_one_run_may_come_from_standard_input(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = dagster()
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    run_on(known, "ops run get - --json")
    assert known.asked[-1] == ("OpsGetRun", {"runId": ONE})


@pytest.mark.parametrize(("text", "count"), [("", 0), (f"{ONE}\n{TWO}\n", 2)])
@pytest.mark.parametrize("command", ["run get", "run timeline", "backfill get", "run-events get"])
def test_one_id_is_one_line(command: str, text: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    known = FakeDagster()
    outcome = run_on(known, f"ops {command} -")
    assert (outcome.exit_code, known.asked) == (2, [])
    assert f"standard input must have one line, not {count}" in outcome.stderr


KEYS = ("asset health", "asset materialize", "asset wipe", "asset-check list", "asset-check run")


@pytest.mark.parametrize("command", KEYS)
def test_keys_may_come_from_standard_input(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("raw/orders\n\nraw/prices\n"))
    assert parsed(f"{command} first -")["asset_keys"] == ["first", "raw/orders", "raw/prices"]


PARTITIONS = (
    *("asset events k", "asset report-materialization k", "asset report-observation k", "asset wipe k"),
    *("asset materialize k", "run launch --job j", "asset-check report k c"),
)


@pytest.mark.parametrize("command", PARTITIONS)
def test_partitions_may_come_from_standard_input(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("2024-01-01|a, b\n2024-01-02\n"))
    params = parsed(f"{command} --partition -")
    assert params.get("partition", params.get("partitions")) == ["2024-01-01|a, b", "2024-01-02"]


@pytest.mark.parametrize(
    "command", [*(f"{each} -" for each in KEYS), *(f"{each} --partition -" for each in PARTITIONS)]
)
def test_an_empty_standard_input_does_not_mean_everything(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(" \n"))
    known = FakeDagster()
    outcome = invoke(f"ops {command}", Ops(connect=lambda settings, observe: known))
    assert (outcome.exit_code, known.asked) == (2, [])
    assert "there is nothing on standard input" in outcome.stderr


def test_standard_input_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("raw/orders\n"))
    outcome = invoke("ops asset wipe - --partition - --yes")
    assert outcome.exit_code == 2
    assert "- can be used only once" in outcome.stderr


@pytest.mark.parametrize("words", [["a", "b c"], []])
def test_a_command_with_several_keys_can_be_typed_again(words: Sequence[str]) -> None:
    group = root.get_command(click.Context(root), "asset-check")
    assert isinstance(group, click.Group)
    command = group.get_command(click.Context(group), "list")
    assert command
    parent = click.Context(group, parent=click.Context(root, info_name="ops"), info_name="asset-check")
    ctx = command.make_context("list", [*words, "--limit", "1"], parent=parent)
    quoted = ["'b c'" if each == "b c" else each for each in words]
    assert command_line(ctx, cursor="x") == " ".join(["ops asset-check list", *quoted, "--limit 1 --cursor x"])
