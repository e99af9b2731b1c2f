"""What starting costs: help, version, completion and a wrong flag load none of the heavy libraries."""

import json
import subprocess
import sys

import pytest

HEAVY = {"pydantic", "gql", "graphql", "requests", "urllib3", "yaml", "rich", "dagster"}
CODE = """
import json, sys
from contextlib import redirect_stdout, redirect_stderr
from io import StringIO
from dagster_ops_cli.cli.main import run
with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
    code = run(sys.argv[1:])
print(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


@pytest.mark.parametrize(
    ("line", "exit_code"),
    [
        ("", 0),
        ("--help", 0),
        ("--version", 0),
        ("api --help", 0),
        ("api run --help", 0),
        ("api run get --help", 0),
        *(
            (f"api run {verb} --help", 0)
            for verb in ("list", "launch", "watch", "terminate", "reexecute", "delete", "stats")
        ),
        ("api run-events get --help", 0),
        ("api job get --help", 0),
        ("api job list --help", 0),
        ("api partition list --help", 0),
        ("api partition list", 2),
        ("api partition list --job a --asset b", 2),
        ("api partition list --job a --status LOUD", 2),
        ("completion bash", 0),
        ("demo --help", 0),
        ("config --help", 0),
        ("config path", 0),
        ("config set p", 2),
        ("api run get", 2),
        ("api run get 1 --no-such-flag", 2),
        ("api run-events get 1 --level LOUD", 2),
        ("api run-events get 1 --limit 1 --all", 2),
        ("api run-events get 1 --limit 0", 2),
        ("no-such-command", 2),
    ],
)
def test_loads_nothing_heavy(line: str, exit_code: int) -> None:
    done = subprocess.run([sys.executable, "-c", CODE, *line.split()], capture_output=True, text=True, check=True)
    code, modules = json.loads(done.stdout)
    assert code == exit_code
    assert not HEAVY & set(modules)


def test_the_guard_can_fail() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, "api", "run", "get", "1", "--url", "http://127.0.0.1:9", "--timeout", "0.2"],
        capture_output=True,
        text=True,
        check=True,
    )
    code, modules = json.loads(done.stdout)
    assert code == 5
    assert {"pydantic", "requests"} <= set(modules)
