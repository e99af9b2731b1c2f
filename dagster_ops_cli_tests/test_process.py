"""`ops` as a process: signals, closed pipes, full disks, terminals."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dagster_ops_cli_tests.http.test_client import RUN, answers
from dagster_ops_cli_tests.integration.terminal import Terminal
from dagster_ops_cli_tests.invoke import OPS, execute, spawn
from dagster_ops_cli_tests.secret_scan import look
from dagster_ops_cli_tests.stub import Request, sends, stub

EVENT = {"runId": "1", "message": "m" * 200, "timestamp": "1795192369679", "level": "INFO"}


def long_log(request: Request, events: int = 1000) -> None:
    cursor = int(request.body["variables"].get("cursor") or 0)
    page = {"__typename": "EventConnection", "events": [EVENT] * events, "cursor": str(cursor + 1), "hasMore": True}
    request.send(200, json.dumps({"data": {"logsForRun": page}}))


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize("command", ["ops api run get 1 --json", "ops api run-events get 1 --all --jsonl"])
def test_signals(number: signal.Signals, exit_code: int, command: str) -> None:
    seen = []
    stalls, has_ended = threading.Event(), threading.Event()

    def first_page_then_stall(request: Request) -> None:
        seen.append(request.body)
        if len(seen) == 1 and "Events" in request.body["query"]:
            # Few enough to fit into the pipe, so that the command does not wait for a reader.
            long_log(request, 100)
        else:
            stalls.set()
            has_ended.wait(300)

    def heed() -> None:
        # The tests themselves may have been started with nohup.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

    command += " --timeout 5m"
    with stub(first_page_then_stall) as server, spawn(f"{command} --url {server.url}", preexec_fn=heed) as process:
        assert stalls.wait(120)
        process.send_signal(number)
        # An interrupted command does not wait for the server.
        out, err = process.communicate(timeout=120)
        has_ended.set()
    assert process.returncode == exit_code
    assert json.loads(err.splitlines()[-1])["code"] == "INTERRUPTED"
    assert "Traceback" not in err
    assert len(out.splitlines()) == (100 if "events" in command else 0)


def test_a_closed_terminal_does_not_end_what_nohup_started() -> None:
    stalls, goes_on = threading.Event(), threading.Event()

    def stall(request: Request) -> None:
        stalls.set()
        goes_on.wait(300)
        answers({"runOrError": RUN})(request)

    def ignore() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    command = "ops api run get 1 --json --timeout 5m"
    with stub(stall) as server, spawn(f"{command} --url {server.url}", preexec_fn=ignore) as process:
        assert stalls.wait(120)
        process.send_signal(signal.SIGHUP)
        goes_on.set()
        process.communicate(timeout=120)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("number", "exit_code"),
    # SIGTERM itself ends the process, for which a shell says 143.
    [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)],
)
@pytest.mark.parametrize("module", ["click", "dagster_ops_cli.cli.streams"])
def test_a_signal_while_modules_are_imported(number: signal.Signals, exit_code: int, module: str) -> None:
    code = f"""
import os, sys
from importlib.metadata import EntryPoint

class Signals:
    def find_spec(self, name, *others):
        if name == {module!r}:
            os.kill(os.getpid(), {number.value})

sys.meta_path.insert(0, Signals())
EntryPoint("ops", {_entry_point()!r}, "console_scripts").load()()
"""
    done = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (exit_code, "", "")


def _entry_point() -> str:
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text()
    (found,) = re.findall(r'^ops = "(.*)"$', text, re.MULTILINE)
    return str(found)


@pytest.mark.parametrize("how", ["--jsonl --all", "--all", "--limit 50000"])
def test_closed_pipe(how: str) -> None:
    with stub(long_log) as server, spawn(f"ops api run-events get 1 {how} --url {server.url}") as process:
        assert process.stdout
        assert process.stderr
        line = process.stdout.readline()
        assert line
        process.stdout.close()
        assert process.wait(120) == 0
        told = process.stderr.read()
    assert "Traceback" not in told
    look(line + told, "a closed pipe")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_full_disk() -> None:
    with stub(answers({"runOrError": RUN})) as server, open("/dev/full", "w") as full:  # noqa: PTH123
        command = [*OPS, "api", "run", "get", "1", "--url", server.url]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "Error: can't write the output: No space left on device\n"


def test_no_colour_in_a_pipe() -> None:
    with stub(sends(500, "", "text/html")) as server:
        assert "\x1b" not in execute(f"ops api run get 1 --url {server.url}").stderr


@pytest.mark.parametrize(
    ("options", "environment", "coloured"), [("", {}, True), ("--no-color", {}, False), ("", {"NO_COLOR": "1"}, False)]
)
def test_colour_on_a_terminal(
    options: str, environment: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with (
        stub(sends(500, "", "text/html")) as server,
        Terminal(f"ops api run get 1 --url {server.url} {options}") as terminal,
    ):
        assert terminal.wait() == 5
    assert ("\x1b[31mError:" in terminal.screen) is coloured


def test_a_pipe_gets_utf8_whatever_the_locale() -> None:
    with stub(answers({"runOrError": {**RUN, "mode": "漢"}})) as server:
        command = [*OPS, "api", "run", "get", "1", "--json", "--url", server.url]
        environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
        done = subprocess.run(command, capture_output=True, env=environment, check=True)
    assert json.loads(done.stdout.decode())["mode"] == "漢"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("ops api run get ''", "empty"),
        ("ops api run get 1 --timeout soon", "'soon' is not a duration"),
        ("ops api run-events get 1 --level LOUD", "'LOUD' is not known"),
        ("ops api run-events get 1 --level WARN", "did you mean WARNING?"),
        ("ops api run-events get 1 --type STEP_START,", "empty name"),
        ("ops api run-events get 1 --limit 1 --all", "--limit and --all"),
        ("ops api run-events get 1 --json --jsonl", "--json and --jsonl"),
        ("ops api run-events get 1 --limit 0", "'0' is not a whole number of 1 or more"),
        ("ops api run-event get 1", "did you mean 'run-events'?"),
        ("ops api run get 1 --jsn", "--json"),
    ],
)
def test_bad_input(command: str, told: str) -> None:
    outcome = execute(command)
    assert outcome.exit_code == 2
    assert outcome.stdout == ""
    assert told in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_bad_input_as_json() -> None:
    outcome = execute("ops api run get '' --json")
    assert json.loads(outcome.stderr)["code"] == "INVALID_REQUEST"


def test_completion() -> None:
    assert "_OPS_COMPLETE" in execute("ops completion bash").stdout
    environment = {
        **os.environ,
        "_OPS_COMPLETE": "bash_complete",
        "COMP_WORDS": "ops api run-events get 1 --type STEP_START,STEP_F",
        "COMP_CWORD": "6",
    }
    done = subprocess.run(OPS, env=environment, capture_output=True, text=True, check=False)
    assert "STEP_START,STEP_FAILURE" in done.stdout
