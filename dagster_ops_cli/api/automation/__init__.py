"""The API for schedules and sensors."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dagster_ops_cli.adapters.automation import change, get_automation, list_automation, list_ticks
from dagster_ops_cli.adapters.automation.preview import preview
from dagster_ops_cli.api.job.find import ambiguous, check_location, raise_broken
from dagster_ops_cli.api.waiting.lost_answer import may_be_made
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NoAnswerError,
    NotFoundError,
    OpsError,
    ServerFaultError,
    UnauthorizedError,
    UnreachableError,
    invalid_cursor,
)
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.automation import (
    STANDARD,
    Automation,
    AutomationDetail,
    AutomationFilter,
    AutomationId,
    AutomationPage,
    AutomationResult,
    CursorChange,
    Preview,
    Tick,
)
from dagster_ops_cli.schemas.enums import RUNNING, SENSOR, STOPPED
from dagster_ops_cli.schemas.page import Page

# How many ticks one request returns.
_TICKS_AT_ONCE = 100
# How many ticks the details of a schedule or sensor show.
_FEW_TICKS = 5
# The id of a tick; its number is the time of the tick.
_TICK_ID = re.compile(r".+:\d+(\.\d+)?", re.DOTALL)
# How often a change is tried, and how many seconds to wait before reading it back: a tick that ends at the same moment
# may write back the old status.
_ATTEMPTS = 4
_SETTLED_AFTER = 0.5
# The same for a maintenance: at the end of an iteration, which can take seconds, Dagster's scheduler may write back the
# status that it has read at the beginning.
_CERTAINLY_SETTLED_AFTER = 5.0
NOT_LOADED = "its code location does not load"
_ACTIONS = {"start": change.start, "stop": change.stop, "reset": change.reset}
_UNREACHABLE = (UnreachableError, NoAnswerError, UnauthorizedError)


@dataclass(frozen=True)
class AutomationApi:
    """The schedules and sensors of one Dagster."""

    client: GraphQLClient
    poll: Poll = field(default_factory=Poll)

    def list(self, wanted: AutomationFilter, ticks: bool = True) -> AutomationPage:
        """Return the schedules and sensors that match, in the order of locations, repositories and names.

        Without ``ticks`` they come without their ticks. Raises NotFoundError for a repository or code location that
        does not exist, and BadResponseError for one that does not load.
        """
        items, workspace = list_automation(self.client, wanted.types, ticks)
        check_location(workspace, wanted.repository_name, wanted.location_name)
        passed = sorted((item for item in items if wanted.passes(item)), key=_order)
        broken = [] if wanted.location_name else [each for each in workspace.locations if each.error is not None]
        return AutomationPage(items=passed, broken=broken)

    def find(
        self,
        type_: str,
        names: Sequence[str],
        repository_name: str | None = None,
        location_name: str | None = None,
        ticks: bool = False,
    ) -> Sequence[Automation]:
        """Return the schedules or sensors with these names, in this order.

        Raises NotFoundError with the nearest names, InvalidRequestError for a name that several repositories have, and
        BadResponseError if a missing one may be in a code location that does not load.
        """
        items, workspace = list_automation(self.client, [type_], ticks)
        check_location(workspace, repository_name, location_name)
        place = AutomationFilter(types=(type_,), repository_name=repository_name, location_name=location_name)
        possible = [item for item in items if place.passes(item)]
        found = [[item for item in possible if item.name == name] for name in names]
        unknown = [name for name, those in zip(names, found, strict=True) if not those]
        noun = type_.lower()
        if unknown:
            message = f"there is no {noun} {' and no '.join(repr(name) for name in unknown)}"
            raise_broken(message, [each for each in workspace.locations if location_name in (None, each.name)])
            near = did_you_mean(unknown[0], [item.name for item in possible]) or f"`ops {noun} list` shows all {noun}s."
            error = NotFoundError(message, code=f"{type_}_NOT_FOUND", hint=near)
            error.ids = {f"{noun}_name": unknown[0]}
            raise error
        for name, those in zip(names, found, strict=True):
            if len(those) > 1:
                raise ambiguous(noun, name, [(each.location_name, each.repository_name) for each in those])
        return [those[0] for those in found]

    def get(
        self, type_: str, name: str, repository_name: str | None = None, location_name: str | None = None
    ) -> AutomationDetail:
        """Return a schedule or sensor with its last and next ticks. Raises what ``find`` raises."""
        (item,) = self.find(type_, [name], repository_name, location_name, ticks=True)
        return get_automation(self.client, item, _FEW_TICKS)

    def stream_ticks(
        self, item: AutomationId, statuses: Sequence[str] = (), limit: int | None = None, cursor: str | None = None
    ) -> Iterator[Page[Tick]]:
        """Yield the ticks with one of these statuses (none: any) in pages, newest first, at most ``limit`` in all.

        ``cursor`` is the id of a tick; those before it are returned. Raises InvalidRequestError if it is none.
        """
        if cursor is not None and not _TICK_ID.fullmatch(cursor):
            raise invalid_cursor(cursor)
        left = limit
        while True:
            size = _TICKS_AT_ONCE if left is None else min(left, _TICKS_AT_ONCE)
            # One extra tick shows whether there are more.
            ticks = list_ticks(self.client, item, statuses, size + 1, cursor)
            has_more = len(ticks) > size
            ticks = ticks[:size]
            cursor = ticks[-1].id if has_more else None
            yield Page(items=ticks, cursor=cursor, has_more=has_more)
            left = None if left is None else left - len(ticks)
            if not has_more or left == 0:
                return

    def start(self, items: Sequence[Automation]) -> Iterator[AutomationResult]:
        """Start schedules and sensors; yield a result for each, which ``refresh`` completes."""
        return self._change(items, "start", lambda item: RUNNING, lambda item: item.status == RUNNING)

    def stop(self, items: Sequence[Automation]) -> Iterator[AutomationResult]:
        """Stop schedules and sensors; yield a result for each, which ``refresh`` completes."""
        return self._change(items, "stop", lambda item: STOPPED, lambda item: item.status == STOPPED)

    def reset(self, items: Sequence[Automation]) -> Iterator[AutomationResult]:
        """Reset to the status that their code declares; yield a result for each, which ``refresh`` completes."""
        return self._change(items, "reset", lambda item: item.default_status, lambda item: not item.can_reset)

    def _change(
        self,
        items: Sequence[Automation],
        verb: str,
        wanted: Callable[[Automation], str],
        is_done: Callable[[Automation], bool],
    ) -> Iterator[AutomationResult]:
        has_acted = False
        halted: OpsError | None = None
        for item in items:
            known = {**item.identity, "before": item.status, "wanted": wanted(item), "verb": verb}
            if is_done(item):
                yield AutomationResult(**known, done=True, status=item.status)
                continue
            error = halted
            if error is None:
                try:
                    _ACTIONS[verb](self.client, item)
                    has_acted = True
                except OpsError as raised:
                    error = raised
                    is_final = isinstance(error, (ForbiddenError, *_UNREACHABLE)) and not error.in_doubt
                    if is_final and not has_acted:
                        raise
                    # Permissions may differ between code locations.
                    halted = error if is_final and not isinstance(error, ForbiddenError) else None
                    has_acted = has_acted or error.in_doubt
            message = error.message if error else "interrupted before it was read back"
            yield AutomationResult(**known, done=False, error=message, code=error.code if error else None)

    def refresh(self, results: Sequence[AutomationResult], patient: bool = False) -> Sequence[AutomationResult]:
        """Return the results with the statuses that Dagster has now. A result is done if it has the wanted status.

        A daemon that ends a tick or an iteration at the same moment may write back the old status. The change is then
        repeated, a few times at most. With ``patient``, an iteration may take five seconds.
        """
        types = sorted({result.type for result in results})
        for left in reversed(range(_ATTEMPTS)):
            if all(result.done for result in results):
                break
            self.poll.sleep(_CERTAINLY_SETTLED_AFTER if patient else _SETTLED_AFTER)
            found, workspace = self.poll.ask(lambda: list_automation(self.client, types, False))
            items = {item.key: item for item in found}
            unread = {location.name for location in workspace.locations if location.error is not None}
            results = [_read_back(each, items.get(each.key), each.location_name in unread) for each in results]
            for result in results if left else ():
                if result.code == ConflictError.code:
                    with suppress(OpsError):
                        _ACTIONS[str(result.verb)](self.client, items[result.key])
        return results

    def preview(
        self,
        type_: str,
        name: str,
        repository_name: str | None = None,
        location_name: str | None = None,
        at: datetime | None = None,
        cursor: str | None = None,
    ) -> Preview:
        """Return what a tick would do.

        A schedule ticks ``at`` a time, or at its next one; a sensor begins with ``cursor``, or with its own. Nothing is
        launched and no cursor moves, but the user's code runs. Raises what ``find`` raises, and InvalidRequestError for
        a schedule that has no next tick.
        """
        if type_ == SENSOR:
            sensor = self.get(type_, name, repository_name, location_name)
            return preview(self.client, sensor, cursor=sensor.cursor if cursor is None else cursor)
        (schedule,) = self.find(type_, [name], repository_name, location_name)
        next_tick = at or next(iter(get_automation(self.client, schedule, 1).next_ticks), None)
        if next_tick is None:
            raise InvalidRequestError(f"schedule {schedule.name} has no next tick", hint="Name a time with --at.")
        return preview(self.client, schedule, at=next_tick)

    def check_cursor(self, sensor: AutomationDetail, cursor: str | None, force: bool) -> None:
        """Raise ConflictError if Dagster itself writes the cursor, unless ``force`` is given or it is cleared."""
        if cursor is not None and sensor.kind != STANDARD and not force:
            raise ConflictError(
                f"only Dagster itself writes the cursor of {sensor.name}, a sensor of kind {sensor.kind}",
                hint="To remove the cursor, pass --clear. To set it anyway, pass --force.",
            )

    def plan_cursor(self, sensor: AutomationDetail, cursor: str | None) -> CursorChange:
        """Return what ``set_cursor`` would do."""
        return CursorChange(**sensor.identity, kind=sensor.kind, old_cursor=sensor.cursor, new_cursor=cursor)

    def set_cursor(self, sensor: AutomationDetail, cursor: str | None) -> CursorChange:
        """Set a sensor's cursor, or clear it, and return the cursor that was read back.

        A running sensor may have changed it by then. Raises ServerFaultError if it was not set.
        """
        fault: OpsError | None = None
        try:
            change.set_cursor(self.client, sensor, cursor)
        except OpsError as error:
            if not may_be_made(error):
                raise
            fault = error
        now = self.poll.ask(lambda: get_automation(self.client, sensor, 1).cursor)
        if now != cursor and (sensor.status != RUNNING or now == sensor.cursor):
            raise fault or ServerFaultError(f"the cursor of {sensor.name} was not set: it is {now!r}")
        return self.plan_cursor(sensor, now)


def _read_back(result: AutomationResult, item: Automation | None, may_be_there: bool) -> AutomationResult:
    """Return the result with what was read; ``may_be_there`` says that the code location does not load."""
    if result.verb is None or (result.done and not result.changed):
        return result
    status = item.status if item else None
    changes: dict[str, Any] = {"status": status, "done": status == result.wanted}
    if changes["done"]:
        changes |= {"changed": status != result.before, "error": None, "code": None}
    elif may_be_there:
        changes |= {"changed": False, "error": NOT_LOADED, "code": "CODE_LOCATION_ERROR"}
    elif result.code in (None, ConflictError.code):
        error, code = (
            (f"still {status}", ConflictError.code) if item else ("no longer exists", f"{result.type}_NOT_FOUND")
        )
        changes |= {"changed": False, "error": error, "code": code}
    return result.model_copy(update=changes)


def _order(item: Automation) -> tuple[str, str, str, str]:
    return item.location_name, item.repository_name, item.type, item.name
