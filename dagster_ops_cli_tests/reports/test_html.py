"""HTML: escaped, without scripts, and small for any number of partitions."""

from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_ops_cli.reports.html import write_html
from dagster_ops_cli.reports.pictures import heat_map, timeline
from dagster_ops_cli.reports.words import plain
from dagster_ops_cli.schemas.command_report import Report
from dagster_ops_cli_tests.reports.sample import BEGIN, HOSTILE, case, failure, hostile, large, ordinary, report


class Page(HTMLParser):
    """Collects the tags, attributes and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def check(written: Report) -> Page:
    page = Page(write_html(written))
    assert not {"script", "img", "iframe", "object", "embed", "link", "base", "form", "foreignobject"} & set(page.tags)
    names = {name for name, _ in page.attributes}
    assert not {name for name in names if name.startswith("on") or name in ("src", "style", "srcset", "action")}
    assert all(value.startswith(("http://", "https://")) for name, value in page.attributes if name == "href")
    return page


def test_says_what_happened() -> None:
    page = check(ordinary())
    for part in (
        "Backfill #1234",
        "2 failed, 1 canceled, 1 unfinished, 1 not started, 1 succeeded",
        "at /src/station.py:40 in _measure",
        "no answer",
        "password: '***'",
        "ops api backfill retry abcdefgh",
        "2024-01-01|b: failed (5.0 s)\nKeyError: station b",
    ):
        assert part in page.text
    assert ("href", "http://localhost:3000/runs/run-2") in page.attributes


def test_forbids_to_load_anything() -> None:
    policy = dict(check(ordinary()).attributes)["content"]
    attributes = check(ordinary()).attributes
    policies = [value for name, value in attributes if name == "content" and "default-src" in value]
    assert len(policies) == 1, policy
    assert policies[0].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policies[0]


def test_hostile_text_is_text() -> None:
    page = check(hostile())
    for text in HOSTILE:
        assert plain(text) in page.text


# Fewer inputs than elsewhere: each page is parsed as a whole, which is slow.
@settings(max_examples=100)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_text(name: str, message: str, title: str) -> None:
    cases = [case(1, name, "FAILURE", failure(message, message, [message])), case(2, name)]
    check(report(*cases, title=title, target=title, error=message, config=message, config_file=name, url=title))


@pytest.mark.parametrize("count", [10_000, 100_000])
def test_many_partitions_stay_small(count: int) -> None:
    text = write_html(large(count))
    assert len(text.encode()) < 5_000_000
    assert text.count("<rect") < 10_000
    assert f"{count // 10:,} failed" in text


@pytest.mark.parametrize("written", [report(), report(error="no connection", outcome="error"), report(case(1, "a"))])
def test_little_is_known(written: Report) -> None:
    check(written)


def test_two_dimensions_are_across_and_down_with_time_across() -> None:
    map_ = heat_map([case(1, f"{zone}|2024-01-{day:02}") for zone in "ab" for day in range(1, 4)])
    assert map_
    assert (map_.columns, map_.rows, map_.each) == (3, 2, 1)
    assert map_.sides == [(0, "a"), (1, "b")]
    assert map_.tops == [(0, "2024-01-01"), (1, "2024-01-02"), (2, "2024-01-03")]


def test_a_cell_that_many_share_shows_the_worst_state_and_the_shares() -> None:
    cases = [case(number, f"{number:05}", "FAILURE" if number == 7 else "SUCCESS") for number in range(6000)]
    map_ = heat_map(cases)
    assert map_
    assert (len(map_.cells), map_.each) == (3000, 2)
    failed = [cell for cell in map_.cells if cell.state == "failed"]
    assert [(cell.title, cell.share, cell.others) for cell in failed] == [
        ("00006 … 00007: 1 failed, 1 succeeded", 0.5, "succeeded")
    ]


def test_a_grid_of_many_keys_shares_cells_in_both_dimensions() -> None:
    map_ = heat_map([case(1, f"2024-{day:04}|z{zone}") for day in range(400) for zone in range(100)])
    assert map_
    assert (map_.columns, map_.rows, map_.each) == (100, 50, 8)
    assert len(map_.cells) == 5000
    assert len(map_.sides) == 50


def test_bars_do_not_overlap_in_a_lane() -> None:
    found = timeline([case(number, str(number)) for number in range(40)], BEGIN)
    assert found
    assert found.lanes == 5
    for lane in range(found.lanes):
        bars = sorted((bar.start, bar.start + bar.width) for bar in found.bars if bar.lane == lane)
        assert all(end <= start + 0.01 for (_, end), (start, _) in pairwise(bars))


def test_too_many_bars_become_a_load() -> None:
    found = timeline([case(number, str(number)) for number in range(5000)], BEGIN)
    assert found
    assert not found.bars
    assert found.busiest > 5
    assert max(slot.height for slot in found.slots) == 100


def test_what_never_started_has_no_timeline() -> None:
    assert timeline([case(1, "a", "NOT_STARTED")], BEGIN) is None
