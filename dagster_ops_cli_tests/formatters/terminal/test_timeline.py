"""Steps and runs as bars."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from dagster_ops_cli.formatters.terminal.canvas import PLAIN, Canvas, axis, plain
from dagster_ops_cli.formatters.terminal.timeline import Scale, draw_jobs, draw_run
from dagster_ops_cli.schemas.run.timeline import (
    JobsTimeline,
    JobTimeline,
    RunTimeline,
    TimelineAttempt,
    TimelineRun,
    TimelineStep,
)

START = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
WIDE = Canvas(80, 24)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def step(
    key: str, status: str, *attempts: tuple[float, float | None, str], ready: float = 0, **more: Any
) -> TimelineStep:
    tried = [
        TimelineAttempt(started_at=at(begin), ended_at=None if end is None else at(end), status=of)
        for begin, end, of in attempts
    ]
    return TimelineStep(key=key, status=status, ready_at=at(ready), attempts=tried, waiting=1.0, working=2.0, **more)


def run(*steps: TimelineStep, ended: float | None = 40, **more: Any) -> RunTimeline:
    fields = {
        "id": "97dee1a7",
        "status": "FAILURE",
        "job_name": "nightly",
        "started_at": START,
        "ended_at": None if ended is None else at(ended),
        "as_of": at(40),
        "duration": 40.0,
        "queued": 3.0,
        "url": "",
        "steps": list(steps),
        "critical_path": [each.key for each in steps if each.is_critical],
    }
    return RunTimeline.model_validate({**fields, **more})


EXTRACT = step("extract", "SUCCESS", (0, 10, "SUCCESS"), is_critical=True)
CLEAN = step("clean", "FAILURE", (20, 25, "FAILURE"), (30, 40, "FAILURE"), ready=10, is_critical=True)


def test_attempts_are_told_apart_and_waiting_from_working() -> None:
    assert plain(draw_run(run(EXTRACT, CLEAN), WIDE)) == (
        "Run 97dee1a7 nightly\n"
        "✗ FAILURE, took 40s, queued for 3.0s\n"
        "    STEP      WAITED   WORKED 0s          10s          20s         30s       40s\n"
        "* ✓ extract     1.0s     2.0s █████████████\n"
        "* ✗ clean       1.0s     2.0s             ░░░░░░░░░░░░░██████✗░░░░░████████████✗\n"
        "\n"
        "* Critical path, 6.0s: extract → clean\n"
        "Slowest steps: extract 2.0s (5%), clean 2.0s in 2 attempts (5%)\n"
        "█ worked 4.0s  ░ waited 2.0s  ✗ failed attempt"
    )


def test_plain_characters_say_the_same() -> None:
    text = plain(draw_run(run(EXTRACT, CLEAN), PLAIN))
    assert text.isascii()
    assert "* x clean       1.0s     2.0s             -------------======x-----============x\n" in text


def test_what_has_not_started() -> None:
    later = TimelineStep(key="load", status="WAITING", needs=["clean"])
    going = step("clean", "IN_PROGRESS", (20, None, "IN_PROGRESS"), ready=10)
    text = plain(draw_run(run(EXTRACT, going, later, ended=None, status="STARTED"), WIDE))
    assert "● STARTED, running for 40s, queued for 3.0s\n" in text
    assert "  ○ load\n" in text
    assert "  ● clean       1.0s     2.0s             ░░░░░░░░░░░░░█████████████████████████\n" in text


def test_a_run_without_steps() -> None:
    queued = run(ended=None, status="QUEUED", started_at=None, duration=None)
    assert plain(draw_run(queued, WIDE)) == "Run 97dee1a7 nightly\n○ QUEUED, queued for 3.0s\nNo step has started."


def test_a_narrow_window_keeps_the_bars() -> None:
    lines = draw_run(run(EXTRACT, CLEAN), Canvas(40, 24))
    assert "WAITED" not in plain(lines)
    assert "✗ clean" in plain(lines)


def test_text_of_dagster_is_escaped_and_wide_characters_count_as_two() -> None:
    odd = step("漢字[red]\x1b[0m", "SUCCESS", (0, 40, "SUCCESS"))
    lines = draw_run(run(EXTRACT, odd, job_name="a\nb"), WIDE)
    assert "漢字[red]\\x1b[0m" in plain(lines)
    assert lines[0].plain == "Run 97dee1a7 a\\nb"
    assert len({cell_len(line.plain[: line.plain.index("█")]) for line in lines[3:5]}) == 1


def job_run(begin: float | None, end: float | None, status: str = "SUCCESS", created: float = 0) -> TimelineRun:
    return TimelineRun(
        id="r",
        status=status,
        created_at=at(created),
        started_at=None if begin is None else at(begin),
        ended_at=None if end is None else at(end),
        url="",
    )


def jobs(**runs: list[TimelineRun]) -> JobsTimeline:
    found = [JobTimeline(job_name=name, runs=own) for name, own in runs.items()]
    total = sum(len(own) for own in runs.values())
    return JobsTimeline(since=START, as_of=at(600), total=total, jobs=found)


def test_runs_of_a_job_take_as_many_lines_as_overlap() -> None:
    shown = jobs(
        nightly=[job_run(0, 120), job_run(60, 300, "FAILURE"), job_run(180, 240)],
        hourly=[job_run(480, None, "STARTED"), job_run(None, None, "QUEUED", created=540)],
    )
    assert plain(draw_jobs(shown, Canvas(58, 24))) == (
        "5 runs in the last 10m\n"
        "JOB     -10m      -8m       -6m       -4m       -2m    now\n"
        "nightly ██████████✓    █████✓\n"
        "             ████████████████████✗\n"
        "hourly                                          █████████●\n"
        "        1 waiting, the oldest for 1m00s\n"
        "\n"
        "✗ 1 FAILURE  ○ 1 QUEUED  ● 1 STARTED  ✓ 2 SUCCESS"
    )


def test_many_runs_at_once_are_one_line_that_shows_the_worst() -> None:
    many = [job_run(60 * n, 60 * n + 300, "FAILURE" if n == 2 else "SUCCESS") for n in range(5) for _ in range(4)]
    lines = plain(draw_jobs(jobs(nightly=many), WIDE)).splitlines()
    assert len(lines) == 6
    assert "✗" in lines[2]
    assert lines[3] == "        up to 20 at once; the worst is shown"


def test_a_run_that_was_canceled_in_the_queue() -> None:
    text = plain(draw_jobs(jobs(nightly=[job_run(60, 60, "CANCELED")]), WIDE))
    assert "1 ended without a start" in text
    assert "■ 1 CANCELED" in text


def test_no_runs() -> None:
    assert plain(draw_jobs(jobs(), WIDE)) == "0 runs in the last 10m"


@st.composite
def timelines(draw: st.DrawFn) -> RunTimeline:
    """Runs with any steps, whose clocks may differ from that of the run."""
    steps = []
    for number in range(draw(st.integers(0, 8))):
        tries: list[tuple[float, float | None, str]] = []
        time = draw(st.floats(-5, 60))
        for _ in range(draw(st.integers(0, 4))):
            end = time + draw(st.floats(0, 30))
            tries.append((time, end, draw(st.sampled_from(["SUCCESS", "FAILURE", "SKIPPED", "NEW"]))))
            time = end + draw(st.floats(0, 9))
        name = draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
        status = draw(st.sampled_from(["SUCCESS", "FAILURE", "WAITING", "NOT_STARTED"]))
        steps.append(step(f"{number}{name}", status, *tries, is_critical=draw(st.booleans())))
    return run(*steps, ended=draw(st.one_of(st.none(), st.floats(0, 50))))


@given(timelines(), st.integers(20, 200), st.booleans())
def test_a_picture_fits_its_width(timeline: RunTimeline, width: int, unicode: bool) -> None:
    for line in draw_run(timeline, Canvas(width, 24, unicode)):
        assert isinstance(line, Text)
        assert cell_len(line.plain) <= width


@given(
    st.lists(
        st.tuples(st.integers(-100, 600), st.integers(0, 900), st.sampled_from(["SUCCESS", "FAILURE", "NEW"])),
        max_size=40,
    ),
    st.integers(60, 200),
)
def test_no_run_is_lost(found: list[tuple[int, int, str]], width: int) -> None:
    runs = [job_run(begin, begin + length, status) for begin, length, status in found if length]
    lines = draw_jobs(jobs(nightly=runs), Canvas(width, 24)) if runs else []
    text = plain(lines)
    if runs and "at once" not in text:
        bars = lines[2 : [line.plain for line in lines].index("")]
        # The last cell of each run has the sign of its status.
        assert sum(line.plain.count(sign) for line in bars for sign in "✓✗?") == len(runs)
    assert all(cell_len(line.plain) <= width for line in lines)


@given(st.integers(1, 100), st.floats(0.01, 1e8), st.floats(-1e8, 2e8))
def test_a_time_has_a_column_on_the_scale(width: int, seconds: float, time: float) -> None:
    scale = Scale.between(START, START + timedelta(seconds=seconds), width)
    assert 0 <= scale.column(START + timedelta(seconds=time)) < width
    assert scale.column(START) == 0


@pytest.mark.parametrize(
    ("labels", "width", "line"),
    [
        ([(0, "a"), (4, "b"), (8, "c")], 10, "a   b   c"),
        # The last label ends with the line, and comes before those between.
        ([(0, "first"), (6, "second"), (9, "last")], 12, "first   last"),
        ([(0, "first")], 12, "first"),
        ([(0, "first"), (3, "last")], 6, "first"),
        ([], 6, ""),
    ],
)
def test_the_labels_of_an_axis_do_not_overlap(labels: list[tuple[int, str]], width: int, line: str) -> None:
    assert axis(labels, width) == line
