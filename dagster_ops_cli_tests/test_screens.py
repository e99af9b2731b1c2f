"""What a terminal shows of recorded answers, at two sizes: the clock stands still, and no line is wrapped."""

import os
import pty
import re
import shlex
import threading
import time
import tty
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest
from rich.cells import cell_len
from syrupy.assertion import SnapshotAssertion

from dagster_ops_cli import times
from dagster_ops_cli.cli.main import run
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.replay import RECORDINGS, ops_of, replayed, scenarios
from dagster_ops_cli_tests.screen import Screen
from dagster_ops_cli_tests.secret_scan import look

# A list and the details of every noun, and what streams.
SHOWN = """
asset-get asset-get_partitioned asset-health asset-list asset-list_nothing asset_check-get asset_check-list
automation-list backfill-list backfill-list_by_state backfill-plan_two_days
code_location-get_failing code_location-list daemon-list dynamic_partition-list_definitions job-get_asset_job
job-list_jobs partition-list_dimension partition-list_job pool-get_held pool-list queue-get run-get_broken_run
run-list_all run-list_runs run-stats run-watch_runs run-why_survey_run run_events-follow_failed_run
run_events-get_failed_run
run_events-get_failed_run_all run_events-get_log_messages_wide schedule-get_minute_schedule schedule-list_schedules
schedule-ticks sensor-get_upload_sensor sensor-list_sensors sensor-ticks screen-backfill_get screen-partition_map
"""
# What follows the last output on a terminal.
_END = "\0"
# Times in milliseconds have as many digits.
_DIGITS_OF_MS = 13
SCENARIOS = {f"{each.noun}-{each.name}": each for each in scenarios()}


@pytest.fixture(autouse=True)
def _clock_of_amsterdam(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Amsterdam")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def shown(name: str, width: int, height: int, monkeypatch: pytest.MonkeyPatch, *options: str) -> str:
    """Replay a scenario with stdout on a terminal, and return what was written there."""
    monkeypatch.chdir(RECORDINGS.parent)
    for variable, value in (("TERM", "xterm-256color"), ("COLUMNS", str(width)), ("LINES", str(height))):
        monkeypatch.setenv(variable, value)
    scenario = SCENARIOS[name]
    # The clock stands at the last time in the recording, whatever that is the time of.
    numbers = re.findall(r"\b1[7-9]\d{8}(?:\d{3}\b|(?:\.\d+)?\b)", scenario.path.read_text())
    seconds = max((float(each) / (1000 if len(each) == _DIGITS_OF_MS else 1) for each in numbers), default=0.0)
    recorded_at = datetime.fromtimestamp(seconds, timezone.utc)
    controller, terminal = pty.openpty()
    tty.setraw(terminal)
    parts: list[bytes] = []
    reader = threading.Thread(target=lambda: parts.extend(_read(controller)))
    reader.start()
    with replayed(scenario.turns) as client, os.fdopen(terminal, "w", encoding="utf-8") as out:
        monkeypatch.setattr("sys.stdout", out)
        monkeypatch.setattr(times, "now", lambda: recorded_at)
        run([*shlex.split(scenario.command)[1:], *options], ops_of(scenario, client))
        monkeypatch.undo()
        # Closing a terminal can lose what nobody has read yet.
        out.write(_END)
        out.flush()
        reader.join(60)
    os.close(controller)
    text = b"".join(parts).decode().removesuffix(_END)
    look(text, "a terminal")
    return text


def _read(controller: int) -> Iterator[bytes]:
    while True:
        try:
            data = os.read(controller, 65536)
        except OSError:
            # On Linux this means that the other side is closed.
            return
        if not data:
            return
        yield data
        if data.endswith(_END.encode()):
            return


def rows(text: str, width: int) -> list[str]:
    screen = Screen(width)
    screen.feed(text.replace("\n", "\r\n"))
    return screen.rows


@pytest.mark.parametrize(("width", "height"), [(80, 24), (160, 50)])
@pytest.mark.parametrize("name", SHOWN.split())
def test_screen(
    name: str, width: int, height: int, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = shown(name, width, height, monkeypatch)
    assert "\n".join(["", *rows(text, width)]) == snapshot


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 132, 200])
@pytest.mark.parametrize("name", ["run-list_runs", "backfill-list", "asset-list", "automation-list", "job-list_jobs"])
def test_no_row_is_wider_than_the_window(name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = rows(shown(name, width, 24, monkeypatch), 1000)
    table = lines[: lines.index("")]
    assert len(table) > 1
    assert all(cell_len(line) <= width for line in table)


@pytest.mark.parametrize("name", ["run-list_runs", "run-get_broken_run", "run_events-get_failed_run", "daemon-list"])
def test_plain_gives_a_terminal_what_a_pipe_gets(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = shown(name, 80, 24, monkeypatch, "--plain")
    assert "\x1b" not in plain
    with replayed(SCENARIOS[name].turns) as client:
        assert plain == invoke(SCENARIOS[name].command, ops_of(SCENARIOS[name], client)).stdout
