"""Output that can't be written: the command does the same, and its exit code is right."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.main import run
from dagster_ops_cli.cli.root import root
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli_tests.cli.api.test_run import deleting, detail, launching
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run
from dagster_ops_cli_tests.invoke import OPS
from dagster_ops_cli_tests.secret_scan import look
from dagster_ops_cli_tests.stub import Request, Stub, stub

needs_full_disk = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
CLOSED, FULL, NONE = "closed", "full", "none"


@contextmanager
def serving(dagster: FakeDagster) -> Iterator[Stub]:
    def reply(request: Request) -> None:
        request.send(200, json.dumps({"data": dagster.execute(request.body["query"], request.body.get("variables"))}))

    with stub(reply) as server:
        yield server


def three_runs(*statuses: str) -> FakeDagster:
    """Three runs; ``run-0`` has another status at each poll, and keeps the last one."""
    dagster = deleting(launching(FakeDagster.of(*(fake_run(f"run-{number}", "SUCCESS") for number in range(3)))))
    left = list(statuses)

    def before(operation: str, variables: dict[str, Any]) -> None:
        if left and operation == "OpsListRuns":
            dagster.runs["run-0"]["status"] = left.pop(0)

    dagster.before = before
    dagster.answers["OpsGetRun"] = lambda variables: {
        "runOrError": {"__typename": "Run", **detail(dagster.runs[variables["runId"]])}
        if variables["runId"] in dagster.runs
        else {"__typename": "RunNotFoundError", "message": "no such run"}
    }
    return dagster


def ops(command: str, server: Stub | None = None, **broken: str) -> "subprocess.CompletedProcess[str]":
    """Run a command with a broken ``stdout`` or ``stderr``: closed at the other end, full, or missing."""
    opened: list[int] = []
    missing = [{"stdout": 1, "stderr": 2}[name] for name, how in broken.items() if how == NONE]

    def stream(name: str) -> int:
        how = broken.get(name)
        if how == CLOSED:
            reader, writer = os.pipe()
            os.close(reader)
        elif how == FULL:
            writer = os.open("/dev/full", os.O_WRONLY)
        else:
            return subprocess.PIPE
        opened.append(writer)
        return writer

    def close_those_that_are_missing() -> None:
        for number in missing:
            os.close(number)

    words = [*OPS, *command.split()[1:], *(["--url", server.url] if server else [])]
    done = subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        stdout=stream("stdout"),
        stderr=stream("stderr"),
        preexec_fn=close_those_that_are_missing,
        text=True,
        check=False,
        timeout=120,
    )
    for writer in opened:
        os.close(writer)
    look(f"{done.stdout}{done.stderr}", "a broken stream")
    assert "Traceback" not in (done.stderr or "")
    return done


@needs_full_disk
@pytest.mark.parametrize(
    ("command", "exit_code"),
    [
        ("ops api run get nope --json", 3),
        ("ops api run get --no-such-flag", 2),
        ("ops api run watch run-0 run-1 --interval 0.01", 1),
        ("ops api run watch run-0 --interval 0.01 --wait-timeout 0.01s --jsonl", 6),
        ("ops api run launch --job nightly", 0),
        ("ops api run delete --all --yes --force", 0),
        ("ops script backfill nowhere.yaml", 2),
    ],
)
def test_a_broken_stderr_changes_nothing(command: str, exit_code: int) -> None:
    told = []
    for broken in ({}, *({"stderr": how} for how in (CLOSED, FULL, NONE))):
        dagster = three_runs("STARTED", "STARTED", "FAILURE")
        with serving(dagster) as server:
            done = ops(command, server, **broken)
        told.append((done.returncode, done.stdout.replace(server.url, "URL"), sorted(dagster.runs)))
    assert told == [told[0]] * 4
    assert told[0][0] == exit_code


@pytest.mark.parametrize(
    ("command", "exit_code"),
    [
        ("ops api run get run-0", 0),
        ("ops api run list", 0),
        ("ops api run get nope", 3),
        ("ops api run watch run-0 --interval 0.01", 1),
        ("ops api run watch run-0 --interval 0.01 --jsonl", 1),
        ("ops api run watch run-1 nope --interval 0.01 --json", 1),
        ("ops api run watch run-1 --interval 0.01", 0),
        ("ops api run watch run-0 --interval 0.01 --wait-timeout 0.01s", 6),
        ("ops api run launch --job nightly", 0),
        ("ops api run delete run-0 run-1 nope --yes --force", 1),
        ("ops api run delete run-1 nope --dry-run", 1),
        ("ops metrics --url http://127.0.0.1:1 --timeout 0.1s", 5),
        ("ops --help", 0),
        ("ops completion bash", 0),
    ],
)
def test_a_stdout_that_nobody_reads_ends_quietly_what_only_reads_and_hides_no_outcome(
    command: str, exit_code: int
) -> None:
    with serving(three_runs("STARTED", "STARTED", "FAILURE")) as server:
        done = ops(command, server if " api " in command else None, stdout=CLOSED)
    assert done.returncode == exit_code
    assert "can't write" not in done.stderr


@pytest.mark.parametrize("how", [pytest.param(FULL, marks=needs_full_disk), NONE])
@pytest.mark.parametrize(
    ("command", "exit_code", "told"),
    [
        ("ops api run get run-0", 1, "Error: "),
        ("ops api run get run-0 --json", 1, '"run_id": "run-0"'),
        ("ops api run watch run-1 --interval 0.01", 1, "Error: "),
        ("ops api run watch run-0 --interval 0.01 --jsonl", 1, "Warning: "),
        ("ops api run watch run-0 --interval 0.01 --wait-timeout 0.01s", 6, "Warning: "),
        ("ops api run delete nope --yes", 3, "Warning: "),
        ("ops metrics --url http://127.0.0.1:1 --timeout 0.1s", 5, "Warning: "),
        ("ops --help", 1, "Error: "),
        ("ops completion bash", 1, "Error: "),
    ],
)
def test_an_answer_that_can_not_be_written_is_an_error_unless_something_else_is_worse(
    command: str, exit_code: int, told: str, how: str
) -> None:
    with serving(three_runs("STARTED", "STARTED", "FAILURE")) as server:
        done = ops(command, server if " api " in command else None, stdout=how)
    assert done.returncode == exit_code
    assert done.stderr.count("can't write the output: ") == 1
    assert told in done.stderr


def test_a_change_goes_on_to_its_end_when_nobody_reads() -> None:
    dagster = three_runs()
    with serving(dagster) as server:
        assert ops("ops api run delete --all --yes", server, stdout=CLOSED, stderr=CLOSED).returncode == 0
    assert dagster.runs == {}


def test_a_stream_that_does_not_block_is_waited_for() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    many = FakeDagster.of(*(fake_run(f"run-{number}") for number in range(2000)))
    found = []

    def read_late() -> None:
        time.sleep(1)
        with os.fdopen(reader) as late:
            found.extend(late.read().splitlines())

    thread = threading.Thread(target=read_late)
    thread.start()
    with serving(many) as server:
        command = [*OPS, "api", "run", "list", "--all", "--jsonl", "--url", server.url]
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    thread.join()
    assert (done.returncode, done.stderr, len(found)) == (0, "", 2000)


def test_a_broken_connection_is_not_taken_for_a_closed_pipe() -> None:
    def connect(settings: object, observe: object) -> Any:
        raise BrokenPipeError(32, "Broken pipe")

    with pytest.raises(BrokenPipeError):
        run(["api", "run", "get", "1"], Ops(connect=connect))


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for name in [*command.list_commands(ctx), *(["a-script"] if path == "ops script" else [])]:
            found = command.get_command(ctx, name)
            assert found
            yield from commands(found, f"{path} {name}")
    else:
        yield path, command


def test_what_waits_or_asks_first_goes_on() -> None:
    waits = {"wait_timeout", "yes"}
    acting: Callable[[click.Command], bool] = lambda command: bool(waits & {each.name for each in command.params})  # noqa: E731
    found = dict(commands(root, "ops"))
    assert "ops script a-script" in found
    for path, command in found.items():
        if acting(command) and not path.startswith("ops config"):
            assert isinstance(command, OutcomeCommand), path
