"""A wheel of the project, installed in a bare venv."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
pytestmark = [pytest.mark.integration, pytest.mark.thorough]


def run(*command: str | Path, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def bare_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bare")
    built = run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "dagster_ops_cli/py.typed" in names
    assert not any(name.startswith(("dagster_ops_cli_tests", "recordings")) for name in names)
    assert run(sys.executable, "-m", "venv", folder / "venv").returncode == 0
    pip = run(folder / "venv/bin/python", "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", wheel)
    assert pip.returncode == 0, pip.stderr
    return folder / "venv" / "bin"


def test_wheel_in_a_bare_venv(bare_venv: Path, tmp_path: Path) -> None:
    ops = bare_venv / "ops"
    version = run(ops, "--version", cwd=tmp_path)
    assert (version.returncode, version.stderr) == (0, "")
    assert version.stdout.startswith("ops 0.")
    assert "Operate Dagster" in run(ops, "--help", cwd=tmp_path).stdout

    unreachable = run(
        ops, "api", "run", "get", "1", "--url", "http://127.0.0.1:9", "--json", "--timeout=1", "--quiet", cwd=tmp_path
    )
    assert unreachable.returncode == 5
    assert json.loads(unreachable.stderr)["code"] == "UNREACHABLE"

    demo = run(ops, "demo", cwd=tmp_path)
    assert demo.returncode == 2
    assert "pip install 'dagster-ops-cli[demo]'" in demo.stderr

    listed = run(bare_venv / "python", "-m", "pip", "list", "--format", "json").stdout
    assert not [package for package in json.loads(listed) if package["name"].lower() == "dagster"]


SCRIPT = """
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.scripts.script import Outcome, Script

class Greeting(Model):
    name: str
    times: int = 1

class Answer(Model):
    said: str

def run(config, ops):
    ops.note("greeting ...")
    said = " ".join([f"hello {config.name}"] * config.times)
    return Outcome(Answer(said=said), exit_code=1 if ops.options.dry_run else 0)

GREET = Script("greet", "Greet somebody.", Greeting, run)
"""
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "ops-greeting"
version = "1"
[project.entry-points."dagster_ops_cli.scripts"]
greet = "ops_greeting:GREET"
[tool.hatch.build.targets.wheel]
packages = ["ops_greeting"]
"""


def test_another_package_adds_a_script(bare_venv: Path, tmp_path: Path) -> None:
    package = tmp_path / "package"
    (package / "ops_greeting").mkdir(parents=True)
    (package / "ops_greeting" / "__init__.py").write_text(SCRIPT)
    (package / "pyproject.toml").write_text(PROJECT)
    pip = run(bare_venv / "python", "-m", "pip", "install", "-q", "--no-deps", package)
    assert pip.returncode == 0, pip.stderr
    (tmp_path / "greeting.yaml").write_text("name: NO\ntimes: 2\n")
    ops = bare_venv / "ops"

    listed = json.loads(run(ops, "script", "list", "--json").stdout)
    assert [each["name"] for each in listed["items"]] == ["backfill", "launch", "pools", "greet"]
    assert json.loads(run(ops, "script", "schema", "greet").stdout)["properties"]["times"]["default"] == 1

    greeted = run(ops, "script", "greet", tmp_path / "greeting.yaml")
    assert (greeted.returncode, json.loads(greeted.stdout)) == (0, {"said": "hello NO hello NO"})
    assert greeted.stderr == "greeting ...\n"
    assert run(ops, "script", "greet", tmp_path / "greeting.yaml", "--dry-run").returncode == 1

    (tmp_path / "wrong.yaml").write_text("nam: x\n")
    wrong = run(ops, "script", "greet", tmp_path / "wrong.yaml", "--json")
    assert wrong.returncode == 2
    assert json.loads(wrong.stderr)["code"] == "INVALID_CONFIG_FILE"
