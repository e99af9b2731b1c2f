"""Find the scripts of this package, and those that other packages add with an entry point."""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points

from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.scripts.backfill import BACKFILL
from dagster_ops_cli.scripts.launch import LAUNCH
from dagster_ops_cli.scripts.pools import POOLS
from dagster_ops_cli.scripts.script import Script

GROUP = "dagster_ops_cli.scripts"
# `ops script list` and `ops script schema` are commands.
_RESERVED = ("list", "schema")
_OURS = {script.name: script for script in (BACKFILL, LAUNCH, POOLS)}


def all_scripts(warn: Callable[[str], None] = lambda text: None) -> dict[str, Script]:
    """Return all scripts by name, ours first; ``warn`` is called with a message for each script that can't be used."""
    scripts = dict(_OURS)
    for point in _points():
        try:
            script = _load(point)
        except InvalidRequestError as error:
            warn(error.message)
            continue
        if script.name in scripts:
            warn(f"ignoring {point.value}: there is another script named {script.name!r}")
        else:
            scripts[script.name] = script
    return scripts


def find_script(name: str) -> Script:
    """Return the script with that name. Raises InvalidRequestError with the nearest names, or if it can't be loaded.

    The code of other packages is imported only if the script is not one of ours.
    """
    if name in _OURS:
        return _OURS[name]
    points = {point.name: point for point in _points()}
    if name in points and (script := _load(points[name])).name == name:
        return script
    scripts = all_scripts()
    if name in scripts:
        return scripts[name]
    names = sorted({*scripts, *points})
    raise InvalidRequestError(
        f"there is no script {name!r}", hint=did_you_mean(name, names) or f"Available: {', '.join(names)}."
    )


def _points() -> list[EntryPoint]:
    return sorted(entry_points(group=GROUP), key=lambda point: point.name)


def _load(point: EntryPoint) -> Script:
    """Return the script of another package. Raises InvalidRequestError if it can't be used."""
    try:
        script = point.load()
    except Exception as error:
        raise InvalidRequestError(f"the script {point.name!r} of {point.value} can't be loaded: {error}") from error
    if not isinstance(script, Script) or script.name in _RESERVED:
        raise InvalidRequestError(f"{point.value} is not a Script, or its name is reserved: {point.name!r}")
    return script
