"""`ops top`."""

import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.arguments.keys import keys_pressed
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import OUTPUT, Command, option
from dagster_ops_cli.cli.options import connection_options, connection_words, interval_option, json_option
from dagster_ops_cli.formatters.top import format_top

if TYPE_CHECKING:
    from dagster_ops_cli.formatters.terminal.draw import Drawer
    from dagster_ops_cli.formatters.terminal.top import Screen
    from dagster_ops_cli.schemas.top import Top

# How often the screen looks for keys, a new size of the window, and answers, in seconds.
_LOOK = 0.25
# Show a message when an answer is this late, in seconds.
_PATIENCE = 5.0


@click.command(cls=Command, examples=("ops top", "ops top --interval 5s", "ops top --once --json"))
@option("--once", heading=OUTPUT, is_flag=True, help="Print everything once, and exit")
@interval_option(2)
@json_option("top.Top")
@connection_options
@click.pass_context
def top(ctx: click.Context, ops: Ops, once: bool, interval: float, as_json: bool) -> None:
    """Show what runs, waits and has failed.

    One screen that refreshes: running runs with their steps, queued runs and what they wait for, what failed in the
    last hour and its first error, backfills, daemons, and commands for a closer look. It changes nothing. Press q or
    Ctrl-C to leave. While Dagster does not answer, the screen says so and goes on.

    In a pipe, with --once, --plain or --json, everything is printed once.
    """
    if once or as_json or not ops.drawer:
        ops.show(ops.top.get(), None if as_json else format_top)
        return
    # What is written to stderr would spoil the screen, unless it goes somewhere else.
    quiet = ops.with_options(quiet=True, view_graphql=ops.view_graphql and not sys.stderr.isatty())
    _show_screen(ops.drawer, _Watcher(quiet, interval, connection_words(ctx)))


class _LeftError(Exception):
    """The user has left while Dagster was asked."""


@dataclass
class _Watcher:
    """Asks Dagster in a thread of its own, so that pressed keys take effect at once.

    ``words`` are the connection options. ``error`` is what ended the thread.
    """

    ops: Ops
    interval: float
    words: Sequence[str]
    top: "Top | None" = None
    error: Exception | None = None
    left: threading.Event = field(default_factory=threading.Event)
    _message: str = ""
    _answered: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Ask until the user leaves or waiting fails."""
        poll = replace(self.ops.poll, tell=self._tell, sleep=self._sleep)
        try:
            for found in replace(self.ops.top, poll=poll).follow(self.interval):
                self.top, self._message, self._answered = found, "", time.monotonic()
        except _LeftError:
            pass
        except Exception as error:  # noqa: BLE001 - it is raised in the main thread
            self.error = error
            self.left.set()

    @property
    def screen(self) -> "Screen":
        """What the screen shows now."""
        from dagster_ops_cli.formatters.terminal.top import Screen

        silent = time.monotonic() - self._answered
        trouble = f"Dagster has not answered for {silent:.0f} s. {self._message}" if silent > self._patience else ""
        return Screen(self.ops.client.url, self.interval, self._command, self.top, trouble)

    @property
    def _patience(self) -> float:
        return self.interval + _PATIENCE

    def _command(self, command: str) -> str:
        return " ".join([command, *map(shlex.quote, self.words)])

    def _tell(self, message: str) -> None:
        self._message = message

    def _sleep(self, seconds: float) -> None:
        if self.left.wait(seconds):
            raise _LeftError


def _show_screen(drawer: "Drawer", watcher: _Watcher) -> None:
    """Show the screen until the user leaves. Raises what ended the watcher."""
    from rich.control import Control

    # Warnings about the settings belong above the screen.
    _ = watcher.ops.client
    console = drawer.console
    with _interrupts() as interrupts, keys_pressed() as pressed, console.screen() as alternate:
        threading.Thread(target=watcher.run, daemon=True).start()
        shown: object = None
        while not (interrupts or watcher.left.is_set()):
            screen = watcher.screen
            if shown != (state := (screen.top and screen.top.taken_at, screen.trouble, console.size)):
                # One write, so that nothing flickers.
                with console:
                    console.control(Control.home())
                    alternate.update(screen.draw(drawer))
                shown = state
            if "q" in pressed(_LOOK).lower():
                break
    watcher.left.set()
    if watcher.error:
        raise watcher.error


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Yield a list that Ctrl-C adds to, instead of ending the command with an error.

    A list, because a handler that takes a lock (as that of an event) can be interrupted by the next Ctrl-C and hang.
    """
    interrupts: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: interrupts.append(number))
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)
