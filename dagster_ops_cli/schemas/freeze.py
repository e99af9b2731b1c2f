"""The file that tells which schedules and sensors a freeze stopped, and what became of them."""

from typing import Literal

from pydantic import Field

from dagster_ops_cli.schemas.automation import Automation, AutomationId, AutomationResult
from dagster_ops_cli.schemas.model import Model, Time


class FrozenFile(Model):
    """What a freeze stopped, and what a restore starts again.

    ``frozen`` was running, ``known`` is everything that existed: what is in neither has appeared since.
    ``restored_at`` is null until all of ``frozen`` that still exists was started again.
    """

    format: Literal["ops automation freeze"] = "ops automation freeze"
    server: str
    frozen_at: Time
    restored_at: Time | None = None
    frozen: list[AutomationId]
    known: list[AutomationId]


class FreezeReport(Model):
    """What became of everything that a freeze stopped, or a restore started.

    ``appeared`` is what is running in spite of the freeze, or what has come into being since it.
    """

    file: str
    items: list[AutomationResult]
    count: int = Field(default_factory=lambda data: len(data.get("items", ())))
    appeared: list[Automation]


class RestorePlan(Model):
    """What a restore has to do: ``start`` is stopped, ``results`` are of what runs already or can't be found."""

    start: list[Automation]
    results: list[AutomationResult]
    appeared: list[Automation]
