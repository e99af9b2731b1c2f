"""The scan for secrets finds them, and the recordings and snapshots contain none."""

import base64
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_ops_cli_tests.secret_scan import MARKER, TOKEN, has_secret

ROOT = Path(__file__).parent.parent
LEAKS = """
import base64, logging, subprocess, sys
from contextlib import suppress

import pytest

from dagster_ops_cli_tests.invoke import execute, invoke
from dagster_ops_cli_tests.secret_scan import TOKEN

UNREACHABLE = f"ops api run get {TOKEN} --json --quiet --timeout 0.2 --url http://127.0.0.1:9"


def test_clean():
    print("all is well")
    assert invoke("ops --version").exit_code == 0


@pytest.fixture
def leaking():
    yield
    print(TOKEN)


def test_leak_stdout():
    print(TOKEN)


def test_leak_stderr():
    print(TOKEN.upper(), file=sys.stderr)


def test_leak_log():
    logging.getLogger().warning(TOKEN)


def test_leak_base64():
    print(base64.b64encode(f"me:{TOKEN}".encode()))


def test_leak_fixture(leaking):
    pass


def test_leak_exception():
    raise ValueError(TOKEN)


@pytest.mark.xfail
def test_leak_expected_exception():
    raise ValueError(TOKEN)


def test_leak_skip():
    pytest.skip(TOKEN)


def test_leak_command():
    invoke(UNREACHABLE)


def test_leak_swallowed():
    with suppress(AssertionError):
        invoke(UNREACHABLE)


def test_leak_process():
    execute(UNREACHABLE)


def test_leak_other_process():
    subprocess.run([sys.executable, "-c", f"print({TOKEN!r})"], capture_output=True)


def test_leak_process_list():
    invoke(f"ops api run get 1 --quiet --timeout 1 --url http://127.0.0.1:9 --header-command 'echo X: {TOKEN}'")


@pytest.mark.parametrize("text", [TOKEN])
def test_names_are_masked(text):
    pass


def test_unmarked():
    invoke("ops api run get 1 --url http://127.0.0.1:9 --header 'X-Token: unknown'")
"""


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "with workers"])
def test_a_leak_fails_the_run(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "test_leaks.py").write_text(LEAKS)
    (tmp_path / "pytest.ini").write_text("[pytest]")
    plugins = ("-p", "dagster_ops_cli_tests.secret_scan", "-p", "no:cacheprovider")
    # A separate process, not a worker of this run.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, *options, "-rA", "-v", "--rootdir", tmp_path, tmp_path],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    failed = set(re.findall(r"^FAILED .*::(\w+)", done.stdout, re.MULTILINE))
    # The fixture leaks behind its test, which has passed by then.
    failed |= set(re.findall(r"^ERROR .*::(\w+)", done.stdout, re.MULTILINE))
    assert failed == {*re.findall(r"def (test_leak_\w+)", LEAKS), "test_unmarked"}
    assert re.search(r"^secret scan: \d{2} outputs of 16 tests, \d{2} secrets$", done.stdout, re.MULTILINE)
    assert not has_secret(done.stdout)


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_secrets_in_other_forms(before: str) -> None:
    assert has_secret(f"x{MARKER.upper()}")
    assert has_secret(base64.b64encode(f"{before}{TOKEN}".encode()).decode())
    assert has_secret(base64.b64encode(f"{before}{MARKER}".encode()).decode())
    assert not has_secret(base64.b64encode(f"{before}none".encode()).decode())


def test_none_in_what_is_kept() -> None:
    kept = [*ROOT.glob("*.md")]
    for folder in ("recordings", "docs", "examples", "dagster_ops_cli_tests/__snapshots__"):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
        assert files, folder
        kept += files
    assert not [path for path in kept if has_secret(path.read_text(errors="replace"))]
