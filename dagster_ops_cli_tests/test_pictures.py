"""Screens of terminals of two sizes, and the pictures in the documents."""

import re

import pytest
from rich.cells import cell_len
from rich.text import Text
from syrupy.assertion import SnapshotAssertion

from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.pictures import PICTURES, draw, find, path_of, screen
from dagster_ops_cli_tests.replay import SCREEN, ops_of, replayed, scenarios

SIZES = [(80, 24), (160, 50)]
SCREENS = [
    *((SCREEN, each.name) for each in scenarios() if each.noun == SCREEN),
    *(("run", name) for name in ("timeline", "timeline_failed_run", "timeline_since")),
    ("partition", "list_map_one_dimension"),
]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("noun", "name"), SCREENS)
def test_screens(noun: str, name: str, size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    scenario = find(noun, name)
    sent = screen(scenario, *size)
    # Older versions of rich drop the last line end.
    shown = Text.from_ansi(sent).plain.rstrip("\n")
    assert f"$ {scenario.command}\n{shown}\n" == snapshot
    # Facts are not cut: they wrap.
    drawn = shown.partition("\n\nBackfill:")[0].splitlines()
    assert all(cell_len(line) <= size[0] for line in drawn)
    assert len(drawn) < size[1]
    assert "\x1b[3" in sent, "there are colours"


# Each version of rich writes SVGs in its own way, so this does not run with other versions.
@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_up_to_date(name: str) -> None:
    assert path_of(name).read_text() == draw(name)
    assert "url(http" not in path_of(name).read_text()


def colors(sent: str) -> set[str]:
    """The codes of colours; 1, 2 and 7 are bold, dim and reversed."""
    return {code for codes in re.findall(r"\x1b\[([\d;]*)m", sent) for code in codes.split(";") if len(code) > 1}


@pytest.mark.parametrize(("noun", "name"), SCREENS)
def test_no_color_is_obeyed(noun: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = find(noun, name)
    assert colors(screen(scenario, 80, 24))
    with replayed(scenario.turns) as client:
        told = invoke(f"{scenario.command} --no-color", ops_of(scenario, client), (80, 24)).stdout
    assert not colors(told)
    assert "\x1b[7m" not in told, "signs are not reversed"
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colors(screen(scenario, 80, 24))


@pytest.mark.parametrize(("noun", "name"), SCREENS)
def test_a_terminal_without_unicode_gets_ascii(noun: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not screen(find(noun, name), 80, 24).isascii()
    monkeypatch.setattr("dagster_ops_cli_tests.invoke._Window.encoding", "iso8859-1")
    sent = screen(find(noun, name), 80, 24)
    assert sent.isascii()
    assert colors(sent), "it may have colours nevertheless"


@pytest.mark.parametrize(("noun", "name"), [("run", "timeline"), ("partition", "list_map")])
def test_a_dumb_terminal_gets_what_a_pipe_gets(noun: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = find(noun, name)
    monkeypatch.setattr("dagster_ops_cli_tests.invoke.TERM", "dumb")
    with replayed(scenario.turns) as client:
        piped = invoke(scenario.command, ops_of(scenario, client)).stdout
    assert screen(scenario, 160, 50) == piped
    assert piped.isascii()
