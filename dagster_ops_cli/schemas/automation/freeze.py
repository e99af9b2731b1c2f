"""The file in which a freeze saves the schedules and sensors that it stops, and reports on them."""

from typing import Literal

from pydantic import Field

from dagster_ops_cli.schemas.automation import Automation, AutomationId, AutomationResult
from dagster_ops_cli.schemas.model import Model, Time


class FrozenFile(Model):
    """The file: what a freeze stopped, and what a restore starts again.

    ``frozen`` was running; ``known`` is everything that existed, so anything else has appeared since, except in the
    code locations of ``unread``, which did not load. ``restored_at`` is null until everything in ``frozen`` that still
    exists has been started again.
    """

    format: Literal["ops automation freeze"] = "ops automation freeze"
    server: str
    frozen_at: Time
    restored_at: Time | None = None
    frozen: list[AutomationId]
    known: list[AutomationId]
    unread: list[str] = Field(default_factory=list)


class FreezeReport(Model):
    """The results of a freeze or restore.

    ``appeared`` are, after a restore, the schedules and sensors that have appeared since the freeze.
    """

    file: str
    items: list[AutomationResult]
    count: int = Field(default_factory=lambda data: len(data.get("items", ())))
    appeared: list[Automation]


class RestorePlan(Model):
    """What a restore does: ``start`` is to be started; ``results`` are of what is running already or can't be found.

    ``appeared`` is new since the freeze; ``unread`` is in code locations that did not load at the freeze.
    """

    start: list[Automation]
    results: list[AutomationResult]
    appeared: list[Automation]
    unread: list[Automation]
