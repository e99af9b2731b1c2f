"""``ops commands``: every command once, as click knows it."""

import json
from functools import cache
from typing import Any

import click
import pytest

from dagster_ops_cli.cli.help import Option
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.scripts.script import Outcome, Script
from dagster_ops_cli.settings import sources
from dagster_ops_cli_tests.answers import find_command
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.reference import commands


@cache
def described() -> dict[str, dict[str, Any]]:
    outcome = invoke("ops commands --json")
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    return {each["path"]: each for each in json.loads(outcome.stdout)["items"]}


def option(command: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (each for each in command["options"] if name in each["names"])
    return dict(found)


def test_every_command_is_there_once() -> None:
    paths = [path for path, command in commands() if not isinstance(command, click.Group)]
    known = described()
    # The scripts stand for NAME.
    ours = {path for path in known if path not in {"ops script backfill", "ops script launch", "ops script pools"}}
    assert ours | {"ops script NAME"} == {path for path in paths if not path.startswith("ops api ")}
    aliases = [alias for each in known.values() for alias in each["aliases"]]
    assert sorted(aliases) == sorted(path for path in paths if path.startswith("ops api "))
    assert known["ops run list"]["aliases"] == ["ops api run list"]


def test_what_is_said_of_a_command() -> None:
    known = described()
    launch = known["ops run launch"]
    assert launch["usage"] == "ops run launch [OPTIONS]"
    assert launch["summary"] == "Launch one run of a job or of assets"
    assert launch["help"].startswith("Launch one run of a job or of assets.\n\nPartitioned jobs")
    assert launch["examples"][0].startswith("ops run launch --job ingestion_job")
    assert option(launch, "-j") == {
        "names": ["--job", "-j"],
        "section": "Target",
        "help": "Job to run",
        "type": "text",
        "choices": [],
        "open_choices": False,
        "default": None,
        "required": False,
        "repeatable": False,
        "environment": [],
    }
    assert option(launch, "--wait")["type"] == "flag"
    assert option(launch, "--interval")["default"] == 2.0
    assert option(launch, "--asset-key")["repeatable"]
    assert option(launch, "--url")["environment"] == ["OPS_URL", "DAGSTER_URL"]
    assert option(known["ops automation freeze"], "--save")["required"]
    assert option(known["ops asset materialize"], "--without-checks")["names"] == ["--with-checks", "--without-checks"]
    assert option(known["ops asset-check report"], "--severity")["choices"] == ["ERROR", "WARN"]
    status, kind = option(known["ops run list"], "--status"), option(known["ops run-events get"], "--type")
    assert "FAILURE" in status["choices"]
    assert (status["open_choices"], kind["open_choices"]) == (False, True)
    assert known["ops asset wipe"]["arguments"] == [
        {"name": "KEY... | -", "type": "text", "required": True, "repeatable": True}
    ]


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("ops run get", False),
        ("ops run watch", False),
        ("ops run launch", True),
        ("ops run delete", True),
        ("ops backfill plan", False),
        ("ops asset report-materialization", True),
        ("ops sensor preview", False),
        ("ops script pools", True),
        ("ops script list", False),
        ("ops graphql", None),
        ("ops config set", False),
    ],
)
def test_whether_a_command_may_change_something(path: str, changes: bool | None) -> None:
    assert described()[path]["changes_dagster"] is changes


def test_a_command_that_asks_before_it_changes_something_may_change_it() -> None:
    for path, each in described().items():
        names = {name for param in each["options"] for name in param["names"]}
        if {"--url", "--yes"} <= names:
            assert each["changes_dagster"], path


def test_scripts_of_other_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    greet = Script("greet", "Greet somebody.", Model, lambda config, ops: Outcome(Model()))
    monkeypatch.setattr("dagster_ops_cli.scripts.registry._OURS", {"greet": greet})
    known = described.__wrapped__()
    assert known["ops script greet"]["summary"] == "Greet somebody"
    assert known["ops script greet"]["usage"] == "ops script greet [OPTIONS] FILE"
    assert known["ops script greet"]["changes_dagster"] is None
    assert "ops script backfill" not in known


def test_the_list_for_people() -> None:
    lines = invoke("ops commands").stdout.splitlines()
    assert lines[0].split() == ["COMMAND", "SUMMARY"]
    assert "List runs, newest first" in lines[1]
    assert len(lines) == len(described()) + 1


def test_variables_are_those_that_the_settings_read() -> None:
    _, ctx = find_command(["doctor"])
    named = {name for param in ctx.command.params if isinstance(param, Option) for name in param.variables}
    read = {*sources._URL_VARIABLES, *sources._CLOUD_VARIABLES.values(), *sources._OWN_VARIABLES.values()}
    # DAGSTER_CLOUD_URL replaces the address of an organization; no option does.
    assert named == (read | {"OPS_HEADERS", "OPS_PROFILE"}) - {"DAGSTER_CLOUD_URL"}
