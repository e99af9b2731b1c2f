"""Markdown: text from Dagster is shown as it is, and the report is cut visibly."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dagster_ops_cli.reports.markdown import write_annotations, write_markdown
from dagster_ops_cli.reports.words import plain_line
from dagster_ops_cli_tests.reports.sample import HOSTILE, case, failure, hostile, large, ordinary, report

TEXTS = st.text(max_size=60) | st.sampled_from(HOSTILE)
# What a report may contain besides text.
TAGS = {"h2", "h3", "ul", "li", "p", "a", "code", "pre", "details", "summary"}


def render(text: str) -> str:
    return str(MarkdownIt("gfm-like", {"linkify": False}).render(text))


def tags(rendered: str) -> set[str]:
    return {name.lower() for name in re.findall(r"<([A-Za-z!?][^\s/>]*)", rendered)}


def links(rendered: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'(?:href|src)="([^"]*)"', rendered)]


def test_outcome_counts_failures_and_links() -> None:
    text = write_markdown(ordinary())
    assert text.startswith("## ❌ Backfill &#35;1234: failed\n")
    assert "2 failed, 1 canceled, 1 unfinished, 1 not started, 1 succeeded" in text
    assert text.index("2 failed\n") < text.index("3 did not run to their end") < text.index("1 succeeded</summary>")
    assert "<summary><code>2024-01-01&#124;b</code> KeyError&#58; station b</summary>" in text
    assert "http://localhost:3000/runs/run-2" in links(render(text))
    assert "ops api backfill retry abcdefgh" in text
    assert "password: '***'" in text


def test_a_success_has_no_failures() -> None:
    text = write_markdown(report(case(1, "a"), outcome="succeeded"))
    assert text.startswith("## ✅ ")
    assert " failed" not in text


@pytest.mark.parametrize("room", [1 << 20, 50_000, 3_000])
def test_is_cut_visibly(room: int) -> None:
    text = write_markdown(large(20_000), room)
    assert len(text.encode()) < room
    assert ("The report is cut" in text) == (room < 1 << 20)
    assert text.startswith("## ❌ Backfill")


def test_without_room_there_is_nothing() -> None:
    assert write_markdown(ordinary(), 150) == ""


def test_hostile_text_is_text() -> None:
    rendered = render(write_markdown(hostile()))
    assert tags(rendered) <= TAGS
    assert all(link.startswith("http://localhost:3000/") for link in links(rendered))


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_any_text_is_shown_as_it_is(name: str, message: str, title: str, config: str) -> None:
    cases = [case(1, name, "FAILURE", failure(message, message, [message])), case(2, name, "FAILURE"), case(3, name)]
    text = write_markdown(report(*cases, title=title, target=title, error=message, config=config, config_file=name))
    rendered = render(text)
    assert tags(rendered) <= TAGS
    assert all(link.startswith("http://localhost:3000/") for link in links(rendered))
    heading = re.search(r"<h2>. (.*): failed</h2>", rendered, re.DOTALL)
    assert heading
    assert html.unescape(heading[1]) == plain_line(title)
    assert not re.search(r"^\s*::", text, re.MULTILINE) or "::" in message + config


def test_a_line_for_each_of_the_first_failures() -> None:
    cases = [case(number, f"p{number}", "FAILURE", failure("50% done")) for number in range(12)]
    lines = list(write_annotations(report(*cases), 10))
    assert len(lines) == 10
    assert lines[0] == "::error title=p0::KeyError: 50%25 done (http://localhost:3000/runs/run-0)"


def test_a_command_that_ended_early_has_a_line() -> None:
    assert list(write_annotations(report(case(1, "a"), title="a:b,c", error="one\ntwo"), 10)) == [
        "::error title=a%3Ab%2Cc::one two"
    ]


@given(TEXTS, TEXTS)
def test_no_text_makes_a_second_command(name: str, message: str) -> None:
    (line,) = write_annotations(report(case(1, name, "FAILURE", failure(message))), 10)
    assert len(line.splitlines()) == 1
    head, _, _ = line.removeprefix("::error title=").partition("::")
    assert line.startswith("::error title=")
    assert not set(":,\r\n") & set(head)
