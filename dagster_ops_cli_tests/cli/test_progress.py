"""The progress that a waiting command shows: correct numbers, a running clock, and nothing left on the screen."""

import io
import json
import re
from contextlib import redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console, ConsoleDimensions

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.progress import Progress, show_batches, show_runs
from dagster_ops_cli.schemas.backfill import Backfill
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.result import RunResult, WatchedRun
from dagster_ops_cli_tests.cli.test_streams import serving
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run
from dagster_ops_cli_tests.integration.terminal import Terminal
from dagster_ops_cli_tests.screen import Screen
from dagster_ops_cli_tests.secret_scan import look

if TYPE_CHECKING:
    from collections.abc import Sequence


def watched(run_id: str, status: str | None, **fields: Any) -> WatchedRun:
    run = RunRow.model_validate({"url": "", **fake_run(run_id, status)}) if status else None
    return WatchedRun(id=run_id, run=run, **fields)


def backfill(total: int, asset_keys: list[str] | None = None, **counts: int) -> Backfill:
    return Backfill(
        id="b", state="running", strategy="backfill", total=total, asset_keys=asset_keys, counts=counts, tags={}, url=""
    )


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        (Progress(6), "0/6 done · 0:41"),
        (Progress(6, done=3, failed=1, running=2), "3/6 done · 1 failed · 2 running · 0:41"),
        (Progress(1200, done=1100, canceled=1000), "1,100/1,200 done · 1,000 canceled · 0:41"),
    ],
)
def test_one_line_says_how_far_it_is(progress: Progress, line: str) -> None:
    assert progress.line(41.9) == line


@pytest.mark.parametrize(("seconds", "told"), [(0.4, "0:00"), (61, "1:01"), (3725, "1:02:05")])
def test_the_time_is_told_as_on_a_clock(seconds: float, told: str) -> None:
    assert Progress(1).line(seconds) == f"0/1 done · {told}"


def test_runs_are_done_once_nothing_more_is_to_come() -> None:
    runs = [
        watched("a", "SUCCESS"),
        watched("b", "FAILURE", had_failed=True),
        # Dagster may still retry it.
        watched("c", "FAILURE"),
        watched("d", "CANCELED"),
        watched("e", None, is_gone=True),
        watched("f", "STARTING"),
        watched("g", "CANCELING"),
        watched("h", "QUEUED"),
        watched("i", None),
    ]
    assert Progress.of_runs(runs) == Progress(9, done=4, failed=2, canceled=1, running=2)


@pytest.mark.parametrize(
    ("seen", "progress"),
    [
        (backfill(6, NOT_STARTED=6), Progress(6)),
        (backfill(6, SUCCESS=2, FAILURE=1, STARTED=2, QUEUED=1), Progress(6, done=3, failed=1, running=2)),
        # Dagster has retried the run that failed.
        (backfill(6, SUCCESS=5, FAILURE=1, STARTED=1), Progress(6, done=5, running=1)),
        (backfill(3, ["a", "b"], SUCCESS=3, NOT_STARTED=3), Progress(6, done=3)),
    ],
)
def test_partitions_are_counted_once(seen: Backfill, progress: Progress) -> None:
    assert Progress.of_backfill(seen) == progress


class FakeTerminal(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> FakeTerminal:
    monkeypatch.setenv("TERM", "xterm-256color")
    return FakeTerminal()


def test_a_view_that_its_terminal_has_wrapped_is_taken_back(
    terminal: FakeTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen(80)
    monkeypatch.setattr(Console, "size", property(lambda self: ConsoleDimensions(screen.width, 24)))
    # Only what this test waits for is drawn.
    monkeypatch.setattr("dagster_ops_cli.cli.progress._PER_SECOND", 0.001)
    runs = [watched(f"run-{number}-with-an-id-that-is-long", "STARTED") for number in range(3)]

    def show() -> None:
        screen.feed(terminal.getvalue().replace("\n", "\r\n"))
        terminal.seek(0)
        terminal.truncate()

    def polls() -> Any:
        for width in (80, 21, 60, 9, 80):
            show()
            screen.resize(width)
            yield runs

    screen.feed("before\r\n")
    with redirect_stderr(terminal):
        for _ in show_runs(Ops(), polls()):
            pass
    show()
    assert "".join(screen.rows) == "before"


def test_nothing_to_count_shows_nothing(terminal: FakeTerminal) -> None:
    with redirect_stderr(terminal):
        assert list(show_batches(Ops(), iter(()), 0)) == []
        assert list(show_runs(Ops(), iter([[], []]))) == [[], []]
    assert terminal.getvalue() == ""


def test_a_dumb_terminal_is_told_line_by_line(terminal: FakeTerminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    polls = [[watched("run", status)] for status in ("QUEUED", "QUEUED", "SUCCESS")]
    with redirect_stderr(terminal):
        assert list(show_runs(Ops(), polls)) == polls
    assert terminal.getvalue() == "run nightly QUEUED\nrun nightly SUCCESS\n"


def test_of_many_that_are_changed_those_that_were_are_counted(terminal: FakeTerminal) -> None:
    batches: Sequence[Sequence[RunResult]] = [
        [RunResult(id="a", done=True)],
        [RunResult(id="b", done=False), RunResult(id="c", done=True)],
    ]
    with redirect_stderr(terminal):
        assert list(show_batches(Ops(), iter(batches), 3)) == batches
    told = re.findall(r"\d/3 done[^\d]*(?:\d failed)?", terminal.getvalue())
    assert list(dict.fromkeys(told)) == ["0/3 done · ", "1/3 done · ", "3/3 done · 1 failed"]


def seven_runs() -> FakeDagster:
    return FakeDagster.of(*(fake_run(f"run-{number}", "QUEUED") for number in range(7)))


def shown_at_the_end(terminal: Terminal) -> list[str]:
    screen = Screen(100)
    screen.feed(terminal.screen)
    return screen.rows


def test_the_bar_fills_with_what_is_done() -> None:
    dagster = seven_runs()
    with serving(dagster) as server:
        command = f"ops api run watch {' '.join(dagster.runs)} --interval 0.5 --url {server.url}"
        with Terminal(command) as watch:
            watch.read_until("0/7 done · 0:0")
            assert "\x1b[38;2;249;38;114m━" not in watch.screen, "nothing is done yet"
            for number, status in enumerate(["SUCCESS", "CANCELED", "SUCCESS", "STARTED", "STARTED"]):
                dagster.runs[f"run-{number}"]["status"] = status
            watch.read_until("3/7 done · 1 canceled · 2 running · 0:0")
            for run in dagster.runs.values():
                run["status"] = "SUCCESS"
            assert watch.wait() == 1
        rows = shown_at_the_end(watch)
    assert rows[0].startswith("ID ")
    assert rows[-2:] == ["6 of 7 succeeded", ""]
    assert "0/0" not in watch.screen
    assert not [row for row in rows if "━" in row or "/7 done" in row]
    assert watch.screen.count("\x1b[?25l") == watch.screen.count("\x1b[?25h") == 1


def test_the_clock_goes_on_between_polls_and_ctrl_c_takes_the_view_away() -> None:
    dagster = seven_runs()
    with serving(dagster) as server:
        with Terminal(f"ops api run watch {' '.join(dagster.runs)} --interval 60 --url {server.url}") as watch:
            watch.read_until("0/7 done · 0:02")
            assert len(dagster.asked) == 1
            watch.type("\x03")
            assert watch.wait() == 130
        rows = shown_at_the_end(watch)
    assert rows[0].startswith("ID ")
    assert not [row for row in rows if "━" in row or "/7 done ·" in row or "^C" in row]
    assert "Interrupted; 7 runs are still running" in "\n".join(rows)
    assert watch.screen.rindex("\x1b[?25h") > watch.screen.rindex("\x1b[?25l"), "the cursor is back"


def test_an_answer_that_streams_into_a_file_is_not_drawn_into_by_a_live_view(tmp_path: Path) -> None:
    dagster = seven_runs()
    path = tmp_path / "answer"
    with serving(dagster) as server, path.open("w") as file:
        command = f"ops api run watch {' '.join(dagster.runs)} --jsonl --interval 1 --url {server.url}"
        with Terminal(command, stdout=file.fileno()) as watch:
            watch.read_until("0/7 done")
            for run in dagster.runs.values():
                run["status"] = "SUCCESS"
            assert watch.wait() == 0
    written = path.read_text()
    look(written, "a file")
    assert {json.loads(line)["id"] for line in written.splitlines()} == set(dagster.runs)
    assert "7/7 done" in watch.screen
    assert "{" not in watch.screen
