"""The file of `ops automation freeze` and `restore`: what was running, and what to start again."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from dagster_ops_cli import times
from dagster_ops_cli.adapters.automation import list_automation
from dagster_ops_cli.api.automation import NOT_LOADED
from dagster_ops_cli.errors import InvalidContentError, InvalidRequestError
from dagster_ops_cli.files import replace_file
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.automation import Automation, AutomationId, AutomationResult
from dagster_ops_cli.schemas.automation.freeze import FrozenFile, RestorePlan
from dagster_ops_cli.schemas.enums import RUNNING, SCHEDULE, SENSOR
from dagster_ops_cli.schemas.job import CodeLocation


def check_file(path: Path, client: GraphQLClient) -> FrozenFile | None:
    """Return what the file holds, or None if it does not exist or was restored, so that a freeze starts it afresh.

    Raises InvalidRequestError if the file is of another Dagster or can't be written, and InvalidContentError if no
    freeze has saved it.
    """
    if not path.exists():
        folder = path.parent
        if not folder.is_dir():
            raise InvalidRequestError(f"can't write {path}: the folder {folder} does not exist")
        if not os.access(folder, os.W_OK):
            raise InvalidRequestError(f"can't write {path}: the folder {folder} is not writable")
        return None
    frozen = read_frozen(path)
    if frozen.server != client.url:
        raise InvalidRequestError(f"{path} was saved for {frozen.server}; save to another file")
    return None if frozen.restored_at else frozen


def save_frozen(path: Path, client: GraphQLClient, frozen: Sequence[Automation]) -> None:
    """Add schedules and sensors to the file before they are stopped. It is complete on disk when this returns.

    Raises what ``check_file`` raises.
    """
    items, workspace = list_automation(client, [SCHEDULE, SENSOR], ticks=False)
    unread = [location.name for location in workspace.locations if location.error is not None]
    with _locked(path):
        # Read the file after the list above: another freeze saves what it is about to stop before it stops it.
        before = check_file(path, client)
        _write(
            path,
            FrozenFile(
                server=client.url,
                frozen_at=before.frozen_at if before else times.now(),
                frozen=_union(before.frozen if before else [], frozen),
                known=_union(before.known if before else [], items),
                unread=[name for name in unread if before is None or name in before.unread],
            ),
        )


def read_frozen(path: Path) -> FrozenFile:
    """Return what a freeze saved. Raises InvalidContentError if the file holds anything else."""
    try:
        return FrozenFile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InvalidRequestError(f"can't read {path}: {error.strerror}") from error
    except ValidationError as error:
        raise InvalidContentError(f"{path} was not saved by ops automation freeze") from error


def mark_restored(path: Path, frozen: FrozenFile) -> None:
    """Note in the file that everything was restored, so that the next freeze starts it afresh."""
    with _locked(path):
        # Another freeze may have added to the file since; that is not restored yet.
        if read_frozen(path) == frozen:
            _write(path, frozen.model_copy(update={"restored_at": times.now()}))


def plan_restore(frozen: FrozenFile, items: Sequence[Automation], broken: Sequence[CodeLocation]) -> RestorePlan:
    """Return what to start. ``items`` are all schedules and sensors; those of ``broken`` locations are unknown."""
    now = {item.key: item for item in items}
    unread = {location.name for location in broken}
    known = {item.key for item in (*frozen.frozen, *frozen.known)}
    start, results = [], []
    for each in frozen.frozen:
        item = now.get(each.key)
        if item is None:
            results.append(_missing(each, items, each.location_name in unread))
        elif item.status == RUNNING:
            results.append(AutomationResult(**item.identity, done=True, status=RUNNING))
        else:
            start.append(item)
    new = [item for item in items if item.key not in known]
    return RestorePlan(
        start=start,
        results=results,
        appeared=[item for item in new if item.location_name not in frozen.unread],
        unread=[item for item in new if item.location_name in frozen.unread],
    )


def is_restored(results: Sequence[AutomationResult]) -> bool:
    """Whether everything that still exists is running."""
    return all(result.done or str(result.code).endswith("_NOT_FOUND") for result in results)


def _missing(each: AutomationId, items: Sequence[Automation], may_be_there: bool) -> AutomationResult:
    if may_be_there:
        error, code = NOT_LOADED, "CODE_LOCATION_ERROR"
    else:
        same = [item.location_name for item in items if (item.type, item.name) == (each.type, each.name)]
        error = "no longer exists" + (f"; there is one with this name in {', '.join(same)}" if same else "")
        code = f"{each.type}_NOT_FOUND"
    return AutomationResult(**each.identity, done=False, error=error, code=code)


def _union(before: Sequence[AutomationId], more: Sequence[AutomationId]) -> list[AutomationId]:
    known = {item.key: AutomationId(**item.identity) for item in (*before, *more)}
    return [known[key] for key in sorted(known)]


def _write(path: Path, frozen: FrozenFile) -> None:
    """Replace the file in one step and wait for the disk: a command that is killed leaves the old file or the new."""
    replace_file(path, f"{frozen.model_dump_json(indent=2)}\n".encode())
    with _folder(path) as folder:
        os.fsync(folder)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep other commands from writing to the same folder. The lock ends with the process, even if it is killed."""
    try:
        with _folder(path) as folder:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise InvalidRequestError(f"can't write {path}: {error.strerror}") from error


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    folder = os.open(path.absolute().parent, os.O_RDONLY)
    try:
        yield folder
    finally:
        os.close(folder)
