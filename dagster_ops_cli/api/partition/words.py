"""Finds the partitions that the options of a command choose, in the words of a backfill file."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from dagster_ops_cli.api.partition.choice import resolve
from dagster_ops_cli.errors import InvalidRequestError, NotFoundError
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.asset.report import PartitionChoice
from dagster_ops_cli.schemas.backfill.config import PartitionEntry
from dagster_ops_cli.schemas.partition import Dimension, Partitioning
from dagster_ops_cli.schemas.partition_key import SEPARATOR

# Words of a file in the problems that `resolve` finds: the place of an entry, and keys with a colon.
_PLACE = re.compile(r"^tags\.partitions(\[\d+\])?[.:]? ?")
_FIELD = re.compile(r"^(start_date|end_date|start|end):")
_EXAMPLE = re.compile(r"`(start_date|end_date): (\w+)`")
_WORD = re.compile(r"\b(start_date|end_date|start|end|values)\b")


def choose_keys(choice: PartitionChoice, partitioning: Partitioning, what: str) -> list[str]:
    """Return the chosen keys in Dagster's order. ``what`` is the name of the asset in messages.

    Raises NotFoundError with the nearest keys for a key that does not exist, InvalidRequestError for a choice that is
    not possible.
    """
    if not partitioning.dimensions:
        raise InvalidRequestError(f"{what} has no partitions")
    if choice.everything:
        return partitioning.keys
    known = set(partitioning.keys)
    # A key may contain an equals sign.
    whole = [key for key in choice.keys if key in known]
    parts = [key for key in choice.keys if key not in known]
    if bare := [key for key in parts if "=" not in key]:
        raise partition_not_found(bare[0], partitioning.keys, what, partitioning.dimension_names)
    entries = _entries(choice, parts, partitioning.dimensions, what)
    if whole and entries:
        raise InvalidRequestError("choose whole keys, or values for each dimension, but not both")
    if whole:
        chosen = set(whole)
        return [key for key in partitioning.keys if key in chosen]
    resolved = resolve(entries, partitioning, what)
    if resolved.problems:
        raise InvalidRequestError("; ".join(map(_as_options, resolved.problems)))
    return resolved.keys


def _entries(
    choice: PartitionChoice, parts: Sequence[str], dimensions: Sequence[Dimension], what: str
) -> list[PartitionEntry]:
    """Return what is chosen in each dimension, as a backfill file holds it."""
    found: dict[str, dict[str, Any]] = {}
    for part in parts:
        dimension, value = _split(part, "partition", dimensions, what)
        if value not in dimension.keys:
            raise partition_not_found(value, dimension.keys, what)
        values = found.setdefault(dimension.name, {}).setdefault("values", [])
        if value not in values:
            values.append(value)
    for word, ends in choice.ranges.items():
        for end in ends:
            dimension, value = _split(end, word, dimensions, what)
            if word in ("start", "end") and value not in dimension.keys:
                raise partition_not_found(value, dimension.keys, what)
            entry = found.setdefault(dimension.name, {})
            if word in entry:
                raise InvalidRequestError(f"{_option(word)} was given twice for the dimension {dimension.name!r}")
            entry[word] = value
    try:
        return [PartitionEntry.model_validate({"name": name, **entry}) for name, entry in found.items()]
    except ValidationError as error:
        message = error.errors(include_url=False, include_input=False)[0]["msg"].removeprefix("Value error, ")
        raise InvalidRequestError(_WORD.sub(lambda match: _option(match[0]), message)) from None


def _split(text: str, word: str, dimensions: Sequence[Dimension], what: str) -> tuple[Dimension, str]:
    """Return the dimension that an option is about, and the value in it."""
    name, equals, value = text.partition("=")
    if len(dimensions) == 1:
        # With only one dimension, the name does not matter.
        (dimension,) = dimensions
        return dimension, value if equals and text not in dimension.keys else text
    names = ", ".join(each.name for each in dimensions)
    if not equals:
        raise InvalidRequestError(f"{_option(word)} {text}: {what} is partitioned by {names}; write DIMENSION={text}")
    found = next((each for each in dimensions if each.name == name), None)
    if found is None:
        raise InvalidRequestError(f"{_option(word)} {text}: there is no dimension {name!r}; {what} has {names}")
    return found, value


def partition_not_found(key: str, keys: Sequence[str], what: str, names: Sequence[str] = ()) -> NotFoundError:
    """Return the error for a key that does not exist, with the nearest keys; ``names`` are those of the dimensions."""
    hint = did_you_mean(key, keys)
    if len(names) > 1 and SEPARATOR not in key:
        # The key of one dimension is near to many keys.
        hint = f"Pass {' '.join(f'--partition {name}=KEY' for name in names)}."
    if not hint:
        hint = f"Its keys range from {keys[0]} to {keys[-1]}." if keys else "It has no partitions yet."
    return NotFoundError(f"{what} has no partition {key!r}", code="PARTITION_NOT_FOUND", hint=hint, partition=key)


def _option(word: str) -> str:
    return "--partition" if word == "values" else f"--{word.replace('_', '-')}"


def _as_options(problem: str) -> str:
    """Return a problem of a backfill file in the words of the command line."""
    problem = _FIELD.sub(lambda match: f"{_option(match[1])}:", _PLACE.sub("", problem))
    problem = problem.replace("use start and end ", "use --start and --end ")
    return _EXAMPLE.sub(lambda match: f"`{_option(match[1])} {match[2]}`", problem)
