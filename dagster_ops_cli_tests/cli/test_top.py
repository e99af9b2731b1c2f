"""`ops top` on a real terminal: keys, sizes, colours, and how it leaves the terminal."""

import json
import os
import pty
import select
import signal
import sys
import termios
from collections.abc import Iterator
from typing import Any

import pytest

from dagster_ops_cli.cli.arguments.keys import keys_pressed
from dagster_ops_cli_tests.integration.terminal import Terminal
from dagster_ops_cli_tests.invoke import execute
from dagster_ops_cli_tests.replay import RECORDINGS, operation_name
from dagster_ops_cli_tests.stub import Request, Stub, sends, stub

ENTERED, LEFT, CURSOR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"
TURNS: list[dict[str, Any]] = json.loads((RECORDINGS / "top" / "get.json").read_text())["turns"]
FAILED: str = TURNS[0]["data"]["failed"]["results"][0]["runId"]


def answer(request: Request) -> None:
    """Answer as the recorded Dagster did, whatever is asked about the runs that it had."""
    data: dict[str, Any] = next(
        (turn["data"] for turn in TURNS if turn["operation"] == operation_name(request.body["query"])), {}
    )
    request.send(200, json.dumps({"data": data}))


@pytest.fixture
def dagster() -> Iterator[Stub]:
    with stub(answer) as server:
        yield server


def is_restored(screen: Terminal) -> bool:
    ended = screen.screen.rindex(LEFT)
    return screen.modes == screen.before and screen.screen.index(ENTERED) < ended < screen.screen.rindex(CURSOR) + len(
        LEFT
    )


@pytest.mark.parametrize("key", ["q", "Q", "\x03"])
def test_keys_leave_and_the_terminal_is_as_before(dagster: Stub, key: str) -> None:
    with Terminal(f"ops top --interval 0.3s --url {dagster.url}") as screen:
        screen.read_until("DAEMONS")
        assert screen.modes != screen.before, "keys are read one by one"
        # Other keys do nothing.
        screen.type("x\x1a\x1b[A")
        screen.type(key)
        assert screen.wait() == 0
        assert is_restored(screen)
        assert screen.screen.endswith((LEFT, CURSOR)), "nothing is left on the screen"


@pytest.mark.timeout(60)
def test_keys_that_ctrl_c_made_the_terminal_drop_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    outside, inside = pty.openpty()
    wait_for_keys = select.select

    def wait_and_drop(*args: Any) -> Any:
        ready = wait_for_keys(*args)
        termios.tcflush(inside, termios.TCIFLUSH)
        return ready

    with os.fdopen(outside, "wb", buffering=0) as hand, os.fdopen(inside) as keyboard:
        monkeypatch.setattr(sys, "stdin", keyboard)
        with keys_pressed() as pressed:
            hand.write(b"x")
            assert pressed(30) == "x"
            monkeypatch.setattr(select, "select", wait_and_drop)
            hand.write(b"x")
            assert pressed(30) == ""


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_signals_leave_the_terminal_as_before(dagster: Stub, number: int, exit_code: int) -> None:
    with Terminal(f"ops top --interval 0.3s --url {dagster.url}") as screen:
        screen.read_until("DAEMONS")
        screen.process.send_signal(number)
        assert screen.wait() == exit_code
        assert is_restored(screen)


def test_a_key_leaves_while_dagster_hangs() -> None:
    asked = []

    def hang(request: Request) -> None:
        asked.append(1)
        request.rfile.read()

    with stub(hang) as server, Terminal(f"ops top --url {server.url}") as screen:
        screen.read_until("Asking Dagster ...")
        screen.read_until("Dagster has not answered for")
        screen.type("q")
        assert screen.wait() == 0
        assert is_restored(screen)
        assert asked


def test_a_new_size_is_used_at_once(dagster: Stub) -> None:
    # The interval is longer than the test: only the new size draws again.
    with Terminal(f"ops top --interval 10m --url {dagster.url}") as screen:
        screen.read_until("DAEMONS")
        assert screen.screen.count("RUNNING") == 1
        screen.resize(160, 50)
        # At 100 columns, ids are short.
        screen.read_until(f" {FAILED}")
        screen.type("q")
        assert screen.wait() == 0


def test_the_first_answer_must_come() -> None:
    with stub(sends(404, "nothing here", "text/plain")) as server, Terminal(f"ops top --url {server.url}") as screen:
        assert screen.wait() == 5
        assert is_restored(screen)
        assert "Error:" in screen.screen[screen.screen.rindex(LEFT) :], "on the screen that stays"


@pytest.mark.parametrize("how", ["--no-color", "NO_COLOR"])
def test_no_colours(dagster: Stub, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    colours = ("\x1b[34m", "\x1b[36m")
    with Terminal(f"ops top --url {dagster.url}") as screen:
        screen.read_until("DAEMONS")
        assert any(each in screen.screen for each in colours)
    if how == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    with Terminal(f"ops top {how if how[0] == '-' else ''} --url {dagster.url}") as screen:
        screen.read_until("DAEMONS")
        assert not any(each in screen.screen for each in colours)


@pytest.mark.parametrize("option", ["--once", "--plain", "--json"])
def test_once_on_a_terminal(dagster: Stub, option: str) -> None:
    with Terminal(f"ops top {option} --url {dagster.url}") as screen:
        assert screen.wait() == 0
    assert ENTERED not in screen.screen
    assert FAILED[:8] in screen.screen


def test_a_pipe_gets_one_answer(dagster: Stub) -> None:
    outcome = execute(f"ops top --url {dagster.url}")
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    assert "\x1b" not in outcome.stdout
    assert FAILED in outcome.stdout
    assert sum("OpsGetTop(" in body["query"] for _, _, body in dagster.seen) == 1


def test_a_terminal_that_can_not_move_the_cursor_gets_one_answer(dagster: Stub) -> None:
    with Terminal(f"ops top --url {dagster.url}", term="dumb") as screen:
        assert screen.wait() == 0
    assert "\x1b" not in screen.screen
    assert FAILED in screen.screen
