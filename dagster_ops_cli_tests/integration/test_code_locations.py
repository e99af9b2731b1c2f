"""Code locations that are broken, fixed and restarted, and the deployment gate."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dagster_ops_cli.demo.server import LOCATION, LocalDagster
from dagster_ops_cli_tests.examples import steps
from dagster_ops_cli_tests.invoke import Outcome, invoke, spawn, wait_for_line

pytestmark = [pytest.mark.integration, pytest.mark.thorough]

GOOD = """import dagster as dg
@dg.asset
def orders(): ...
@dg.schedule(target=orders, cron_schedule="@daily")
def nightly(): ...
defs = dg.Definitions(assets=[orders], schedules=[nightly])
"""
BROKEN = "import dagster as dg\ndef connect():\n    raise ConnectionError('no database')\nconnect()\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "warehouse.py").write_text(GOOD)
    location = {"python_file": {"relative_path": "warehouse.py", "location_name": "warehouse"}}
    (folder / "workspace.yaml").write_text(json.dumps({"load_from": [location]}))
    return folder


@pytest.fixture(scope="module")
def gate(folder: Path) -> Iterator[LocalDagster]:
    options = ["-w", str(folder / "workspace.yaml")]
    with LocalDagster(parts=("code", "webserver"), options=options) as dagster:
        yield dagster


def ask(gate: LocalDagster, line: str) -> Outcome:
    return invoke(f"ops api code-location {line} --url {gate.url}")


def told(outcome: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


def test_the_gate_is_red_on_a_broken_import_and_green_after_the_fix(gate: LocalDagster, folder: Path) -> None:
    path = folder / "warehouse.py"
    path.write_text(BROKEN)
    red = ask(gate, "reload warehouse --wait --interval 0.2")
    assert red.exit_code == 1
    assert "warehouse: ConnectionError: no database" in red.stdout
    assert f"at {path}:3 in connect" in red.stdout
    shown = ask(gate, "get warehouse --json")
    assert (shown.exit_code, told(shown)["state"]) == (1, "failed")
    assert told(shown)["errors"][0]["frame"]["line"] == 3
    assert [each["name"] for each in told(ask(gate, "list --failing --json"))["items"]] == ["warehouse"]
    path.write_text(GOOD)
    green = ask(gate, "reload warehouse --interval 0.2 --json")
    assert green.exit_code == 0, green
    (result,) = told(green)["items"]
    found = told(ask(gate, "get warehouse --json"))
    assert (result["state"], found["version_key"]) == ("loaded", result["version_key"])
    assert found["contents"][0]["assets"] == ["orders"]
    assert found["contents"][0]["schedules"] == ["nightly"]


def test_a_code_server_that_does_not_reload_is_told_and_waited_for(gate: LocalDagster) -> None:
    before = told(ask(gate, f"get {LOCATION} --json"))["version_key"]
    outcome = ask(gate, f"reload {LOCATION} --json")
    assert (outcome.exit_code, told(outcome)["items"][0]["state"]) == (1, "unchanged")
    outcome = ask(gate, f"reload {LOCATION} --wait --wait-timeout 1 --json")
    assert outcome.exit_code == 6
    with spawn(f"ops api code-location reload {LOCATION} --wait --interval 0.5 --url {gate.url}") as process:
        wait_for_line(process, f"{LOCATION}: reloading")
        gate.stop("code", force=True)
        gate.start("code")
        out, err = process.communicate(timeout=240)
    assert process.returncode == 0, (out, err)
    after = ask(gate, f"reload {LOCATION} --wait --previous-key '{before}' --interval 0.2 --json")
    assert (after.exit_code, told(after)["items"][0]["state"]) == (0, "loaded")


def run_steps(gate: LocalDagster, deploy: str) -> "subprocess.CompletedProcess[str]":
    """Run the steps of the example as GitHub does, with ``deploy`` in place of the deployment."""
    output = gate.home / "output"
    output.write_text("")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LOCATION": "warehouse",
        "OPS_URL": gate.url,
        "GITHUB_OUTPUT": str(output),
    }
    for step in steps("deploy-gate.yaml")[-3:]:
        script = deploy if step["name"] == "Deploy" else step["run"]
        known = dict(line.split("=", 1) for line in output.read_text().splitlines())
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            env={**environment, "KEY": known.get("key", "")},
            cwd=gate.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        if done.returncode:
            break
    return done


@pytest.mark.skipif(shutil.which("jq") is None, reason="the example needs jq, as GitHub has it")
def test_the_example_of_a_deployment(gate: LocalDagster, folder: Path) -> None:
    path = folder / "warehouse.py"
    (folder / "broken").write_text(BROKEN)
    (folder / "good").write_text(GOOD)
    red = run_steps(gate, f"cp '{folder}/broken' '{path}'")
    assert red.returncode == 1
    assert "ConnectionError: no database" in red.stdout
    green = run_steps(gate, f"cp '{folder}/good' '{path}'")
    assert green.returncode == 0, green


def test_all_are_reloaded_one_after_another(gate: LocalDagster) -> None:
    outcome = ask(gate, "reload --all --yes --interval 0.2 --json")
    assert outcome.exit_code == 1
    states = {each["name"]: each["state"] for each in told(outcome)["items"]}
    assert states == {"warehouse": "loaded", LOCATION: "unchanged"}
