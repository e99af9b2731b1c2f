"""Text from Dagster is data: it never controls the terminal, and a table row is one line."""

import json
from datetime import datetime, timezone

import pytest

from dagster_ops_cli.formatters.run_events import format_run_events
from dagster_ops_cli.formatters.text import cell, escape, to_json
from dagster_ops_cli.schemas.run_events import RunEvent, RunEventError, RunEventPage


def event(**fields: object) -> RunEvent:
    some = {
        "run_id": "1",
        "message": "hello",
        "timestamp": datetime(2026, 11, 20, tzinfo=timezone.utc),
        "level": "INFO",
    }
    return RunEvent.model_validate({**some, **fields})


def table(*events: RunEvent, wide: bool = False, streamed: bool = False) -> list[str]:
    page = RunEventPage(run_id="1", events=list(events), cursor=None, has_more=False, limit=1000)
    return "\n".join(map(str, format_run_events([page], "1", wide, streamed))).split("\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("a\tb\r", r"a\tb\r"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b31m", r"\x9b31m"),
        ("\u202eevil", r"\u202eevil"),
        ("two\u2028lines", r"two\u2028lines"),
        ("[red]é 漢 \U0001f600[/red]", "[red]é 漢 \U0001f600[/red]"),
    ],
)
def test_escape(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_a_cell_loses_one_trailing_newline_and_is_cut() -> None:
    assert cell("a\n\n") == r"a\n"
    assert cell("x" * 50, 50) == "x" * 50
    assert cell("x" * 51, 50) == "x" * 47 + "..."


def test_json_escapes_what_controls_a_terminal_and_nothing_else() -> None:
    text = "é\x1b\x7f\x9b\u202e\u200f漢"
    line = to_json(event(message=text))
    assert r"é\u001b\u007f\u009b\u202e\u200f漢" in line
    assert json.loads(line)["message"] == text


def test_json_keys_and_times_of_an_event() -> None:
    document = json.loads(to_json(event()))
    assert list(document) == ["runId", "message", "timestamp", "level", "stepKey", "eventType", "error"]
    assert document["timestamp"] == "2026-11-20T00:00:00.000Z"
    assert document["eventType"] is None


def test_columns_grow_with_a_page_and_not_with_a_stream() -> None:
    long = event(step_key="s" * 40, event_type="STEP_START")
    grown, streamed = table(long), table(long, streamed=True)
    assert grown[2].index("MESSAGE") == 20 + 1 + 20 + 1 + 40 + 1
    assert len(grown[3]) == 133
    assert streamed[2].index("MESSAGE") == 73
    assert len(streamed[3]) == 123
    assert streamed[4].endswith("s" * 40 + " hello")


def test_wide_messages_are_not_cut() -> None:
    text = "m" * 80
    assert table(event(message=text), wide=True)[4].endswith(text)
    assert table(event(message=text))[4].endswith("m" * 47 + "...")


def test_an_empty_message_is_told_by_the_type() -> None:
    assert table(event(message="", event_type="RUN_ENQUEUED"))[4].endswith("Run enqueued")


def test_no_line_has_trailing_blanks() -> None:
    assert all(line == line.rstrip() for line in table(event(message="x ", step_key="a")))


def test_errors_are_told_below_with_their_causes() -> None:
    root = RunEventError(message="KeyError: 'a'\n", class_name="KeyError")
    mine = RunEventError(message="my.module.MyError: it broke\nbadly\n", class_name="MyError", cause=root)
    wrapper = RunEventError(message="dagster.X: Error\n", class_name="DagsterExecutionStepExecutionError", cause=mine)
    lines = table(event(event_type="STEP_FAILURE", step_key="s", error=wrapper), event(error=root))
    assert lines[-5:] == ["", r"s: MyError: it broke\nbadly", "  caused by: KeyError: 'a'", "", "run: KeyError: 'a'"]


def test_an_error_without_class_or_message() -> None:
    assert table(event(error=RunEventError(message="")))[-1] == "run: "
