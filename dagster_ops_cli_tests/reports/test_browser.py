"""The HTML report in a real browser: nothing runs, nothing is fetched, and it looks right in every form."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dagster_ops_cli.reports.html import write_html
from dagster_ops_cli.schemas.command_report import Report
from dagster_ops_cli_tests.chromium import Chromium, running
from dagster_ops_cli_tests.reports.sample import case, hostile, large, ordinary, report

pytestmark = [pytest.mark.thorough, pytest.mark.slow]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with running() as browser:
        yield browser


@pytest.fixture
def browser(chromium: Chromium) -> Chromium:
    chromium.told.clear()
    chromium.asked.clear()
    return chromium


def show(browser: Chromium, folder: Path, written: Report, **options: Any) -> Path:
    path = folder / "report.html"
    path.write_text(write_html(written), encoding="utf-8", errors="backslashreplace")
    browser.open(path, **options)
    return path


def grid(days: int = 60) -> Report:
    cases = [
        case(number, f"2024-{1 + day // 28:02}-{1 + day % 28:02}|{station}", "FAILURE" if station == "c" else "SUCCESS")
        for day in range(days)
        for number, station in enumerate("abc", 3 * day)
    ]
    return report(*cases)


def test_the_browser_tells_what_a_page_does(browser: Chromium, tmp_path: Path) -> None:
    """Without this, the tests below could pass because the browser says nothing."""
    path = tmp_path / "bad.html"
    path.write_text("<img src='file:///no/such.png'><script>console.error('said'); throw new Error('thrown')</script>")
    browser.open(path)
    assert [told["args"][0]["value"] for told in browser.told if "args" in told] == ["said"]
    assert any("exceptionDetails" in told for told in browser.told)
    assert browser.asked == [path.as_uri(), "file:///no/such.png"]


@pytest.mark.parametrize("written", [hostile(), ordinary(), grid()], ids=["hostile", "ordinary", "grid"])
def test_nothing_runs_and_nothing_is_fetched(browser: Chromium, tmp_path: Path, written: Report) -> None:
    path = show(browser, tmp_path, written)
    # Events that a hostile handler would wait for.
    browser.evaluate(
        "document.querySelectorAll('*').forEach(each => {"
        "each.dispatchEvent(new Event('mouseover')); each.dispatchEvent(new Event('focus')); })"
    )
    assert browser.told == []
    assert browser.asked == [path.as_uri()]
    assert browser.evaluate("document.title") not in ("run", "1")
    assert browser.evaluate("document.scripts.length + document.images.length") == 0
    links = browser.evaluate("[...document.querySelectorAll('a')].map(each => each.href.baseVal ?? each.href)")
    assert all(link.startswith("http://localhost:3000/") for link in links)


def test_scripts_are_forbidden_even_if_one_came_in(browser: Chromium, tmp_path: Path) -> None:
    path = show(browser, tmp_path, ordinary())
    text = path.read_text().replace("</h1>", "</h1><script>document.title='run'</script><img src=x.png>")
    path.write_text(text)
    browser.open(path)
    assert browser.evaluate("document.title") == "Backfill #1234: failed"
    assert len(browser.told) == 2


def test_the_style_is_applied(browser: Chromium, tmp_path: Path) -> None:
    show(browser, tmp_path, ordinary())
    color = "getComputedStyle(document.body).backgroundColor"
    assert browser.evaluate(color) == "rgb(255, 255, 255)"
    show(browser, tmp_path, ordinary(), dark=True)
    assert browser.evaluate(color) == "rgb(13, 17, 23)"


@pytest.mark.parametrize("written", [grid(), hostile(), large(5000)], ids=["grid", "hostile", "large"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(browser: Chromium, tmp_path: Path, written: Report, width: int) -> None:
    show(browser, tmp_path, written, width=width)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_pictures_are_not_empty(browser: Chromium, tmp_path: Path) -> None:
    show(browser, tmp_path, grid())
    sizes = browser.evaluate(
        "['failed', 'succeeded'].map(state => document.querySelectorAll(`svg.map rect.${state}`).length)"
    )
    assert sizes == [60, 120]
    fill = browser.evaluate("getComputedStyle(document.querySelector('svg.map rect.succeeded')).fill")
    assert fill == "rgb(45, 164, 78)"
    assert len(browser.screenshot(tmp_path / "page.png")) > 10_000


def test_is_printed_whole(browser: Chromium, tmp_path: Path) -> None:
    show(browser, tmp_path, grid())
    assert browser.pdf(tmp_path / "page.pdf").startswith(b"%PDF")
    browser.send("Emulation.setEmulatedMedia", media="print")
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_hundred_thousand_partitions_open(browser: Chromium, tmp_path: Path) -> None:
    path = show(browser, tmp_path, large(100_000))
    assert path.stat().st_size < 5_000_000
    assert browser.evaluate("document.querySelectorAll('*').length") < 20_000
    assert browser.told == []
