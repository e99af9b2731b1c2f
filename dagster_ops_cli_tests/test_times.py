"""Durations and times, as users write them."""

from datetime import datetime, timezone

import pytest

from dagster_ops_cli.times import exact_duration, format_duration, parse_duration, parse_time

NOW = datetime(2026, 11, 20, 14, 56, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2h", "2026-11-20T12:56:00+00:00"),
        ("3d", "2026-11-17T14:56:00+00:00"),
        ("2026-11-20", "2026-11-20T00:00:00+00:00"),
        ("20260102", "2026-01-02T00:00:00+00:00"),
        ("90s", "2026-11-20T14:54:30+00:00"),
        ("2026-11-20T14:56", "2026-11-20T14:56:00+00:00"),
        ("2026-11-20 14:56:01", "2026-11-20T14:56:01+00:00"),
        ("2026-11-20T14:56:00.627917Z", "2026-11-20T14:56:00.627917+00:00"),
        ("2026-11-20T14:56:00.6Z", "2026-11-20T14:56:00.600000+00:00"),
        ("2026-11-20T14:56:00,627917123z", "2026-11-20T14:56:00.627917+00:00"),
        ("2026-11-20T14:56:00+01:00", "2026-11-20T13:56:00+00:00"),
        ("2026-11-20T14:56:00-0130", "2026-11-20T16:26:00+00:00"),
        ("2026-11-20T14:56:00+02", "2026-11-20T12:56:00+00:00"),
    ],
)
def test_a_time_is_read(text: str, time: str) -> None:
    assert parse_time(text, NOW).isoformat() == time


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "yesterday",
        "2026-13-01",
        "2026-02-30T00:00",
        "2026-11-20Z",
        "2026-11-20T25:00",
        "-2h",
        "20260101T00",
        "20261301",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither a time"):
        parse_time(text, NOW)


@pytest.mark.parametrize("text", ["2024", "90", "0.5", "202401", "1700000000"])
def test_a_bare_number_is_neither_a_time_nor_an_age(text: str) -> None:
    with pytest.raises(ValueError, match="bare number"):
        parse_time(text, NOW)


@pytest.mark.parametrize(
    "text", ["1970-01-01", "1969-07-20T20:17:00Z", "99999d", "999999999d", "0001-01-01T00:00+01:00"]
)
def test_a_time_that_dagster_takes_for_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"before 1970|neither a time"):
        parse_time(text, NOW)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0s"),
        (3.44, "3.4s"),
        (9.96, "10.0s"),
        (10, "10s"),
        (59.6, "1m00s"),
        (125, "2m05s"),
        (3725, "1h02m05s"),
        (266520, "3d02h02m"),
    ],
)
def test_a_duration_is_shown_as_it_is_read(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
    if seconds:
        assert parse_duration(text) == pytest.approx(seconds, abs=0.5)


@pytest.mark.parametrize("text", ["0.25", "90", "1234567.5", "1036800", "3153600000"])
def test_all_seconds_are_written_as_they_are_read(text: str) -> None:
    assert exact_duration(parse_duration(text)) == text
