"""What a backfill's configuration file says, as written."""

import hashlib
import json
import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, WithJsonSchema, field_validator, model_validator

from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.reserved_tags import is_reserved

STRATEGY_BACKFILL, STRATEGY_RUNS = "backfill", "runs"

Name = Annotated[str, Field(min_length=1)]


def refuse_tags(tags: dict[str, str]) -> dict[str, str]:
    """Return tags that a user may give. Raises ValueError for those that only Dagster and `ops` may set."""
    refused = [tag for tag in tags if is_reserved(tag)]
    if refused:
        raise ValueError(f"{', '.join(refused)}: only Dagster and ops may set that; it would corrupt the backfill")
    return tags


class ConfigModel(Model):
    """A part of a configuration file: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


# What a file may have there: the model itself lifts a range out of it.
_DATES = {"start_date": {"type": "string", "format": "date"}, "end_date": {"type": "string", "format": "date"}}
_KEYS = {"start": {"type": "string"}, "end": {"type": "string"}}
_VALUES = {
    "anyOf": [
        {"const": "all"},
        {"type": "array", "items": {"type": ["string", "number", "boolean"]}, "minItems": 1},
        {"type": "object", "properties": _DATES, "required": [*_DATES], "additionalProperties": False},
        {"type": "object", "properties": _KEYS, "required": [*_KEYS], "additionalProperties": False},
    ]
}


class PartitionEntry(ConfigModel):
    """What was chosen of one dimension: a range of dates, a range of keys, a list of keys, or all of them.

    Both ends of a range are included. In a file the ranges may also stand under ``values``.
    """

    name: Name
    start_date: date | None = None
    end_date: date | None = None
    start: Name | None = None
    end: Name | None = None
    values: Annotated[list[Name] | Literal["all"] | None, WithJsonSchema(_VALUES)] = None

    @model_validator(mode="before")
    @classmethod
    def _lift_range(cls, data: Any) -> Any:
        values = data.get("values") if isinstance(data, dict) else None
        if not isinstance(values, dict):
            return data
        twice = values.keys() & data.keys()
        if twice:
            raise ValueError(f"{', '.join(sorted(twice))}: stands both beside and in values")
        return {**{key: value for key, value in data.items() if key != "values"}, **values}

    @field_validator("start_date", "end_date", mode="before")
    @classmethod
    def _iso_date(cls, value: Any) -> Any:
        if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            raise ValueError(f"{value!r} is not a date such as 2024-01-31")
        return value

    @model_validator(mode="after")
    def _one_choice(self) -> "PartitionEntry":
        choices = [
            ("start_date and end_date", (self.start_date, self.end_date)),
            ("start and end", (self.start, self.end)),
            ("values", (self.values,)),
        ]
        made = [(name, parts) for name, parts in choices if any(part is not None for part in parts)]
        if len(made) != 1 or any(part is None for part in made[0][1]):
            raise ValueError("give either start_date and end_date, or start and end, or values")
        if self.start_date and self.end_date and self.start_date > self.end_date:
            raise ValueError(f"start_date {self.start_date} is after end_date {self.end_date}")
        if self.values == []:
            raise ValueError("values is empty")
        if isinstance(self.values, list) and len(set(self.values)) < len(self.values):
            twice = sorted({value for value in self.values if self.values.count(value) > 1})
            raise ValueError(f"values holds {', '.join(twice)} more than once")
        return self


class BackfillTags(ConfigModel):
    """The ticket that a backfill belongs to, and its partitions: the product of all entries."""

    name: Name
    partitions: list[PartitionEntry] = Field(min_length=1)

    @field_validator("partitions")
    @classmethod
    def _no_dimension_twice(cls, entries: list[PartitionEntry]) -> list[PartitionEntry]:
        names = [entry.name for entry in entries]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"dimension {', '.join(twice)} stands there more than once")
        return entries


class BackfillPolicy(ConfigModel):
    """Which of the partitions are left out: none, those that are materialized, or those that have not failed.

    ``asset_key`` is the asset whose partitions tell; without it the first asset of the backfill, or the job's runs.
    """

    policy: Literal["all", "missing", "failed"] = "all"
    asset_key: Name | None = None


class BackfillConfig(ConfigModel):
    """A backfill's configuration file."""

    job_name: Name | None = None
    asset_keys: list[Name] | None = Field(None, min_length=1)
    repository_name: Name | None = None
    location_name: Name | None = None
    tags: BackfillTags
    run_tags: dict[Name, str] = Field(default_factory=dict)
    run_config: dict[str, Any] | None = None
    backfill_policy: BackfillPolicy = BackfillPolicy()
    skip_checks: bool = False
    strategy: Literal["backfill", "runs"] = "backfill"
    max_concurrent: int = Field(4, ge=1)

    @field_validator("run_tags")
    @classmethod
    def _no_refused_tags(cls, tags: dict[str, str]) -> dict[str, str]:
        return refuse_tags(tags)

    @model_validator(mode="after")
    def _consistent(self) -> "BackfillConfig":
        if (self.job_name is None) == (self.asset_keys is None):
            raise ValueError("give either job_name or asset_keys")
        if "max_concurrent" in self.model_fields_set and self.strategy != STRATEGY_RUNS:
            raise ValueError("max_concurrent goes with strategy: runs")
        entries = self.tags.partitions
        if self.skip_checks and any(entry.start is not None or entry.values == "all" for entry in entries):
            raise ValueError("skip_checks: Dagster is not asked, so `values: all`, start and end can't be resolved")
        return self

    @property
    def config_hash(self) -> str:
        """What the file asks for, as 16 hexadecimal digits: the same for every way of writing the same thing.

        Not part of it is how: ``strategy``, ``max_concurrent`` and ``skip_checks``.
        """
        asked = self.model_dump(mode="json", exclude={"strategy", "max_concurrent", "skip_checks"}, exclude_none=True)
        text = json.dumps(asked, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
