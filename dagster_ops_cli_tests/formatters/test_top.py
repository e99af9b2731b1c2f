"""The screen of `ops top`, at every size."""

import time
from collections.abc import Iterator
from datetime import datetime, timezone
from io import StringIO
from typing import Any

import pytest
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from dagster_ops_cli import times
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.formatters.terminal.draw import Drawer
from dagster_ops_cli.formatters.terminal.top import Screen
from dagster_ops_cli.formatters.top import format_top
from dagster_ops_cli.schemas.daemon import Daemon
from dagster_ops_cli.schemas.top import Top
from dagster_ops_cli_tests.replay import replayed, scenarios

URL = "http://localhost:3000"
HOSTILE = "\x1b[2J[red]x[/red]\n\u202e漢字🙂"


@pytest.fixture(scope="module")
def top() -> Iterator[Top]:
    """What a real Dagster answered, at the time when it did."""
    scenario = next(each for each in scenarios() if (each.noun, each.name) == ("top", "get"))
    assert scenario.now
    with replayed(scenario.turns, scenario.now) as client:
        found = Ops(connect=lambda settings, observe: client).top.get()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(times, "now", lambda: scenario.now)
        # The screen shows the time of this machine's zone.
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield found
    time.tzset()


def drawn(screen: Screen, width: int, height: int, color: bool = False, encoding: str = "utf-8") -> str:
    file = StringIO()
    console = Console(
        file=file,
        width=width,
        height=height,
        force_terminal=True,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        _environ={},
    )
    if encoding != "utf-8":
        # rich asks the file for its encoding.
        file = AsciiFile()
        console.file = file
    console.print(screen.draw(Drawer(console)), end="")
    return file.getvalue()


class AsciiFile(StringIO):
    """A terminal that shows ASCII only."""

    encoding = "ascii"


def screen_of(top: Top | None, trouble: str = "") -> Screen:
    return Screen(URL, 2.0, lambda command: f"{command} --url {URL}", top, trouble)


def cells(line: str) -> int:
    from rich.cells import cell_len

    return cell_len(line)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (160, 50)])
def test_screens(top: Top, width: int, height: int, snapshot: SnapshotAssertion) -> None:
    assert drawn(screen_of(top), width, height) == snapshot


@pytest.mark.parametrize("width", [1, 10, 20, 40, 79, 80, 81, 120, 160, 300])
@pytest.mark.parametrize("height", [1, 2, 5, 10, 14, 24, 30, 50, 200])
def test_everything_fits(top: Top, width: int, height: int) -> None:
    for trouble in ("", "can't reach Dagster"):
        lines = drawn(screen_of(top, trouble), width, height).splitlines()
        assert len(lines) <= height
        assert max(map(cells, lines)) <= width


def test_each_table_gets_rows(top: Top) -> None:
    shown = drawn(screen_of(top), 80, 24)
    for run_id in (top.running[0].id, top.waiting[0].id, top.failed[0].id, top.backfills[0].id):
        assert shown.count(run_id[:8]) >= 2, "in its table and in a command"


def test_commands_have_whole_ids_and_the_connection(top: Top) -> None:
    lines = [line.rstrip() for line in drawn(screen_of(top), 160, 50).splitlines()]
    assert f"ops run why {top.failed[0].id} --url {URL}" in lines
    assert f"ops run why {top.waiting[0].id} --url {URL}" in lines
    assert f"ops run watch {top.running[0].id} --url {URL}" in lines
    assert f"ops backfill watch {top.backfills[0].id} --url {URL}" in lines


def test_commands_in_a_narrow_window_have_prefixes(top: Top) -> None:
    lines = [line.rstrip() for line in drawn(screen_of(top), 60, 24).splitlines()]
    assert f"ops run why {top.failed[0].id[:8]} --url {URL}" in lines


def test_a_text_from_dagster_is_data(top: Top) -> None:
    failed = top.failed[0].model_copy(update={"job_name": HOSTILE, "error": HOSTILE, "partition": HOSTILE})
    daemon = Daemon(type=HOSTILE, required=True, healthy=False)
    hostile = top.model_copy(update={"failed": [failed], "daemons": [daemon], "version": HOSTILE})
    for text in (drawn(screen_of(hostile, HOSTILE), 300, 50), str(format_top(hostile))):
        assert not any(char in text for char in "\x1b\u202e")
        assert "\\x1b[2J[red]x[/red]\\n\\u202e漢字🙂" in text


def test_before_the_first_answer_and_without_answers(top: Top) -> None:
    assert "Asking Dagster ..." in drawn(screen_of(None), 80, 24)
    assert "Asking" not in drawn(screen_of(top), 80, 24)
    assert "gone for good" in drawn(screen_of(top, "gone for good"), 80, 24)


def test_colours_and_signs(top: Top) -> None:
    coloured = drawn(screen_of(top), 80, 24, color=True)
    assert "\x1b[34m●" in coloured
    assert "\x1b[" not in drawn(screen_of(top), 80, 24).replace("\x1b[0m", "").replace("\x1b[1m", "").replace(
        "\x1b[2m", ""
    )
    assert drawn(screen_of(top), 80, 24, encoding="ascii").isascii()


def test_an_idle_dagster(top: Top) -> None:
    nothing: dict[str, Any] = {key: [] for key in ("running", "waiting", "failed", "backfills", "daemons")}
    counts = dict.fromkeys(("running_count", "queued_count", "failed_count"), 0)
    idle = top.model_copy(update={**nothing, **counts, "max_concurrent_runs": None})
    told = [line.rstrip() for line in drawn(screen_of(idle), 80, 24).splitlines()]
    assert told[1:] == ["RUNNING 0", "WAITING 0", "FAILED 0 IN 1H", "BACKFILLS 0", "DAEMONS unknown"]
    assert "RUNNING 0\n\nWAITING 0\n" in str(format_top(idle))


def test_daemons() -> None:
    from dagster_ops_cli.formatters.top import format_daemons

    seen = datetime(2026, 11, 20, 12, 30, tzinfo=timezone.utc)
    good = Daemon(type="SENSOR", required=True, healthy=True)
    sick = Daemon(type="BACKFILL", required=True, healthy=False, last_heartbeat=seen)
    assert format_daemons([good, good]) == "DAEMONS 2 healthy"
    assert format_daemons([good, sick]) == "DAEMONS 1 healthy, NOT HEALTHY: BACKFILL (last seen 12:30:00Z)"
    never = Daemon(type="ASSET", required=True, healthy=None)
    assert format_daemons([never]) == "DAEMONS NOT HEALTHY: ASSET (never seen)"
