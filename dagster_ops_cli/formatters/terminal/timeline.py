"""Pictures of time: the steps of a run, and the runs of jobs, as bars."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.text import Text

from dagster_ops_cli.formatters.terminal.canvas import Canvas, axis, cut, fitted, joined, widest, wrapped
from dagster_ops_cli.formatters.terminal.status import BAD, Look, look_of
from dagster_ops_cli.formatters.text import escape
from dagster_ops_cli.times import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dagster_ops_cli.schemas.run.timeline import JobsTimeline, JobTimeline, RunTimeline, TimelineRun, TimelineStep

_WORK, _WAIT = ("█", "="), ("░", "-")
# What marks the steps on the critical path.
_CRITICAL = "*"
_TICKS = (1, 2, 5, 10, 15, 30, *(60 * each for each in (1, 2, 5, 10, 15, 30)))
_TICKS += tuple(3600 * each for each in (1, 2, 3, 6, 12, 24, 48, 7 * 24, 14 * 24, 28 * 24, 91 * 24, 364 * 24))
# The least cells between two labels of the axis.
_TICK_WIDTH = 8
# The width of a duration, and the least width of bars beside durations.
_DURATION, _LEAST_BAR = 8, 16
_SLOWEST = 3
# If more runs than this overlap, they are drawn as one line that shows the worst.
_MOST_LANES = 8
# A time of this length or longer is shown without seconds.
_TEN_MINUTES = 600
# A name takes at most this part of the width.
_NAME_PART = 3


@dataclass(frozen=True)
class Scale:
    """Maps times to columns: a line of ``width`` cells begins at ``start`` and covers so many ``seconds``."""

    start: datetime
    seconds: float
    width: int

    @classmethod
    def between(cls, start: datetime, end: datetime, width: int) -> "Scale":
        """Return the scale from one time to a later one."""
        return cls(start, max((end - start).total_seconds(), 0.001), max(1, width))

    def column(self, time: datetime) -> int:
        """Return the column of a time; times outside of the scale are moved to its ends."""
        share = (time - self.start).total_seconds() / self.seconds
        return max(0, min(self.width - 1, int(share * self.width)))

    @property
    def tick(self) -> int:
        """The seconds between two labels of the axis."""
        most = max(1, self.width // _TICK_WIDTH)
        return next((each for each in _TICKS if self.seconds / each <= most), _TICKS[-1])


@dataclass
class Bar:
    """A line of cells, each with a sign and a style."""

    width: int
    cells: dict[int, tuple[str, str]] = field(default_factory=dict)

    def fill(self, first: int, last: int, sign: str, style: str) -> None:
        """Draw over the cells from ``first`` to ``last``."""
        for column in range(first, last + 1):
            self.cells[column] = (sign, style)

    def text(self) -> Text:
        """Return the line."""
        return joined(self.cells.get(column, (" ", "")) for column in range(self.width))


def draw_run(timeline: "RunTimeline", canvas: Canvas) -> list[Text]:
    """Return the picture of a run: its steps as bars, the critical path and the slowest steps."""
    lines = _head(timeline, canvas)
    if timeline.started_at is None or not any(step.attempts for step in timeline.steps):
        return cut([*lines, Text("No step has started.")], canvas)
    return cut([*lines, *draw_steps(timeline, canvas), Text(), *_summary(timeline, canvas)], canvas)


def _head(timeline: "RunTimeline", canvas: Canvas) -> list[Text]:
    look = look_of(timeline.status)
    name = " ".join(filter(None, (timeline.job_name, timeline.partition)))
    facts = {"took" if timeline.ended_at else "running for": timeline.duration, "queued for": timeline.queued}
    times = "".join(f", {word} {format_duration(each)}" for word, each in facts.items() if each is not None)
    status = Text.assemble((f"{canvas.sign(look)} {escape(timeline.status)}", look.style), times)
    return [Text(f"Run {escape(timeline.id)} {escape(name)}", style="bold"), status]


def draw_steps(timeline: "RunTimeline", canvas: Canvas) -> list[Text]:
    """Return the axis and a bar for each step; nothing before the run has started."""
    steps = timeline.steps
    if timeline.started_at is None:
        return []
    name = min(max(widest(step.key for step in steps), 4), canvas.width // _NAME_PART)
    numbers = {"WAITED": [step.waiting for step in steps], "WORKED": [step.working for step in steps]}
    # Without the plan, nobody knows for how long a step waited.
    shown = {title: values for title, values in numbers.items() if any(each is not None for each in values)}
    left = 4 + name + 1
    if canvas.width - left - len(shown) * (_DURATION + 1) < _LEAST_BAR:
        shown = {}
    scale = Scale.between(
        timeline.started_at, timeline.ended_at or timeline.as_of, canvas.width - left - len(shown) * (_DURATION + 1)
    )
    ticks = [(scale.column(time), _offset(seconds)) for seconds, time in _ticks(scale)]
    head = " ".join(
        [" " * 3, "STEP".ljust(name), *(title.rjust(_DURATION) for title in shown), axis(ticks, scale.width)]
    )
    lines = [Text(head, style="dim")]
    for place, step in enumerate(steps):
        look = look_of(step.status)
        line = Text.assemble(
            (f"{_CRITICAL if step.is_critical else ' '} ", "bold magenta"),
            (canvas.sign(look), look.style),
            " ",
            (fitted(step.key, name, canvas), "bold" if step.is_critical else ""),
        )
        for values in shown.values():
            line.append(f" {_duration(values[place]):>{_DURATION}}")
        lines.append(line.append(" ").append_text(_step_bar(step, timeline.as_of, scale, canvas)))
    return cut(lines, canvas)


def _duration(seconds: float | None) -> str:
    return "" if seconds is None else format_duration(seconds)


def _step_bar(step: "TimelineStep", now: datetime, scale: Scale, canvas: Canvas) -> Text:
    bar = Bar(scale.width)
    before = step.ready_at
    for attempt in step.attempts:
        _wait(bar, scale, before, attempt.started_at, canvas)
        _attempt(bar, scale, attempt.started_at, attempt.ended_at or now, look_of(attempt.status), canvas)
        before = attempt.ended_at
    if not step.attempts and step.status == "WAITING":
        _wait(bar, scale, before, now, canvas)
    return bar.text()


def _wait(bar: Bar, scale: Scale, start: datetime | None, end: datetime, canvas: Canvas) -> None:
    """Draw the time before an attempt, in the cells that no attempt takes."""
    if start is not None and start < end:
        first = scale.column(start)
        taken = max(bar.cells, default=-1)
        bar.fill(max(first, taken + 1), scale.column(end), canvas.choose(*_WAIT), "dim")


def _attempt(bar: Bar, scale: Scale, start: datetime, end: datetime, look: Look, canvas: Canvas) -> None:
    """Draw an attempt; the last cell of one that failed has a sign."""
    first, last = scale.column(start), scale.column(end)
    bar.fill(first, last, canvas.choose(*_WORK), look.style)
    if look is BAD:
        bar.fill(last, last, canvas.sign(look), look.style)


def _summary(timeline: "RunTimeline", canvas: Canvas) -> list[Text]:
    by_key = {step.key: step for step in timeline.steps}
    path = [by_key[key] for key in timeline.critical_path]
    seconds = sum((step.waiting or 0.0) + (step.working or 0.0) for step in path)
    arrow = canvas.choose("→", "->")
    parts = [Text(f"{_CRITICAL} Critical path, {format_duration(seconds)}:", style="bold")]
    parts += [Text(f"{escape(step.key)} {arrow}" if step is not path[-1] else escape(step.key)) for step in path]
    worked = [(step.working, step) for step in timeline.steps if step.working is not None]
    slowest = sorted(worked, key=lambda each: -each[0])[:_SLOWEST]
    slow = [Text("Slowest steps:", style="bold")]
    slow += [
        Text(_slow(step, seconds, timeline) + ("," if step is not slowest[-1][1] else "")) for seconds, step in slowest
    ]
    waited = sum(step.waiting or 0.0 for step in timeline.steps)
    total = sum(seconds for seconds, _ in worked)
    legend = [
        Text(f"{canvas.choose(*_WORK)} worked {format_duration(total)}"),
        Text(f"{canvas.choose(*_WAIT)} waited {format_duration(waited)}", style="dim"),
        Text(f"{canvas.sign(BAD)} failed attempt", style=BAD.style),
    ]
    shown = legend if any(each.status == "FAILURE" for step in timeline.steps for each in step.attempts) else legend[:2]
    return [*wrapped(parts, canvas.width, " "), *wrapped(slow, canvas.width, " "), *wrapped(shown, canvas.width)]


def _slow(step: "TimelineStep", seconds: float, timeline: "RunTimeline") -> str:
    attempts = f" in {len(step.attempts)} attempts" if len(step.attempts) > 1 else ""
    share = f" ({100 * seconds / timeline.duration:.0f}%)" if timeline.duration else ""
    return f"{escape(step.key)} {format_duration(seconds)}{attempts}{share}"


def draw_jobs(timeline: "JobsTimeline", canvas: Canvas) -> list[Text]:
    """Return the picture of the runs of jobs: a bar for each run, and each job in as many lines as runs overlap."""
    runs = [run for job in timeline.jobs for run in job.runs]
    seconds = int((timeline.as_of - timeline.since).total_seconds())
    length = _offset(seconds if seconds < _TEN_MINUTES else seconds - seconds % 60)
    several = "1 run" if timeline.total == 1 else f"{timeline.total:,} runs"
    lines = [Text(f"{several} in the last {length}", style="bold")]
    if not runs:
        return lines
    name = min(max(widest(job.job_name for job in timeline.jobs), 3), canvas.width // _NAME_PART)
    scale = Scale.between(timeline.since, timeline.as_of, canvas.width - name - 1)
    ticks = [(scale.column(timeline.as_of - each), _age(each)) for each in _ages(scale)]
    lines.append(Text(f"{'JOB'.ljust(name)} {axis(ticks, scale.width)}", style="dim"))
    for job in timeline.jobs:
        lines += _job_lines(job, timeline.as_of, scale, name, canvas)
    legend = []
    for status, count in sorted(Counter(run.status for run in runs).items()):
        look = look_of(status)
        legend.append(Text.assemble((canvas.sign(look), look.style), f" {count:,} {escape(status)}"))
    return cut([*lines, Text(), *wrapped(legend, canvas.width)], canvas)


def _job_lines(job: "JobTimeline", now: datetime, scale: Scale, name: int, canvas: Canvas) -> list[Text]:
    begun = [run for run in job.runs if _start(run)]
    lanes = _lanes(begun, now, scale)
    notes = []
    if len(lanes) > _MOST_LANES:
        notes.append(f"up to {len(lanes)} at once; the worst is shown")
        lanes = [_worst_last(begun)]
    if len(begun) < len(job.runs):
        notes.append(_unstarted([run for run in job.runs if not _start(run)], now))
    rows = [_run_bar(lane, now, scale, canvas).text() for lane in lanes]
    rows += [Text(escape(note), style="dim") for note in notes]
    labels = [job.job_name, *[""] * (len(rows) - 1)]
    return [Text(f"{fitted(label, name, canvas)} ").append_text(row) for label, row in zip(labels, rows, strict=True)]


def _start(run: "TimelineRun") -> datetime | None:
    """Return when a run started; None for one that did not, such as one that was canceled in the queue."""
    return None if run.started_at == run.ended_at else run.started_at


def _unstarted(runs: "Sequence[TimelineRun]", now: datetime) -> str:
    waiting = [run.created_at for run in runs if run.created_at and not run.ended_at]
    parts = (
        [f"{len(waiting):,} waiting, the oldest for {format_duration((now - min(waiting)).total_seconds())}"]
        if waiting
        else []
    )
    ended = len(runs) - len(waiting)
    return "; ".join([*parts, f"{ended:,} ended without a start"] if ended else parts)


def _worst_last(runs: "Sequence[TimelineRun]") -> "list[TimelineRun]":
    """Return the runs in an order in which the worse are drawn over the better."""
    order = ("SUCCESS", "QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING", "CANCELED", "FAILURE")
    return sorted(runs, key=lambda run: order.index(run.status) if run.status in order else len(order) // 2)


def _lanes(runs: "Iterable[TimelineRun]", now: datetime, scale: Scale) -> "list[list[TimelineRun]]":
    """Return runs that have started, divided into lines in which none overlaps another."""
    lanes: list[list[TimelineRun]] = []
    ends: list[int] = []
    for run in sorted(runs, key=lambda run: _start(run) or now):
        first = scale.column(_start(run) or now)
        lane = next((place for place, end in enumerate(ends) if end < first), len(lanes))
        if lane == len(lanes):
            lanes.append([])
            ends.append(-1)
        lanes[lane].append(run)
        ends[lane] = scale.column(run.ended_at or now)
    return lanes


def _run_bar(runs: "Iterable[TimelineRun]", now: datetime, scale: Scale, canvas: Canvas) -> Bar:
    """Draw runs that have started, each with the sign of its status at its end."""
    bar = Bar(scale.width)
    for run in runs:
        look = look_of(run.status)
        last = scale.column(run.ended_at or now)
        bar.fill(scale.column(_start(run) or now), last, canvas.choose(*_WORK), look.style)
        bar.fill(last, last, canvas.sign(look), look.style)
    return bar


def _ticks(scale: Scale) -> list[tuple[int, datetime]]:
    """Return the times of the axis, with their seconds since its start."""
    count = int(scale.seconds // scale.tick)
    return [(scale.tick * number, scale.start + timedelta(seconds=scale.tick * number)) for number in range(count + 1)]


def _ages(scale: Scale) -> list[timedelta]:
    """Return the ages of the axis, the oldest first."""
    count = int(scale.seconds // scale.tick)
    return [timedelta(seconds=scale.tick * number) for number in range(count, -1, -1)]


def _age(age: timedelta) -> str:
    return f"-{_offset(int(age.total_seconds()))}" if age else "now"


def _offset(seconds: int) -> str:
    """Return seconds in the largest units that hold them: ``0s``, ``90s``, ``5m``, ``1h30m``."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            whole, rest = divmod(seconds, size)
            return f"{whole}{unit}" + (_offset(rest) if rest else "")
    return f"{seconds}s"
