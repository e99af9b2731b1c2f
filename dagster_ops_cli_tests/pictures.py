"""Draw the pictures of the documents anew: ``python -m dagster_ops_cli_tests.pictures`` (``make pictures``).

A picture is a screen of a terminal: what a command shows there, with the answers that a real Dagster gave when its
scenario was recorded. That of the HTML report is what Chromium shows of it.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest.mock import patch

from rich.console import Console
from rich.text import Text

from dagster_ops_cli.formatters.terminal.draw import Drawer
from dagster_ops_cli.formatters.terminal.top import Screen
from dagster_ops_cli_tests.chromium import running
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.replay import RECORDINGS, Scenario, ops_of, replayed, scenarios

IMAGES = RECORDINGS.parent / "docs" / "images"


class Picture(NamedTuple):
    """The screen of a scenario. ``command`` stands above it if it differs from the one that was recorded."""

    noun: str
    scenario: str
    width: int = 100
    command: str | None = None


PICTURES = {
    "partition-map": Picture("screen", "partition_map"),
    "backfill-get": Picture("screen", "backfill_get", command="ops backfill get @latest"),
    "run-timeline": Picture("run", "timeline", command="ops run timeline RUN_ID"),
    "top": Picture("top", "get", 110),
    "job-timeline": Picture("run", "timeline_since", command="ops run timeline --since 10m"),
}


def find(noun: str, name: str) -> Scenario:
    """Return a scenario."""
    return next(each for each in scenarios() if (each.noun, each.name) == (noun, name))


@contextmanager
def _in_utc() -> Iterator[None]:
    """Have local times be those of UTC, whatever the machine's zone is."""
    with patch.dict(os.environ, {"TZ": "UTC"}):
        time.tzset()
        yield
    time.tzset()


def screen(scenario: Scenario, width: int, height: int) -> str:
    """Return what a terminal of this size is sent, colours included."""
    with _in_utc(), replayed(scenario.turns) as client:
        outcome = invoke(scenario.command, ops_of(scenario, client), (width, height))
    return outcome.stdout


def top_screen(width: int, height: int) -> str:
    """Return the screen of `ops top`, colours included."""
    scenario = find("top", "get")
    console = Console(file=StringIO(), width=width, height=height, force_terminal=True, color_system="standard")
    with _in_utc(), replayed(scenario.turns, scenario.now) as client:
        found = ops_of(scenario, client).top.get()
        with console.capture() as captured:
            console.print(Screen(client.url, 2.0, str, found).draw(Drawer(console, links=False)), end="")
    return captured.get()


def draw(name: str) -> str:
    """Return a picture as SVG."""
    picture = PICTURES[name]
    scenario = find(picture.noun, picture.scenario)
    console = Console(record=True, file=StringIO(), width=picture.width, force_terminal=True, highlight=False)
    console.print(Text(f"$ {picture.command or scenario.command.replace('ops api ', 'ops ', 1)}", style="bold"))
    sent = top_screen(picture.width, 30) if picture.noun == "top" else screen(scenario, picture.width, 40)
    console.print(Text.from_ansi(sent))
    svg = console.export_svg(title="ops", unique_id=name)
    # Use the reader's monospace font. By default, rich's SVG downloads a font.
    return re.sub(r" *@font-face \{.*?\n    \}\n", "", svg, flags=re.DOTALL)


def path_of(name: str) -> Path:
    """Return the file of a picture."""
    return IMAGES / f"{name}.svg"


def draw_report(path: Path) -> None:
    """Take a picture of the HTML report of a recorded command in Chromium."""
    scenario = find("screen", "report")
    with TemporaryDirectory() as folder, replayed(scenario.turns) as client, running() as chromium:
        page = Path(folder, "report.html")
        # It was recorded on a terminal, where the command also asks for a picture of the partitions.
        invoke(scenario.command.replace("/dev/null", str(page)), ops_of(scenario, client), (100, 40))
        chromium.open(page, height=720)
        chromium.screenshot(path)


def main() -> None:
    for name in PICTURES:
        path_of(name).write_text(draw(name))
    draw_report(IMAGES / "report.png")


if __name__ == "__main__":
    main()
