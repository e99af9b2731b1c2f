"""Show progress while waiting: a live view on a terminal, otherwise a line per change. Always on stderr."""

import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_ops_cli import times
from dagster_ops_cli.cli.console import is_terminal, open_console
from dagster_ops_cli.cli.picture import MANY_PARTITIONS, canvas_of, draws_partitions
from dagster_ops_cli.errors import OpsError, run_deleted
from dagster_ops_cli.formatters.backfill import format_counts
from dagster_ops_cli.formatters.run.result import format_change, format_watched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from rich.console import RenderableType
    from rich.text import Text
    from typing_extensions import Self

    from dagster_ops_cli.cli.context import Ops
    from dagster_ops_cli.cli.picture import Draw
    from dagster_ops_cli.formatters.terminal.canvas import Canvas
    from dagster_ops_cli.schemas.backfill import Backfill
    from dagster_ops_cli.schemas.run import Run
    from dagster_ops_cli.schemas.run.result import RunResult, WatchedRun

# Steps are shown only for a few runs: the server reads a file for each run, and each step needs a line.
MOST_RUNS_WITH_STEPS = 5
_BAR_WIDTH = 40
# How many times per second a live view is redrawn.
_PER_SECOND = 4
# The lines of a live view below the picture of a backfill, and how many times longer than a reading is the pause after.
_LINES_OF_PROGRESS, _READING_PAUSE = 3, 9
# Statuses that count as running. Other unfinished runs are waiting.
_RUNNING = ("STARTING", "STARTED", "CANCELING")


@dataclass(frozen=True)
class Progress:
    """How many runs or partitions there are, have ended (``done``), have failed, were canceled and are running."""

    total: int
    done: int = 0
    failed: int = 0
    canceled: int = 0
    running: int = 0

    @classmethod
    def of_runs(cls, watched: "Sequence[WatchedRun]") -> "Self":
        """Count runs. Deleted runs count as failed."""
        ended = Counter(each.run.status if each.run and not each.is_gone else "" for each in watched if each.has_ended)
        going = Counter(each.run.status for each in watched if each.run and not each.has_ended)
        return cls(
            total=len(watched),
            done=ended.total(),
            failed=ended["FAILURE"] + ended[""],
            canceled=ended["CANCELED"],
            running=sum(going[status] for status in _RUNNING),
        )

    @classmethod
    def of_backfill(cls, backfill: "Backfill") -> "Self":
        """Count the partitions of a backfill. For several assets, count the partitions of each asset."""
        counts = Counter(backfill.counts)
        total = max(backfill.total, counts.total() if backfill.asset_keys else 0)
        # If there are more runs than partitions, each extra run is a retry of a failed one.
        retried = max(0, counts.total() - total)
        failed = max(0, counts["FAILURE"] - retried)
        return cls(
            total=total,
            done=counts["SUCCESS"] + failed + counts["CANCELED"],
            failed=failed,
            canceled=counts["CANCELED"],
            running=sum(counts[status] for status in _RUNNING),
        )

    def line(self, seconds: float) -> str:
        """Return the progress as one line, with the elapsed time."""
        minutes, rest = divmod(int(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        counts = {"failed": self.failed, "canceled": self.canceled, "running": self.running}
        return " · ".join(
            [
                f"{self.done:,}/{self.total:,} done",
                *(f"{count:,} {name}" for name, count in counts.items() if count),
                f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}",
            ]
        )


def is_live(ops: "Ops") -> bool:
    """Return whether stderr is a terminal that can show a live view."""
    return not ops.quiet and is_terminal(stderr=True)


def shows_steps(ops: "Ops", run_ids: "Sequence[str]") -> bool:
    """Return whether to show the steps of these runs."""
    return is_live(ops) and len(run_ids) <= MOST_RUNS_WITH_STEPS


def show_runs(
    ops: "Ops", polls: "Iterable[Sequence[WatchedRun]]", streams: bool = False
) -> "Iterator[Sequence[WatchedRun]]":
    """Show the progress of runs while passing on their states.

    ``streams`` says that the command writes output at the same time. Then a terminal has no room for a live view.
    """
    polls = ops.reported(polls)
    if ops.quiet:
        yield from polls
    elif is_live(ops) and not (streams and sys.stdout.isatty()):
        with _View() as view:
            for watched in polls:
                view.show(Progress.of_runs(watched), _step_bars(watched))
                yield watched
    else:
        shown: dict[str, str] = {}
        for watched in polls:
            for each in watched:
                if (line := format_change(each)) != shown.get(each.id):
                    ops.note(line)
                    shown[each.id] = line
            yield watched


def show_run(ops: "Ops", run: "Run", interval: float, timeout: float | None) -> "Iterator[Run]":
    """Show the progress of a run until it has ended. Yield its states; the last one comes with all details."""
    steps = shows_steps(ops, [run.id])
    for watched in show_runs(ops, ops.runs.watch([run.id], interval, timeout, retry_first=True, steps=steps)):
        if watched[0].is_gone:
            raise run_deleted(run.id)
        run = run.as_of(watched[0].run)
        yield run
    # Retry this request: the run's outcome is known, even if the webserver is restarting now.
    yield ops.poll.ask(lambda: ops.runs.get(run.id))


def show_backfill(ops: "Ops", polls: "Iterable[Backfill]") -> "Iterator[Backfill]":
    """Show the progress of a backfill while passing on its states."""
    polls = ops.reported(polls)
    if is_live(ops):
        with _View() as view:
            picture = _BackfillPicture(ops)
            for backfill in polls:
                progress = Progress.of_backfill(backfill)
                view.show(progress, picture.draw)
                view.show(progress, picture.update(backfill))
                yield backfill
        return
    shown = ""
    for backfill in polls:
        line = f"{backfill.state}: {format_counts(backfill.counts)}"
        if line != shown:
            ops.note(line)
            shown = line
        yield backfill


def show_batches(ops: "Ops", results: "Iterable[Sequence[RunResult]]", total: int) -> "Iterator[Sequence[RunResult]]":
    """Show how many of ``total`` results there are while passing them on, batch by batch."""
    if not is_live(ops):
        yield from results
        return
    with _View() as view:
        done = failed = 0
        view.show(Progress(total))
        for batch in results:
            done += len(batch)
            failed += sum(not each.done for each in batch)
            view.show(Progress(total, done, failed))
            yield batch


def _step_bars(watched: "Sequence[WatchedRun]") -> "Draw":
    """Return what draws the runs and their steps with the current durations."""
    shown = watched if len(watched) <= MOST_RUNS_WITH_STEPS else ()

    def draw(canvas: "Canvas") -> "Sequence[Text]":
        from rich.text import Text

        from dagster_ops_cli.api.run.timeline import run_timeline
        from dagster_ops_cli.formatters.terminal.timeline import draw_steps

        now = times.now()
        lines = []
        for each in shown:
            lines.append(Text(format_watched(each, now)))
            lines += draw_steps(run_timeline(each.run, None, now), canvas) if each.run else []
        return lines

    return draw


class _BackfillPicture:
    """The picture of a backfill's partitions.

    It is read again when a poll shows a change, but all reading takes at most a tenth of the time. Backfills of very
    many partitions have none.
    """

    def __init__(self, ops: "Ops") -> None:
        self._ops = ops
        self._counts: Mapping[str, int] = {}
        self._again = 0.0
        self.draw: Draw = _draw_nothing

    def update(self, backfill: "Backfill") -> "Draw":
        """Return what draws the partitions of a backfill as of now."""
        began = time.monotonic()
        if 1 < backfill.total <= MANY_PARTITIONS and backfill.counts != self._counts and began >= self._again:
            # The picture of the poll before is better than none, and the wait goes on.
            with suppress(OpsError):
                partitions = self._ops.backfills.list_partitions(backfill.id)
                self.draw = draws_partitions(backfill.name or backfill.id, partitions, _LINES_OF_PROGRESS)
                self._counts = backfill.counts
            ended = time.monotonic()
            self._again = ended + _READING_PAUSE * (ended - began)
        return self.draw


def _draw_nothing(canvas: "Canvas") -> "Sequence[Text]":
    return ()


class _View:
    """A live view: lines, then one line of numbers and a bar. It refreshes itself, and is erased at the end."""

    def __init__(self) -> None:
        from rich.live import Live

        self._console = open_console(stderr=True)
        self._began = time.monotonic()
        self._progress = Progress(0)
        self._draw: Draw = _draw_nothing
        self._width = 0
        self._drawn: list[int] = []
        # Messages on stderr appear above the view. Don't redirect stdout: it may be a file.
        self._live = Live(
            console=self._console,
            refresh_per_second=_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            get_renderable=self._frame,
        )

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: "TracebackType | None"
    ) -> None:
        self._live.stop()

    def show(self, progress: Progress, draw: "Draw" = _draw_nothing) -> None:
        """Update the view. Show nothing while the total is 0."""
        if not progress.total:
            return
        self._progress, self._draw = progress, draw
        self._live.start()
        self._live.refresh()

    def _frame(self) -> "RenderableType":
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.text import Text

        width, height = self._console.size
        self._erase_wrapped(width)
        lines = [*self._draw(canvas_of(self._console)), Text(self._progress.line(time.monotonic() - self._began))]
        # If the lines don't fit, drop the first ones, because the running steps come last.
        shown = lines[-max(1, height - 2) :]
        for line in shown:
            line.no_wrap, line.overflow = True, "ellipsis"
        # Leave room for the ^C that Ctrl-C prints after the bar.
        bar_width = max(1, min(_BAR_WIDTH, width - 3))
        self._width, self._drawn = width, [*(min(text.cell_len, width) for text in shown), bar_width]
        return Group(*shown, ProgressBar(self._progress.total, self._progress.done, bar_width))

    def _erase_wrapped(self, width: int) -> None:
        """Erase extra rows: a terminal that was made narrower has wrapped the lines."""
        from rich.control import Control
        from rich.segment import ControlType

        if width < self._width:
            rows = sum(max(0, (drawn - 1) // width) for drawn in self._drawn)
            codes = (ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2), (ControlType.CURSOR_UP, 1))
            self._console.control(*[Control(*codes)] * rows)
