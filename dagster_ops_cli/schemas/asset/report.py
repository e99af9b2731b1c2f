"""Events of assets and results of checks that are reported from outside of a run."""

from typing import Any

from pydantic import Field

from dagster_ops_cli.schemas.asset import AssetKey
from dagster_ops_cli.schemas.model import EventTime, Model, Time

MATERIALIZATION, OBSERVATION = "materialization", "observation"
PLANNED, REPORTED, FAILED = "planned", "reported", "failed"


class PartitionChoice(Model):
    """Some partitions of an asset, in the words of a backfill file: keys, ranges of dates or keys, or ``everything``.

    If there are several dimensions, a key is whole or ``dimension=key``, and the ends of a range are
    ``dimension=value``; what is chosen is the product of all dimensions. With ``nothing``, the asset is reported
    without a partition although it has some.
    """

    keys: list[str] = Field(default_factory=list)
    start_date: list[str] = Field(default_factory=list)
    end_date: list[str] = Field(default_factory=list)
    start: list[str] = Field(default_factory=list)
    end: list[str] = Field(default_factory=list)
    everything: bool = False
    nothing: bool = False

    @property
    def ranges(self) -> dict[str, list[str]]:
        """The ends of the ranges, by the words of a backfill file."""
        return {"start_date": self.start_date, "end_date": self.end_date, "start": self.start, "end": self.end}

    @property
    def is_empty(self) -> bool:
        """Whether no partition is chosen."""
        return not self.everything and not self.keys and not any(self.ranges.values())


class AssetReport(Model):
    """An event of an asset, or of one of its partitions, reported from outside of a run.

    ``type`` is ``materialization`` or ``observation``. ``result`` is ``planned`` (with ``--dry-run``), ``reported`` or
    ``failed``; ``error`` and ``code`` say why it failed. ``time`` is what Dagster has stored.
    """

    asset_key: AssetKey
    type: str
    partition: str | None
    description: str | None
    metadata: dict[str, Any]
    result: str = PLANNED
    time: EventTime | None = None
    error: str | None = None
    code: str | None = None

    @property
    def done(self) -> bool:
        """Whether the event was reported and read back."""
        return self.error is None


class CheckReport(Model):
    """A result of an asset check, reported from outside of a run.

    ``id`` and ``time`` are those of the execution that Dagster has stored; both are null with ``--dry-run``.
    """

    asset_key: AssetKey
    name: str
    partition: str | None
    passed: bool
    severity: str
    metadata: dict[str, Any]
    id: str | None = None
    time: Time | None = None
