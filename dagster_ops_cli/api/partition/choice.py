"""Finds the partition keys that a configuration file chooses among Dagster's keys."""

import re
from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise, product

from dagster_ops_cli.api.dynamic_partition import unusable_keys
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.backfill import DimensionChoice
from dagster_ops_cli.schemas.backfill.config import PartitionEntry
from dagster_ops_cli.schemas.partition import Dimension, Partitioning
from dagster_ops_cli.schemas.partition_key import ONLY_DIMENSION, SEPARATOR, PartitionKey, join_key

# Dagster's own formats for hours, days, weeks and months, with the offset that it adds when clocks are set back.
_ISO = re.compile(r"(\d{4}-\d{2})(-\d{2})?(?:[-T ](\d{2}:\d{2})(?::\d{2})?(?:[+-]\d{2}:?\d{2})?)?")
_DAY, _SHORTEST_MONTH = timedelta(days=1), timedelta(days=28)
_FEW = 5


@dataclass
class Resolved:
    """The chosen keys in Dagster's order, what was chosen in each dimension, and the problems of the file."""

    keys: list[str] = field(default_factory=list)
    choices: list[DimensionChoice] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def resolve(
    entries: Sequence[PartitionEntry], partitioning: Partitioning, what: str, dynamic: Collection[str] | None = None
) -> Resolved:
    """Return the keys that the entries choose. ``what`` is the name of the job or asset in problems.

    Keys that are listed for one of the ``dynamic`` dimensions need not exist yet; None means that all keys must exist.
    """
    resolved = Resolved()
    if not partitioning.dimensions:
        resolved.problems.append(f"tags.partitions: {what} has no partitions")
        return resolved
    chosen: dict[str, set[str]] = {}
    added: dict[str, list[str]] = {}
    by_name = {dimension.name: dimension for dimension in partitioning.dimensions}
    only = partitioning.dimensions[0] if len(by_name) == 1 else None
    names = ", ".join(by_name)
    for index, entry in enumerate(entries):
        # If there is only one dimension, any name selects it.
        dimension = only if only and len(entries) == 1 else by_name.get(entry.name or "")
        place = f"tags.partitions[{index}]"
        if dimension is None:
            fault = f"There is no dimension {entry.name!r}" if entry.name else "Must name a dimension"
            resolved.problems.append(f"{place}.name: {fault}; {what} has {names}")
            continue
        added[dimension.name] = _new_keys(entry, dimension, dynamic or ())
        values, problem = _choose(entry, dimension, added[dimension.name])
        if problem:
            resolved.problems.append(f"{place}.{problem}{_why_not_added(entry, dimension, dynamic)}")
        elif values:
            chosen[dimension.name] = set(values)
            name = entry.name or dimension.name
            resolved.choices.append(
                DimensionChoice(dimension=name, count=len(values), first=values[0], last=values[-1])
            )
        else:
            resolved.problems.append(f"{place}: {what} has no keys in dimension {dimension.name!r}")
    left_out = set(by_name) - {entry.name for entry in entries} if not only else set()
    resolved.problems += [f"tags.partitions: Missing dimension: {name}" for name in sorted(left_out)]
    if not resolved.problems:
        resolved.keys = _matching(partitioning.with_keys(added) if any(added.values()) else partitioning, chosen)
        if not resolved.keys:
            resolved.problems.append(f"tags.partitions: {what} has no partition with these keys")
    return resolved


def resolve_unchecked(entries: Sequence[PartitionEntry]) -> Resolved:
    """Return the keys that the file lists, without asking whether they exist; a range of dates means days."""
    resolved = Resolved()
    chosen: dict[str, list[str]] = {}
    for index, entry in enumerate(entries):
        values = _days(entry) if entry.start_date else list(entry.values or [])
        wrong = [value for value in values if SEPARATOR in value] if len(entries) > 1 else []
        if wrong:
            problem = f"a key of one dimension can't contain {SEPARATOR!r}: {wrong[0]}"
            resolved.problems.append(f"tags.partitions[{index}].values: {problem}")
        name = entry.name or ONLY_DIMENSION
        chosen[name] = values
        resolved.choices.append(DimensionChoice(dimension=name, count=len(values), first=values[0], last=values[-1]))
    # In the alphabetical order of the dimensions' names, as Dagster lists them.
    resolved.keys = [join_key(parts) for parts in product(*(chosen[name] for name in sorted(chosen)))]
    return resolved


def _matching(partitioning: Partitioning, chosen: Mapping[str, set[str]]) -> list[str]:
    names = partitioning.dimension_names
    return [
        key
        for key in partitioning.keys
        if all(value in chosen[name] for name, value in PartitionKey.parse(key, names).values.items())
    ]


def _new_keys(entry: PartitionEntry, dimension: Dimension, dynamic: Collection[str]) -> list[str]:
    """Return the listed keys that do not exist and that can be added."""
    if dimension.name not in dynamic or not isinstance(entry.values, list) or entry.values == ["all"]:
        return []
    known = {*dimension.keys, *unusable_keys(entry.values)}
    return [value for value in entry.values if value not in known]


def _why_not_added(entry: PartitionEntry, dimension: Dimension, dynamic: Collection[str] | None) -> str:
    if dynamic is None or not isinstance(entry.values, list) or entry.values == ["all"]:
        return ""
    if dimension.name in dynamic:
        return " (keys that are empty or contain '|', '...' or control characters can't be added)"
    return f" (it can't be added: {dimension.name!r} is not a dynamic dimension of an asset)"


def _choose(entry: PartitionEntry, dimension: Dimension, added: Sequence[str]) -> tuple[list[str], str | None]:
    """Return the keys that an entry chooses, or a problem that begins with the entry's key."""
    keys = [*dimension.keys, *added]
    if entry.values == "all":
        return keys, None
    if isinstance(entry.values, list):
        known = set(keys)
        missing = [value for value in entry.values if value not in known]
        if missing == ["all"]:
            return [], "values: For every key write `values: all`"
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
    """Return the keys whose windows start in a range of days, or a problem if it exceeds the partitions."""
    first, last = entry.start_date, entry.end_date
    if not isinstance(first, date) and not isinstance(last, date):
        # No key needs to be parsed as a date.
        places = {"first": 0, "latest": len(keys) - 1}
        start, end = places[str(first)], places[str(last)]
        return keys[start : end + 1], "start_date: latest is after end_date first" if start > end else None
    times = [start for start in map(_time, keys) if start]
    if len(times) < len(keys):
        problem = f"keys such as {keys[0]!r} are not ISO dates; use start and end with the first and the last key"
        return [], f"start_date: {problem}"
    if not times:
        return [], "start_date: there are no keys"
    words = {"first": min(times), "latest": max(times)}
    begin = datetime.combine(first, time.min) if isinstance(first, date) else words[str(first)]
    stop = datetime.combine(last, time.max) if isinstance(last, date) else words[str(last)]
    values = [key for key, start in zip(keys, times, strict=True) if begin <= start <= stop]
    return values, _beyond(entry, keys, times, (begin, stop), bool(values))


def _beyond(
    entry: PartitionEntry,
    keys: Sequence[str],
    times: Sequence[datetime],
    span: tuple[datetime, datetime],
    is_any: bool,
) -> str | None:
    """Return the problem of a range of dates that has no partitions, or exceeds them; None if there is none."""
    first, last = min(times), max(times)
    existing = f"the partitions go from {keys[times.index(first)]} to {keys[times.index(last)]}"
    if not is_any:
        return f"start_date: there is no partition from {entry.start_date} to {entry.end_date}; {existing}"
    before, after = _neighbours(keys[0], times)
    begin, stop = span
    if begin <= before or begin.date() < first.date():
        problem = f"{entry.start_date} is before the first partition; {existing}"
        return f"start_date: {problem}. Write `start_date: first` for the first"
    if stop >= after:
        problem = (
            f"{entry.end_date} is after the last partition; {existing}, and each appears when its time window ends"
        )
        return f"end_date: {problem}. Write `end_date: latest` for the last"
    return None


def _time(key: str) -> datetime | None:
    """Return the start of a key's time window, None if the key does not look like a date."""
    match = _ISO.fullmatch(key)
    try:
        return datetime.fromisoformat(f"{match[1]}{match[2] or '-01'}T{match[3] or '00:00'}") if match else None
    except ValueError:
        return None


def _neighbours(key: str, times: Sequence[datetime]) -> tuple[datetime, datetime]:
    """Return the starts of the windows before the first one and after the last one, if they existed.

    Dagster does not return the length of a window: it follows from the others, or for a single one from its key.
    """
    starts = sorted(set(times))
    first, last = starts[0], starts[-1]
    match = _ISO.fullmatch(key)
    alone = _DAY if match and match[2] else _SHORTEST_MONTH
    if match and match[3]:
        alone = timedelta(hours=1)
    step = min((after - before for before, after in pairwise(starts)), default=alone)
    if step >= _SHORTEST_MONTH and len({start.day for start in starts}) == 1:
        months = [start.year * 12 + start.month - 1 for start in starts]
        apart = min((after - before for before, after in pairwise(months)), default=1)
        return _in_month(first, months[0] - apart), _in_month(last, months[-1] + apart)
    return first - step, last + step


def _in_month(start: datetime, month: int) -> datetime:
    """Return the same day in a month, or the month's last day if it has no such day; months count from year 0."""
    year, index = divmod(month, 12)
    return start.replace(year=year, month=index + 1, day=min(start.day, monthrange(year, index + 1)[1]))


def _missing(where: str, missing: list[str], keys: list[str]) -> str:
    several = "does not exist" if len(missing) == 1 else f"({len(missing)}) do not exist"
    shown = ", ".join(missing[:_FEW]) + (", ..." if len(missing) > _FEW else "")
    near = did_you_mean(missing[0], keys) if keys else "there are no keys"
    return f"{where}: {shown} {several}" + (f"; {near[0].lower()}{near[1:]}" if near else "")


def _days(entry: PartitionEntry) -> list[str]:
    first, last = entry.start_date, entry.end_date
    if not isinstance(first, date) or not isinstance(last, date):
        return []
    return [str(first + number * _DAY) for number in range((last - first).days + 1)]
