"""A wheel of the project, installed in a bare venv."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.integration


def run(*command: str | Path, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def bare_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bare")
    built = run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    assert not any(
        name.startswith(("dagster_ops_cli_tests", "recordings")) for name in zipfile.ZipFile(wheel).namelist()
    )
    assert run(sys.executable, "-m", "venv", folder / "venv").returncode == 0
    pip = run(folder / "venv/bin/python", "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", wheel)
    assert pip.returncode == 0, pip.stderr
    return folder / "venv" / "bin"


def test_wheel_in_a_bare_venv(bare_venv: Path, tmp_path: Path) -> None:
    ops = bare_venv / "ops"
    version = run(ops, "--version", cwd=tmp_path)
    assert (version.returncode, version.stderr) == (0, "")
    assert version.stdout.startswith("ops 0.")
    assert "Ask Dagster" in run(ops, "--help", cwd=tmp_path).stdout

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
