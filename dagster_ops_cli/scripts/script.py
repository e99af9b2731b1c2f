"""Scripts, the session that they work with, and their outcomes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel

from dagster_ops_cli.api.backfill import BackfillApi, Following
from dagster_ops_cli.api.pool import PoolApi
from dagster_ops_cli.api.run import RunApi
from dagster_ops_cli.errors import OpsError
from dagster_ops_cli.schemas.backfill import Backfill, BackfillPlan
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.run import Run
from dagster_ops_cli.schemas.run.result import WatchedRun


@dataclass(frozen=True)
class Options:
    """How a script is run. ``wait_timeout`` (None: no limit) and ``interval`` are in seconds.

    With ``fail_on_checks``, an asset check that failed makes the exit code 1 although its run succeeded.
    ``add_missing`` replaces the key of that name in a backfill's file.
    """

    dry_run: bool = False
    again: bool = False
    yes: bool = False
    wait: bool = True
    wait_timeout: float | None = None
    interval: float = 5.0
    fail_on_checks: bool = False
    add_missing: bool = False


class Session(Protocol):
    """What a script can use: the APIs of one Dagster, and ways to talk to the user."""

    @property
    def options(self) -> Options:
        """How to run the script."""

    @property
    def launch_tags(self) -> Mapping[str, str]:
        """Tags that identify the CI/CD pipeline that runs this command."""

    @property
    def backfills(self) -> BackfillApi:
        """The API for backfills."""

    @property
    def pools(self) -> PoolApi:
        """The API for concurrency pools."""

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
        self, question: str, about: Backfill | BackfillPlan | None, items: Sequence[str], total: int | None = None
    ) -> None:
        """End the command unless the user agrees; ``items`` are the first of ``total`` things to change."""

    def note(self, text: str) -> None:
        """Write a message to stderr."""

    def command(self, line: str) -> str:
        """Return a command line with the connection options of this command."""

    def progress(self, polls: Iterable[Backfill]) -> Iterable[Backfill]:
        """Show the progress of a backfill while passing on its states."""

    def progress_of_runs(self, polls: Iterable[Sequence[WatchedRun]]) -> Iterable[Sequence[WatchedRun]]:
        """Show the progress of runs while passing on their states."""

    def follow_backfill(self, start: Callable[[Following], Iterator[Backfill]]) -> "Outcome":
        """Follow the backfill that ``start`` launches until it has ended, and return the outcome."""

    def follow_run(self, run: Run) -> "Outcome":
        """Follow a run until it has ended, and return the outcome."""


@dataclass(frozen=True)
class Outcome:
    """How a script ended: a model to show, and the exit code.

    ``error`` is set if the script ended early; the model is then the last known state.
    """

    model: Model
    exit_code: int = 0
    error: OpsError | None = None


@dataclass(frozen=True)
class Script:
    """A one-time job from a configuration file. ``run`` does the work, independent of the command line.

    ``answers`` are the models that its outcome may have; without them, ``--response-schema`` promises any object.
    """

    name: str
    help: str
    model: type[BaseModel]
    run: Callable[[Any, Session], Outcome]
    answers: Sequence[Any] = (Model,)
