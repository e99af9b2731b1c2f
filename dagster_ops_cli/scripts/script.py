"""What a script is, and which there are: ours, and those that other packages add by an entry point."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol

from pydantic import BaseModel

from dagster_ops_cli.api.backfill import BackfillApi
from dagster_ops_cli.api.pool import PoolApi
from dagster_ops_cli.api.run import RunApi
from dagster_ops_cli.errors import InterruptedByUserError, InvalidRequestError, OpsError, WaitTimeoutError
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.backfill import Backfill, BackfillPlan
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.run.result import WatchedRun
from dagster_ops_cli.scripts.config_file import load_config, problems_of

GROUP = "dagster_ops_cli.scripts"
# `ops script list` and `ops script schema` are commands of their own.
RESERVED = ("list", "schema")


@dataclass(frozen=True)
class Options:
    """How a script is run. ``wait_timeout`` and ``interval`` are in seconds; no timeout is for ever."""

    dry_run: bool = False
    again: bool = False
    yes: bool = False
    wait: bool = True
    wait_timeout: float | None = None
    interval: float = 5.0


class Session(Protocol):
    """What a script works with: the APIs of one Dagster, and somebody to tell how it comes along."""

    @property
    def options(self) -> Options:
        """How the script is to be run."""

    @property
    def launch_tags(self) -> Mapping[str, str]:
        """Tags that tell which pipeline launches something."""

    @property
    def backfills(self) -> BackfillApi:
        """Backfills."""

    @property
    def pools(self) -> PoolApi:
        """The API for concurrency pools."""

    @property
    def runs(self) -> RunApi:
        """Runs."""

    @property
    def asks(self) -> bool:
        """Whether the user is asked before something is changed: on a terminal, without ``--yes``."""

    @property
    def confirm_above(self) -> int:
        """Launching more runs than these is asked for first."""

    def confirm(
        self, question: str, about: Backfill | BackfillPlan | None, items: Sequence[str], total: int | None = None
    ) -> None:
        """Go on only if the user agrees; ``items`` are the first of what would be changed, out of ``total``."""

    def note(self, text: str) -> None:
        """Tell the user something, on stderr."""

    def command(self, line: str) -> str:
        """Return a command line that asks the same Dagster, for the user to type."""

    def progress(self, polls: Iterable[Backfill]) -> Iterable[Backfill]:
        """Pass looks at a backfill on, and show how it comes along."""

    def progress_of_runs(self, polls: Iterable[Sequence[WatchedRun]]) -> Iterable[Sequence[WatchedRun]]:
        """Pass looks at runs on, and show how they come along."""


@dataclass(frozen=True)
class Outcome:
    """How a script ended: a model to show, and the exit code.

    ``error`` is what ended it before its time: the model is what is known then.
    """

    model: Model
    exit_code: int = 0
    error: OpsError | None = None


@dataclass(frozen=True)
class Script:
    """A one-time job from a configuration file. ``run`` does the work and knows nothing of the command line."""

    name: str
    help: str
    model: type[BaseModel]
    run: Callable[[Any, Session], Outcome]


def ended_early(
    error: KeyboardInterrupt | WaitTimeoutError, goes_on: str, hint: str, name: str, value: str
) -> OpsError:
    """Return the error that ends waiting before its time: it says what goes on without us, and what to do then.

    ``name`` and ``value`` are the id of what was waited for.
    """
    told: OpsError
    if isinstance(error, WaitTimeoutError):
        told = WaitTimeoutError(f"{error.message}; {goes_on}", hint=hint)
    else:
        told = InterruptedByUserError(f"Interrupted; {goes_on}", hint=hint)
    told.ids = {name: value}
    told.__cause__ = error
    return told


def run_file(script: Script, path: str, session: Session) -> Outcome:
    """Run a script with its file. Raises InvalidContentError that lists every problem with the file."""
    with problems_of(path):
        return script.run(load_config(path, script.model), session)


def schema_of(script: Script) -> dict[str, Any]:
    """Return the JSON Schema of a script's file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **script.model.model_json_schema(),
        "title": f"ops script {script.name}",
    }


def our_scripts() -> dict[str, Script]:
    """Return the scripts that come with this package, by name."""
    from dagster_ops_cli.scripts.backfill import BACKFILL
    from dagster_ops_cli.scripts.launch import LAUNCH
    from dagster_ops_cli.scripts.pools import POOLS

    return {script.name: script for script in (BACKFILL, LAUNCH, POOLS)}


def all_scripts(warn: Callable[[str], None] = lambda text: None) -> dict[str, Script]:
    """Return all scripts by name, ours first; ``warn`` is told of those of other packages that can't be used."""
    scripts = our_scripts()
    for point in _points():
        try:
            script = _load(point)
        except InvalidRequestError as error:
            warn(error.message)
            continue
        if script.name in scripts:
            warn(f"{point.value} is ignored: there is another script {script.name!r}")
        else:
            scripts[script.name] = script
    return scripts


def find_script(name: str) -> Script:
    """Return the script of that name. Raises InvalidRequestError with the nearest names, or if it can't be loaded.

    The code of other packages is imported only if the script is not one of ours.
    """
    ours, points = our_scripts(), {point.name: point for point in _points()}
    if name in ours:
        return ours[name]
    if name in points and (script := _load(points[name])).name == name:
        return script
    scripts = all_scripts()
    if name in scripts:
        return scripts[name]
    names = sorted({*scripts, *points})
    raise InvalidRequestError(
        f"there is no script {name!r}", hint=did_you_mean(name, names) or f"There are: {', '.join(names)}."
    )


def _points() -> list[EntryPoint]:
    return sorted(entry_points(group=GROUP), key=lambda point: point.name)


def _load(point: EntryPoint) -> Script:
    """Return the script of another package. Raises InvalidRequestError if it can't be used."""
    try:
        script = point.load()
    except Exception as error:
        raise InvalidRequestError(f"the script {point.name!r} of {point.value} can't be loaded: {error}") from error
    if not isinstance(script, Script) or script.name in RESERVED:
        raise InvalidRequestError(f"{point.value} is no Script, or its name is reserved: {point.name!r}")
    return script
