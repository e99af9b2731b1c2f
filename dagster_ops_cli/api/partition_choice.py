"""Resolve what a configuration file says of partitions against the keys that Dagster has."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product

from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.backfill import Choice
from dagster_ops_cli.schemas.backfill_config import PartitionEntry
from dagster_ops_cli.schemas.partition import Dimension, Partitioning

# Dagster's own formats for hours, days, weeks and months, with the offset that it adds where a clock is set back.
_ISO = re.compile(r"(\d{4}-\d{2})(-\d{2})?([-T ]\d{2}:\d{2}(:\d{2})?([+-]\d{2}:?\d{2})?)?")
_FEW = 5
# Nearest names are looked for among so many keys at most: it takes a second per ten thousand.
_MOST_COMPARED = 10_000


@dataclass
class Resolved:
    """The chosen keys in Dagster's order, what was chosen of each dimension, and what is wrong with the choice."""

    keys: list[str] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def resolve(entries: Sequence[PartitionEntry], partitioning: Partitioning, what: str) -> Resolved:
    """Choose among the keys of a partitioning. ``what`` names the job or asset in the problems."""
    resolved = Resolved()
    if not partitioning.dimensions:
        resolved.problems.append(f"tags.partitions: {what} has no partitions")
        return resolved
    chosen: dict[str, set[str]] = {}
    by_name = {dimension.name: dimension for dimension in partitioning.dimensions}
    only = partitioning.dimensions[0] if len(by_name) == 1 else None
    for index, entry in enumerate(entries):
        # Where there is one dimension, whatever the file calls it is what is meant.
        dimension = only if only and len(entries) == 1 else by_name.get(entry.name)
        place = f"tags.partitions[{index}]"
        if dimension is None:
            resolved.problems.append(
                f"{place}.name: {what} has no dimension {entry.name!r}; it has {', '.join(by_name)}"
            )
            continue
        values, problem = _choose(entry, dimension)
        if problem:
            resolved.problems.append(f"{place}.{problem}")
        elif values:
            chosen[dimension.name] = set(values)
            shown = Choice(dimension=entry.name, count=len(values), first=values[0], last=values[-1])
            resolved.choices.append(shown)
        else:
            resolved.problems.append(f"{place}: {what} has no keys in dimension {dimension.name!r}")
    left_out = set(by_name) - {entry.name for entry in entries} if not only else set()
    resolved.problems += [f"tags.partitions: dimension {name!r} of {what} is left out" for name in sorted(left_out)]
    if not resolved.problems:
        resolved.keys = _matching(partitioning, chosen)
        if not resolved.keys:
            resolved.problems.append(f"tags.partitions: {what} has no partition with all of this")
    return resolved


def resolve_unchecked(entries: Sequence[PartitionEntry]) -> Resolved:
    """Take the file at its word: ranges are of days, and keys are what they are said to be."""
    resolved = Resolved()
    chosen = {entry.name: _days(entry) if entry.start_date else list(entry.values or []) for entry in entries}
    for name, values in chosen.items():
        resolved.choices.append(Choice(dimension=name, count=len(values), first=values[0], last=values[-1]))
    # Dagster joins the values in the alphabetical order of their dimensions.
    resolved.keys = ["|".join(parts) for parts in product(*(chosen[name] for name in sorted(chosen)))]
    return resolved


def _matching(partitioning: Partitioning, chosen: Mapping[str, set[str]]) -> list[str]:
    if len(partitioning.dimensions) == 1:
        (values,) = chosen.values()
        return [key for key in partitioning.keys if key in values]
    wanted = [chosen[name] for name in sorted(chosen)]
    return [
        key
        for key in partitioning.keys
        if all(part in values for part, values in zip(key.split("|"), wanted, strict=False))
    ]


def _choose(entry: PartitionEntry, dimension: Dimension) -> tuple[list[str], str | None]:
    """Return the keys that an entry means, or what is wrong with it, beginning with the entry's key."""
    keys = dimension.keys
    if entry.values == "all":
        return keys, None
    if isinstance(entry.values, list):
        known = set(keys)
        missing = [value for value in entry.values if value not in known]
        return entry.values, _missing("values", missing, keys) if missing else None
    if entry.start is not None and entry.end is not None:
        return _between_keys(entry.start, entry.end, keys)
    return _between_dates(entry, keys)


def _between_keys(start: str, end: str, keys: list[str]) -> tuple[list[str], str | None]:
    places = {key: index for index, key in enumerate(keys)}
    for name, key in (("start", start), ("end", end)):
        if key not in places:
            return [], _missing(name, [key], keys)
    if places[start] > places[end]:
        return [], f"start: {start!r} comes after end {end!r}"
    return keys[places[start] : places[end] + 1], None


def _between_dates(entry: PartitionEntry, keys: list[str]) -> tuple[list[str], str | None]:
    first, last = str(entry.start_date), str(entry.end_date)
    days = []
    for key in keys:
        match = _ISO.fullmatch(key)
        if not match:
            told = f"keys such as {key!r} are no ISO dates; name the first and last key with start and end"
            return [], f"start_date: {told}"
        days.append(match[1] + (match[2] or "-01"))
    # ISO dates sort as texts do.
    values = [key for key, day in zip(keys, days, strict=True) if first <= day <= last]
    if not values:
        span = f"the keys go from {keys[0]} to {keys[-1]}" if keys else "there are no keys"
        return [], f"start_date: no key lies between {first} and {last}; {span}"
    return values, None


def _missing(where: str, missing: list[str], keys: list[str]) -> str:
    several = "does not exist" if len(missing) == 1 else f"({len(missing)}) do not exist"
    shown = ", ".join(missing[:_FEW]) + (", ..." if len(missing) > _FEW else "")
    near = did_you_mean(missing[0], keys[-_MOST_COMPARED:]) if keys else "there are no keys"
    return f"{where}: {shown} {several}" + (f"; {near[0].lower()}{near[1:]}" if near else "")


def _days(entry: PartitionEntry) -> list[str]:
    first, last = entry.start_date or date.max, entry.end_date or date.min
    return [str(first + timedelta(days=number)) for number in range((last - first).days + 1)]
