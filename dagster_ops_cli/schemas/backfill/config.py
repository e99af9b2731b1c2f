"""The configuration file of a backfill."""

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.schemas.dagster_tags import is_reserved, reserved_pattern
from dagster_ops_cli.schemas.model import Model

STRATEGY_BACKFILL, STRATEGY_RUNS = "backfill", "runs"

# Values are read as the text in the file, so that an unquoted number is valid wherever a text is.
_TEXT: dict[str, Any] = {"type": ["string", "number", "boolean"]}
Text = Annotated[str, WithJsonSchema(_TEXT)]
Name = Annotated[str, Field(min_length=1), WithJsonSchema({**_TEXT, "minLength": 1})]


def refuse_tags(tags: dict[str, str]) -> dict[str, str]:
    """Return the tags. Raises ValueError if one of them is reserved for Dagster or `ops`."""
    refused = [tag for tag in tags if is_reserved(tag)]
    if refused:
        raise ValueError(f"{', '.join(refused)}: reserved for Dagster and ops; it would corrupt the backfill")
    return tags


class ConfigModel(Model):
    """A part of a configuration file; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid")


def _one_of(*choices: Sequence[str]) -> dict[str, Any]:
    """Return a JSON Schema that requires all keys of exactly one of these groups."""
    absent: dict[str, Any] = {"type": "null"}
    names = [name for choice in choices for name in choice]
    return {
        "oneOf": [
            {
                "required": list(choice),
                "properties": {name: {"not": absent} if name in choice else absent for name in names},
            }
            for choice in choices
        ]
    }


_RANGES = (("start_date", "end_date"), ("start", "end"))
_START_DATE = "First day, such as 2024-01-31; `first` is the first partition, `latest` the last one."
_END_DATE = "Last day, which is included; `latest` is the last partition, `first` the first one."
_START = "First key, exactly as Dagster spells it."
_END = "Last key, which is included, exactly as Dagster spells it."
_DAY = {"anyOf": [{"type": "string", "format": "date"}, {"enum": ["first", "latest"]}]}
_KEY = {**_TEXT, "minLength": 1}
# The forms that a file may use; the model moves a range out of `values`.
_VALUES = {
    "anyOf": [
        {"const": "all", "description": "Every key of the dimension."},
        {"type": "array", "items": _KEY, "minItems": 1, "uniqueItems": True},
        *(
            {
                "type": "object",
                "properties": {
                    name: {**schema, "description": text} for name, text in zip(names, descriptions, strict=True)
                },
                "required": list(names),
                "additionalProperties": False,
            }
            for names, schema, descriptions in zip(
                _RANGES, (_DAY, _KEY), ((_START_DATE, _END_DATE), (_START, _END)), strict=True
            )
        ),
        {"type": "null"},
    ]
}


def _day(value: Any) -> Any:
    """Return a date, `first` or `latest`."""
    if value is None or isinstance(value, date) or value in ("first", "latest"):
        return value
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return date.fromisoformat(value)
    except (TypeError, ValueError):
        pass
    raise ValueError(f"{value!r} is not a date such as 2024-01-31, nor `first` or `latest`")


Day = Annotated[
    date | Literal["first", "latest"] | None,
    BeforeValidator(_day),
    WithJsonSchema({"anyOf": [*_DAY["anyOf"], {"type": "null"}]}),
]


def _list_or_all(value: Any) -> Any:
    if value is None or value == "all" or isinstance(value, list):
        return value
    raise ValueError("Must be a list, or `all`")


# With tags, pydantic reports the errors of a list only once, not for each alternative.
_Values = Annotated[
    Annotated[list[Name], Tag("list[]")] | Annotated[Literal["all"] | None, Tag("literal[all]")],
    Discriminator(lambda value: "list[]" if isinstance(value, list) else "literal[all]"),
]


class PartitionEntry(ConfigModel):
    """The keys chosen in one dimension: a range of dates, a range of keys, a list of keys, or all.

    Ranges include both ends. In a file, they may also be under ``values``.
    """

    model_config = ConfigDict(json_schema_extra=_one_of(*_RANGES, ("values",)))

    name: Name | None = Field(
        None, description="Name of the partition dimension; not needed if there is only one dimension."
    )
    start_date: Day = Field(None, description=_START_DATE)
    end_date: Day = Field(None, description=_END_DATE)
    start: Name | None = Field(None, description=_START)
    end: Name | None = Field(None, description=_END)
    values: Annotated[_Values, BeforeValidator(_list_or_all), WithJsonSchema(_VALUES)] = Field(
        None, description="List of keys, `all`, or a range of dates or keys."
    )

    @model_validator(mode="before")
    @classmethod
    def _lift_range(cls, data: Any) -> Any:
        values = data.get("values") if isinstance(data, dict) else None
        if not isinstance(values, dict):
            return data
        twice = values.keys() & data.keys()
        if twice:
            raise ValueError(f"{', '.join(sorted(twice))}: given both inside and outside of values")
        return {**{key: value for key, value in data.items() if key != "values"}, **values}

    @field_validator("end_date")
    @classmethod
    def _not_before_start(cls, value: Any, info: ValidationInfo) -> Any:
        start = info.data.get("start_date")
        if isinstance(value, date) and isinstance(start, date) and start > value:
            raise ValueError(f"start_date {start} is after end_date {value}")
        return value

    @field_validator("values")
    @classmethod
    def _each_once(cls, values: Any) -> Any:
        if values == []:
            raise ValueError("Must not be empty")
        if isinstance(values, list) and len(set(values)) < len(values):
            twice = sorted({value for value in values if values.count(value) > 1})
            raise ValueError(f"{', '.join(twice)} is listed more than once")
        return values

    @model_validator(mode="after")
    def _one_choice(self) -> "PartitionEntry":
        made = [names for names in (*_RANGES, ("values",)) if any(getattr(self, name) is not None for name in names)]
        missing = [name for names in made for name in names if getattr(self, name) is None]
        if len(made) == 1 and missing:
            raise ValueError(f"{missing[0]} is missing")
        if len(made) != 1:
            raise ValueError("Give one of these: start_date and end_date; start and end; values")
        return self


class BackfillTags(ConfigModel):
    """The name of a backfill, such as its ticket, and its partitions: the product of all entries."""

    name: Name = Field(description="The ticket that this backfill belongs to; put it in quotes if it begins with #.")
    partitions: list[PartitionEntry] = Field(
        min_length=1,
        description="An entry for each partition dimension; what is launched is their product.",
        json_schema_extra={
            "anyOf": [
                {"maxItems": 1},
                {"items": {"required": ["name"], "properties": {"name": {"not": {"type": "null"}}}}},
            ]
        },
    )

    @field_validator("partitions")
    @classmethod
    def _each_dimension_once(cls, entries: list[PartitionEntry]) -> list[PartitionEntry]:
        names = [entry.name for entry in entries]
        if len(names) > 1 and None in names:
            raise ValueError(
                f"entry {names.index(None) + 1} of {len(names)} has no name; each needs the name of its dimension"
            )
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            raise ValueError(f"dimension {', '.join(twice)} is listed more than once")
        return entries


class SkipPolicy(ConfigModel):
    """Which partitions to leave out: none, those that are materialized, or those that have not failed.

    ``asset_key`` is the asset whose partitions decide; the default is the first asset of the backfill, or the job's
    runs.
    """

    policy: Literal["all", "missing", "failed"] = Field(
        "all",
        description="Which partitions to launch: all, missing (never materialized) or failed (by their last run).",
    )
    asset_key: Name | None = Field(
        None, description="The asset to judge by; by default the first of asset_keys, or the runs of the job."
    )

    @model_validator(mode="before")
    @classmethod
    def _no_bare_word(cls, data: Any) -> Any:
        if isinstance(data, str):
            policy = data if data in ("all", "missing", "failed") else "missing"
            raise ValueError(f"Write `backfill_policy: {{policy: {policy}}}`")  # noqa: TRY004 - pydantic takes these
        return data


_YES = "1|t|y|on|yes|true"
_NO = "0|f|n|off|no|false"


def _any_case(words: str) -> str:
    """Return a pattern for words in any case; patterns of a JSON Schema have no flags."""
    return "^(" + "".join(f"[{char.upper()}{char}]" if char.isalpha() else char for char in words) + ")$"


Switch = Annotated[
    bool,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "boolean"},
                {"enum": [0, 1]},
                {"type": "string", "pattern": _any_case(f"{_YES}|{_NO}")},
            ]
        }
    ),
]
# The rule for a switch that is on.
_ON = {"anyOf": [{"enum": [True, 1]}, {"type": "string", "pattern": _any_case(_YES)}]}
_NEEDS_CHECKS = {
    "anyOf": [
        {"required": [name], "properties": {name: schema}}
        for name, schema in (
            ("start", {"not": {"type": "null"}}),
            ("start_date", {"enum": ["first", "latest"]}),
            ("end_date", {"enum": ["first", "latest"]}),
            ("values", {"anyOf": [{"const": "all"}, {"type": "object", "required": ["start"]}]}),
            *(
                ("values", {"type": "object", "required": [date], "properties": {date: {"enum": ["first", "latest"]}}})
                for date in ("start_date", "end_date")
            ),
        )
    ]
}
_FILE = {
    **_one_of(["job_name"], ["asset_keys"]),
    "allOf": [
        {
            "if": {"required": ["max_concurrent"]},
            "then": {"required": ["strategy"], "properties": {"strategy": {"const": STRATEGY_RUNS}}},
        },
        {
            "if": {
                "required": ["skip_checks"],
                "properties": {"skip_checks": _ON},
            },
            "then": {
                "properties": {
                    "tags": {"properties": {"partitions": {"items": {"not": _NEEDS_CHECKS}}}},
                    "add_missing": {"not": _ON},
                }
            },
        },
    ],
}


class BackfillConfig(ConfigModel):
    """A backfill's configuration file."""

    model_config = ConfigDict(json_schema_extra=_FILE)

    job_name: Name | None = Field(None, description="The job to launch; or else asset_keys.")
    asset_keys: list[Name] | None = Field(
        None, min_length=1, description="The assets to launch, such as marts/daily; or else job_name."
    )
    repository_name: Name | None = Field(
        None, description="Repository of the job or assets; needed only where the name alone is ambiguous."
    )
    location_name: Name | None = Field(
        None, description="Code location of the job or assets; needed only where the name alone is ambiguous."
    )
    tags: BackfillTags = Field(description="The name of this backfill, and its partitions.")
    run_tags: dict[Name, Text] = Field(
        default_factory=dict,
        description="Tags for every run; those that Dagster or ops set themselves are refused.",
        json_schema_extra={"propertyNames": {"minLength": 1, "not": {"pattern": reserved_pattern()}}},
    )
    run_config: dict[str, Any] | None = Field(None, description="Run config for every run.")
    backfill_policy: SkipPolicy = Field(SkipPolicy(), description="Which partitions to leave out.")
    skip_checks: Switch = Field(
        False, description="Do not ask Dagster whether the partitions exist; a range of dates then means days."
    )
    add_missing: Switch = Field(
        False, description="Add listed keys of dynamic dimensions that do not exist yet, before the launch."
    )
    strategy: Literal["backfill", "runs"] = Field(
        "backfill", description="backfill: one backfill, run by Dagster; runs: one run per partition, launched by ops."
    )
    max_concurrent: Annotated[
        int,
        WithJsonSchema(
            {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^\+?0*[1-9][0-9]*$"}]}
        ),
    ] = Field(4, ge=1, description="How many runs may be unfinished at once; only with strategy: runs.")

    @field_validator("asset_keys")
    @classmethod
    def _one_target(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and info.data.get("job_name") is not None:
            raise ValueError("Give job_name or asset_keys, not both")
        return value

    @field_validator("run_tags")
    @classmethod
    def _no_refused_tags(cls, tags: dict[str, str]) -> dict[str, str]:
        return refuse_tags(tags)

    @field_validator("skip_checks")
    @classmethod
    def _no_question(cls, value: bool, info: ValidationInfo) -> bool:
        tags = info.data.get("tags")
        words = ("all", "first", "latest")
        if value and tags:
            for index, entry in enumerate(tags.partitions):
                chosen = (entry.values, entry.start_date, entry.end_date)
                if entry.start is not None or any(isinstance(each, str) and each in words for each in chosen):
                    raise ValueError(
                        f"Dagster is not asked for its partitions: tags.partitions[{index}] needs a list of keys or "
                        "two dates, without `all`, `first`, `latest`, start and end"
                    )
        return value

    @field_validator("add_missing")
    @classmethod
    def _asks(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("skip_checks"):
            raise ValueError("Not possible with skip_checks, which does not look up which keys exist")
        return value

    @field_validator("max_concurrent")
    @classmethod
    def _only_for_runs(cls, value: int, info: ValidationInfo) -> int:
        if info.data.get("strategy") == STRATEGY_BACKFILL:
            raise ValueError("Only for strategy: runs")
        return value

    @model_validator(mode="after")
    def _some_target(self) -> "BackfillConfig":
        if self.job_name is None and self.asset_keys is None:
            raise ValueError("Give job_name or asset_keys")
        return self

    def with_missing_keys(self) -> "BackfillConfig":
        """Return the file with ``add_missing``. Raises InvalidRequestError if its other keys rule that out."""
        if self.skip_checks:
            raise InvalidRequestError("--add-missing can't be used for a file with skip_checks")
        return self.model_copy(update={"add_missing": True})

    @property
    def config_hash(self) -> str:
        """A hash of what the file asks for, 16 hexadecimal digits; the same for every way to write the same content.

        ``strategy``, ``max_concurrent``, ``skip_checks`` and ``add_missing`` are not part of it.
        """
        left_out = {"strategy", "max_concurrent", "skip_checks", "add_missing"}
        asked = self.model_dump(mode="json", exclude=left_out, exclude_none=True)
        text = json.dumps(asked, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
