"""`ops doctor --quiet`: a probe."""

import json
import socket

import pytest

from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.stub import sends, stub


@pytest.fixture
def nobody() -> str:
    """The address of a port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_the_exit_code_is_all(nobody: str) -> None:
    outcome = invoke(f"ops doctor --quiet --url {nobody} --timeout 5s")
    assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (1, "", "")
    assert "failed" in invoke(f"ops doctor --url {nobody} --timeout 5s").stdout


def test_json_is_printed_because_it_was_asked_for(nobody: str) -> None:
    outcome = invoke(f"ops doctor --quiet --json --url {nobody} --timeout 5s")
    assert (outcome.exit_code, json.loads(outcome.stdout)["healthy"]) == (1, False)


def test_a_header_command_that_contains_the_secret() -> None:
    with stub(sends(403, "no")) as server:
        command = f"""ops doctor --json --url {server.url} --header-command 'echo "X-Token: printed-here"'"""
        settings = json.loads(invoke(command).stdout)["settings"]
    assert 'echo "X-Token: ***"' in [each["value"] for each in settings]


def test_what_is_wrong_with_the_request_is_said() -> None:
    outcome = invoke("ops doctor --quiet --url nonsense://x")
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert outcome.stderr
