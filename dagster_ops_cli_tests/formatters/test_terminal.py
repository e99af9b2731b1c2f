"""Tables on a terminal: what fits, what is cut, what goes first; signs and colours; text is data."""

import io
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from dagster_ops_cli import times
from dagster_ops_cli.formatters.table import Column, Kind, Link, Sheet, Table, Value, facts, numbered, sheet
from dagster_ops_cli.formatters.terminal.age import format_age, format_clock
from dagster_ops_cli.formatters.terminal.draw import Drawer
from dagster_ops_cli.formatters.terminal.layout import Width, lay_out
from dagster_ops_cli.formatters.terminal.status import BAD, GOOD, OFF, RUNNING, STOPPED, UNKNOWN, WAITING, look_of
from dagster_ops_cli.schemas.enums import BACKFILL_STATES, BACKFILL_STATUSES, PARTITION_STATUSES, RUN_STATUSES

NOW = datetime(2026, 11, 20, 15, tzinfo=timezone.utc)
ID = "5b3c8a91-0000-4000-8000-000000000000"
URL = f"http://localhost:3000/runs/{ID}"


def drawn(what: "Sheet | Table | Any", width: int = 80, links: bool = False, **options: Any) -> list[str]:
    """Return the lines that a terminal gets, by default without colours."""
    out = io.StringIO()
    given: dict[str, Any] = {"force_terminal": True, "color_system": None, "markup": False, "highlight": False}
    console = Console(file=out, width=width, **given | options)
    Drawer(console, links).draw(what)
    return out.getvalue().splitlines()


def of(*rows: tuple[Value, ...], **columns: Kind) -> Table:
    """Return a table; the first column is the most important."""
    wanted = enumerate(columns.items())
    return Table([Column(name, kind=kind, priority=10 - number) for number, (name, kind) in wanted], rows)


def test_columns_are_as_wide_as_they_need_and_a_row_is_one_line() -> None:
    table = of(("a\nb", "x"), ("漢字", "y"), NAME="text", WHAT="text")
    assert drawn(table) == ["NAME  WHAT", r"a\nb  x", "漢字  y"]


def test_the_least_important_columns_go_first_and_texts_are_cut() -> None:
    table = of(("n" * 40, "w" * 40, "z" * 40), FIRST="text", SECOND="text", THIRD="text")
    wide = drawn(table, 130)[1]
    assert "…" not in wide
    cut = drawn(table, 70)[1]
    assert cut.count("…") == 3
    assert cell_len(cut) == 70
    two = drawn(table, 40)
    assert two[0].split() == ["FIRST", "SECOND"]
    assert drawn(table, 20)[0] == "FIRST"
    assert drawn(table, 10)[1] == "n" * 9 + "…"


def test_columns_that_say_nothing_are_for_pipes_only() -> None:
    table = replace(of(("a", "-"), NAME="text", KIND="text"), silent=["KIND"])
    assert drawn(table) == ["NAME", "a"]
    assert str(table).splitlines()[::2] == ["NAME KIND", "a    -"]


def test_empty_columns_go_before_all_others() -> None:
    table = of(("", "b" * 30, "c" * 30), FIRST="text", SECOND="text", THIRD="text")
    assert drawn(table, 40)[0].split() == ["SECOND", "THIRD"]


def test_wide_characters_count_as_two() -> None:
    table = of(("漢" * 20, "\U0001f600" * 20), FIRST="text", SECOND="text")
    for width in range(30, 84):
        assert all(cell_len(line) <= width for line in drawn(table, width))
    assert drawn(table, 84)[1] == "漢" * 20 + "  " + "\U0001f600" * 20


def test_ids_are_short_where_there_is_no_room_and_never_cut_in_another_way() -> None:
    table = of((Link(ID, URL), "j" * 40), ID="id", JOB="text")
    assert drawn(table, 80)[1].startswith(f"{ID}  ")
    assert drawn(table, 70)[1] == f"{ID[:8]}  {'j' * 40}"
    assert drawn(of(("ops-bchcbljnajff-1", "x"), ID="id", JOB="text"), 60)[1] == "ops-bchcbljnajff-1  x"


def test_numbers_are_aligned_to_the_right() -> None:
    assert drawn(of(("a", 5), ("b", 1200), NAME="text", COUNT="number")) == [
        "NAME  COUNT",
        "a         5",
        "b      1200",
    ]


def test_rows_that_continue_a_table_look_like_its_first_ones() -> None:
    columns = (Column("NAME", 10), Column("WHAT", 10))
    out = io.StringIO()
    drawer = Drawer(Console(file=out, width=60, color_system=None))
    drawer.draw(Table(columns, [("a", "b")], streamed=True))
    drawer.draw(Table(columns, [("long name", "c")], header=False, streamed=True))
    assert out.getvalue().splitlines() == ["NAME        WHAT", "a           b", "long name   c"]


@pytest.mark.parametrize(
    ("status", "look"),
    [
        ("SUCCESS", GOOD),
        ("succeeded", GOOD),
        ("FAILURE", BAD),
        ("UNHEALTHY", BAD),
        ("STARTED", RUNNING),
        ("RUNNING (late)", RUNNING),
        ("QUEUED", WAITING),
        ("CANCELED", STOPPED),
        ("failed (Dagster says COMPLETED_FAILED)", BAD),
        ("not required", OFF),
        ("NEW_IN_2030", UNKNOWN),
    ],
)
def test_a_status_has_a_sign_and_a_colour(status: str, look: object) -> None:
    assert look_of(status) == look


def test_every_status_is_known_and_every_sign_is_one_column() -> None:
    for status in (*RUN_STATUSES, *BACKFILL_STATES, *BACKFILL_STATUSES, *PARTITION_STATUSES):
        assert look_of(status) != UNKNOWN, status
        assert cell_len(look_of(status).sign) == len(look_of(status).ascii) == 1


def test_statuses_are_coloured_and_signed_and_without_colour_still_signed() -> None:
    table = of(("FAILURE",), STATUS="status")
    assert drawn(table, color_system="standard")[1] == "\x1b[1;31m✗ FAILURE\x1b[0m"
    assert "31m" not in drawn(table, color_system="standard", no_color=True)[1]
    assert drawn(table)[1] == "✗ FAILURE"


def test_a_terminal_without_unicode_gets_signs_of_ascii() -> None:
    out = io.TextIOWrapper(io.BytesIO(), "ascii")
    Drawer(Console(file=out, width=30, color_system=None)).draw(of(("FAILURE", "n" * 40), STATUS="status", NAME="text"))
    out.seek(0)
    assert out.read().splitlines()[1] == "x FAILURE  " + "n" * 19


def test_text_is_data() -> None:
    table = of(("[red]x[/red] :smile:", "\x1b[31m\u202e"), NAME="text", WHAT="text")
    assert drawn(table, color_system="standard")[1] == "[red]x[/red] :smile:  \\x1b[31m\\u202e"
    assert drawn(facts(("A\x1b", "[b]\x07")))[0] == r"A\x1b: [b]\x07"


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        (URL, True),
        ("http://x/\x1b]8;;evil\x07", False),
        ("javascript:alert(1)", False),
        ("http://x/ü", False),
        (None, False),
    ],
)
def test_only_harmless_addresses_become_links(url: str | None, linked: bool) -> None:
    line = drawn(of((Link(ID, url),), ID="id"), links=True, color_system="standard")[1]
    assert ("\x1b]8;" in line) is linked
    assert ID in line
    assert "\x1b]8;" not in drawn(of((Link(ID, url),), ID="id"), links=False, color_system="standard")[1]


def test_times_are_ages_in_a_table_and_local_beside_a_fact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "now", lambda: NOW)
    created = NOW - timedelta(minutes=3)
    assert drawn(of((created,), CREATED="age"))[1] == "3 min ago"
    assert drawn(of((created,), AT="clock"))[1] == format_clock(created)
    local = created.astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
    assert drawn(facts(("Created", created), ("Ended", None))) == [f"Created: {local} (3 min ago)"]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "now"),
        (0.9, "now"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (86400 * 29, "29 d ago"),
        (86400 * 30, "1 mo ago"),
        (86400 * 364, "12 mo ago"),
        (86400 * 800, "2 y ago"),
        (-180, "in 3 min"),
    ],
)
def test_ages(seconds: float, told: str) -> None:
    assert format_age(NOW - timedelta(seconds=seconds), NOW) == told


def test_a_table_to_choose_from_is_numbered() -> None:
    assert drawn(numbered(of(("a",), ("b",), NAME="text"))) == ["   NAME", "1  a", "2  b"]


def test_a_sheet_is_drawn_from_top_to_bottom() -> None:
    assert drawn(sheet(facts(("A", 1), ("Long", "2")), "", of(("x",), NAME="text"), "end")) == [
        "A:    1",
        "Long: 2",
        "",
        "NAME",
        "x",
        "end",
    ]


def test_a_narrow_window_drops_empty_columns_before_it_cuts() -> None:
    assert lay_out([Width(10, 30, 5), Width(4, 4, 9, is_empty=True)], 36, 2) == [30, 4]
    assert lay_out([Width(10, 30, 5), Width(4, 4, 9, is_empty=True)], 35, 2) == [30, 0]


def test_a_layout_fits_or_keeps_the_most_important_column() -> None:
    columns = [Width(10, 30, 5), Width(8, 36, 9, is_id=True), Width(5, 5, 1)]
    assert lay_out(columns, 75, 2) == [30, 36, 5]
    assert lay_out(columns, 74, 2) == [30, 8, 5]
    assert lay_out(columns, 30, 2) == [13, 8, 5]
    assert lay_out(columns, 26, 2) == [16, 8, 0]
    assert lay_out(columns, 5, 2) == [0, 5, 0]


def test_a_long_fact_continues_below_itself_and_an_id_stays_whole() -> None:
    shown = facts(("Run", f"the first of two {ID}"), ("URL", URL), ("Cause", "漢字 " * 12))
    assert drawn(shown, 40) == [
        "Run:   the first of two",
        f"       {ID}",
        f"URL:   {URL}",
        "Cause: 漢字 漢字 漢字 漢字 漢字 漢字",
        "       漢字 漢字 漢字 漢字 漢字 漢字",
    ]
