"""Names and ids that a shell completes. They come from Dagster, and from a cache for a few minutes after that."""

import hashlib
import io
import json
import os
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from dagster_ops_cli import times
from dagster_ops_cli.cli.context import Ops, config_path
from dagster_ops_cli.cli.options import REACH
from dagster_ops_cli.errors import InvalidRequestError, OpsError
from dagster_ops_cli.files import replace_file
from dagster_ops_cli.formatters.terminal.age import format_age
from dagster_ops_cli.formatters.text import escape

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# How many seconds a shell waits for Dagster, and for how long names and ids are kept.
_PATIENCE = 2.0
_KEPT_NAMES, _KEPT_IDS = 300.0, 60.0
# How many runs and backfills are offered. The state of each backfill is a request.
_RUNS, _BACKFILLS = 50, 10
_IDS = ("run", "backfill")
_WORDS = ("@latest", "@failed")


class Name(NamedTuple):
    """A name or an id, what it is, and when it was created, in seconds."""

    value: str
    about: str = ""
    created_at: float | None = None

    def help(self, now: datetime) -> str:
        """Return what a shell shows beside it."""
        if self.created_at is None:
            return escape(self.about)
        return escape(f"{self.about} {format_age(datetime.fromtimestamp(self.created_at, timezone.utc), now)}")


def complete(kind: str, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
    """Return the names of a kind (such as ``job``, ``run`` or ``profile``) that begin with a text.

    The connection options of the command line say of which Dagster. Warnings are hidden: they would be printed into
    the user's prompt.
    """
    from click.shell_completion import CompletionItem

    with redirect_stderr(io.StringIO()):
        found = _profiles() if kind == "profile" else _of_dagster(kind, _ops(ctx.params))
    if kind in _IDS:
        found += [Name(word) for word in _WORDS]
    now = times.now()
    # A control character would break the protocol between the shell and us.
    shown = [each for each in found if each.value.startswith(incomplete) and escape(each.value) == each.value]
    return [CompletionItem(each.value, help=each.help(now) or None) for each in shown]


def _ops(params: Mapping[str, Any]) -> Ops:
    reach = {name: params.get(name) for name in REACH}
    if reach["api_token"] == "-":  # noqa: S105 - it stands for stdin, where the token does not come before the command
        raise InvalidRequestError("the token is not known yet")
    return Ops(url=params.get("url"), header=params.get("header") or (), timeout=_PATIENCE, reach=reach, quiet=True)


def _profiles() -> list[Name]:
    from dagster_ops_cli.settings.profiles import read_profiles

    return [Name(name) for name in read_profiles(config_path()).profiles]


def _of_dagster(kind: str, ops: Ops) -> list[Name]:
    target = hashlib.sha256(ops.settings.graphql_url.encode()).hexdigest()[:32]
    home = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # A relative path is invalid, as the standard says.
    path = (home if home.is_absolute() else Path.home() / ".cache") / "ops" / f"{target}-{kind}.json"
    kept_at, names = _read(path)
    now = times.now().timestamp()
    if not 0 <= now - kept_at < (_KEPT_IDS if kind in _IDS else _KEPT_NAMES):
        # Without an answer the old names are kept, so that the next completion does not wait in vain.
        with suppress(OpsError):
            names = _ASK[kind](ops)
        _write(path, now, names)
    return names


def _read(path: Path) -> tuple[float, list[Name]]:
    try:
        known = json.loads(path.read_text())
        return float(known["at"]), [_name(*each) for each in known["names"]]
    except (OSError, OverflowError, ValueError, TypeError, KeyError):
        return 0.0, []


def _name(value: Any, about: Any, created_at: Any) -> Name:
    """Return an entry of the cache. Raises an error if it is none: something else may have written the file."""
    if not (isinstance(value, str) and isinstance(about, str)):
        raise TypeError
    name = Name(value, about, created_at)
    name.help(times.now())
    return name


def _write(path: Path, now: float, names: list[Name]) -> None:
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, json.dumps({"at": now, "names": names}).encode(), 0o600)


def _jobs(ops: Ops) -> list[Name]:
    return [Name(each.name, each.location_name) for each in ops.jobs.list().items]


def _assets(ops: Ops) -> list[Name]:
    return [Name(each.key, each.group_name or "") for each in ops.assets.select("*")]


def _automation(type_: str) -> Callable[[Ops], list[Name]]:
    def ask(ops: Ops) -> list[Name]:
        from dagster_ops_cli.schemas.automation import AutomationFilter

        page = ops.automation.list(AutomationFilter(types=(type_,)), ticks=False)
        return [Name(each.name, each.status) for each in page.items]

    return ask


def _pools(ops: Ops) -> list[Name]:
    return [Name(each.name) for each in ops.pools.list().items]


def _runs(ops: Ops) -> list[Name]:
    from dagster_ops_cli.schemas.run.filter import RunFilter

    runs = ops.runs.list(RunFilter(), _RUNS).items
    return [Name(each.id, f"{each.job_name} {each.status}", _seconds(each.created_at)) for each in runs]


def _backfills(ops: Ops) -> list[Name]:
    from dagster_ops_cli.schemas.backfill import BackfillFilter

    backfills = ops.backfills.list(BackfillFilter(), _BACKFILLS).items
    return [Name(each.id, f"{each.name or ''} {each.state}".strip(), _seconds(each.created_at)) for each in backfills]


def _seconds(time: datetime | None) -> float | None:
    return time.timestamp() if time else None


_ASK: Mapping[str, Callable[[Ops], list[Name]]] = {
    "job": _jobs,
    "asset": _assets,
    "schedule": _automation("SCHEDULE"),
    "sensor": _automation("SENSOR"),
    "pool": _pools,
    "run": _runs,
    "backfill": _backfills,
}
