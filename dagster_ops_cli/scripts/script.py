"""What a script is, what it works with, and how it ends."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel

from dagster_ops_cli.api.backfill import BackfillApi, Following
from dagster_ops_cli.api.run import RunApi
from dagster_ops_cli.errors import OpsError
from dagster_ops_cli.schemas.backfill import Backfill, BackfillPlan
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.run import Run
from dagster_ops_cli.schemas.run.result import WatchedRun


@dataclass(frozen=True)
class Options:
    """How a script is run. ``wait_timeout`` and ``interval`` are in seconds; without a timeout it waits for ever."""

    dry_run: bool = False
    again: bool = False
    yes: bool = False
    wait: bool = True
    wait_timeout: float | None = None
    interval: float = 5.0


class Session(Protocol):
    """What a script works with: the APIs of one Dagster, and the user who runs it."""

    @property
    def options(self) -> Options:
        """How to run the script."""

    @property
    def launch_tags(self) -> Mapping[str, str]:
        """Tags that name the CI/CD pipeline that launches something."""

    @property
    def backfills(self) -> BackfillApi:
        """The API for backfills."""

    @property
    def runs(self) -> RunApi:
        """The API for runs."""

    @property
    def asks(self) -> bool:
        """Whether to ask the user before a change: on a terminal, without ``--yes``."""

    @property
    def confirm_above(self) -> int:
        """How many runs to launch without asking."""

    def confirm(
        self, question: str, about: Backfill | BackfillPlan, items: Sequence[str], total: int | None = None
    ) -> None:
        """End the command unless the user agrees; ``items`` are the first of ``total`` things to change."""

    def note(self, text: str) -> None:
        """Write a message to stderr."""

    def command(self, line: str) -> str:
        """Return a command line with the connection options of this command."""

    def progress(self, polls: Iterable[Backfill]) -> Iterable[Backfill]:
        """Pass on the states of a backfill, and show its progress."""

    def progress_of_runs(self, polls: Iterable[Sequence[WatchedRun]]) -> Iterable[Sequence[WatchedRun]]:
        """Pass on the states of runs, and show their progress."""

    def follow_backfill(self, start: Callable[[Following], Iterator[Backfill]]) -> "Outcome":
        """Follow the backfill that ``start`` launches to its end, and return how it ended."""

    def follow_run(self, run: Run) -> "Outcome":
        """Follow a run to its end, and return how it ended."""


@dataclass(frozen=True)
class Outcome:
    """How a script ended: a model to show, and the exit code.

    ``error`` is what ended it early, if anything did; the model is what was known by then.
    """

    model: Model
    exit_code: int = 0
    error: OpsError | None = None


@dataclass(frozen=True)
class Script:
    """A one-time job from a configuration file. ``run`` does the work, without the command line."""

    name: str
    help: str
    model: type[BaseModel]
    run: Callable[[Any, Session], Outcome]
