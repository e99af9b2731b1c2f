"""The pictures of a report, as numbers: a heat map of its cases, and a timeline. Many cases share a cell."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dagster_ops_cli.reports.words import duration, plain_line, root_cause, state_name
from dagster_ops_cli.schemas.command_report import CHECK, PARTITION, STATES
from dagster_ops_cli.schemas.partition_key import split_key

if TYPE_CHECKING:
    from datetime import datetime

    from dagster_ops_cli.schemas.command_report import Case

# The most columns and rows of a heat map with two dimensions, and the size of a row with one.
_COLUMNS, _ROWS, _WRAP = 120, 60, 60
_MOST_CELLS = 3000
# The most bars in a timeline, and how many may be below each other. Above that, it shows how many ran at each time.
_MOST_BARS, _MOST_LANES, _SLOTS = 400, 60, 120
_TITLE = 200
_DATE = re.compile(r"\d{4}-\d{2}")


class Cell(NamedTuple):
    """A cell of the heat map at a column and a row, with the worst state of its cases.

    ``share`` is that state's share of the cases, and ``others`` the commonest other state among them.
    """

    column: int
    row: int
    state: str
    title: str
    url: str | None
    share: float = 1.0
    others: str | None = None


class Map(NamedTuple):
    """A heat map. ``tops`` label columns and ``sides`` rows; ``each`` is how many cases share a cell at most."""

    columns: int
    rows: int
    cells: list[Cell]
    tops: list[tuple[int, str]]
    sides: list[tuple[int, str]]
    each: int


class Bar(NamedTuple):
    """A bar of the timeline: where it is, from 0 to 1000, and in which lane."""

    start: float
    width: float
    lane: int
    state: str
    title: str
    url: str | None


class Slot(NamedTuple):
    """How much of the busiest moment's height, from 0 to 100, each state had in a part of the time."""

    start: float
    width: float
    top: float
    height: float
    state: str
    title: str


class Timeline(NamedTuple):
    """Bars, or the load over time if there are too many of them. ``ticks`` are positions with their times."""

    bars: list[Bar]
    slots: list[Slot]
    lanes: int
    ticks: list[tuple[float, str]]
    busiest: int


def heat_map(cases: Sequence["Case"]) -> Map | None:
    """Return the heat map of cases but checks, in their order; None without any. Two dimensions are across and down."""
    cases = [case for case in cases if case.kind != CHECK]
    if not cases:
        return None
    keys = [split_key(case.name) for case in cases]
    if cases[0].kind == PARTITION and {len(key) for key in keys} == {2}:
        return _two_dimensions(cases, keys)
    each = -(-len(cases) // _MOST_CELLS)
    total = len(cases)
    groups = [cases[start : start + each] for start in range(0, total, each)]
    wrap = min(_WRAP, len(groups))
    cells = [_cell(number % wrap, number // wrap, group) for number, group in enumerate(groups)]
    rows = -(-len(groups) // wrap)
    sides = [(row, plain_line(groups[row * wrap][0].name)) for row in range(rows)]
    return Map(wrap, rows, cells, [], sides, each)


def _two_dimensions(cases: Sequence["Case"], keys: Sequence[Sequence[str]]) -> Map:
    dimensions = [list(dict.fromkeys(key[place] for key in keys)) for place in (0, 1)]
    across = 0 if _rank(dimensions[0]) >= _rank(dimensions[1]) else 1
    column_of, wide = _places(dimensions[across], _COLUMNS)
    row_of, high = _places(dimensions[1 - across], _ROWS)
    groups: dict[tuple[int, int], list[Case]] = {}
    for case, key in zip(cases, keys, strict=True):
        groups.setdefault((column_of[key[across]], row_of[key[1 - across]]), []).append(case)
    cells = [_cell(column, row, group) for (column, row), group in groups.items()]
    tops, sides = _labels(column_of), _labels(row_of)
    return Map(len(tops), len(sides), cells, tops[:: max(1, len(tops) // 6)], sides, wide * high)


def _rank(values: Sequence[str]) -> tuple[bool, int]:
    """Time goes across, else the dimension with more keys."""
    return all(_DATE.match(value) for value in values), len(values)


def _places(values: Sequence[str], most: int) -> tuple[dict[str, int], int]:
    """Return the place of each value, and how many values share one."""
    each = -(-len(values) // most)
    return {value: number // each for number, value in enumerate(values)}, each


def _labels(place_of: dict[str, int]) -> list[tuple[int, str]]:
    """Return each place with the first key there."""
    first: dict[int, str] = {}
    for key, place in place_of.items():
        first.setdefault(place, plain_line(key))
    return list(first.items())


def _cell(column: int, row: int, cases: Sequence["Case"]) -> Cell:
    counts = Counter(case.state for case in cases)
    worst = next(state for state in STATES if counts[state])
    if len(cases) == 1:
        return Cell(column, row, worst, _title(cases[0]), cases[0].url)
    shares = ", ".join(f"{counts[state]:,} {state_name(state)}" for state in STATES if counts[state])
    first, last = (plain_line(case.name)[:_TITLE] for case in (cases[0], cases[-1]))
    others = max((state for state in STATES if state != worst), key=lambda state: counts[state])
    share = counts[worst] / len(cases)
    return Cell(column, row, worst, f"{first} … {last}: {shares}", None, share, others if share < 1 else None)


def _title(case: "Case") -> str:
    """Return what a case shows when the pointer is over it."""
    words = [plain_line(case.name)[:_TITLE], state_name(case.state)]
    took = f" ({duration(case.duration)})" if case.duration is not None else ""
    reason = root_cause(case)[:_TITLE]
    return ": ".join(words) + took + (f"\n{reason}" if reason else "")


def timeline(cases: Iterable["Case"], until: "datetime | None") -> Timeline | None:
    """Return the timeline of the cases that have started; None without any. Unfinished ones last ``until`` then."""
    timed = [
        (case.started_at, case.ended_at or until or case.started_at, case)
        for case in cases
        if case.started_at and (case.started_at != case.ended_at)
    ]
    if not timed:
        return None
    timed.sort(key=lambda each: each[0])
    begin, end = timed[0][0], max(each[1] for each in timed)
    whole = max((end - begin).total_seconds(), 0.001)
    spans = [((a - begin).total_seconds() / whole, (b - begin).total_seconds() / whole, case) for a, b, case in timed]
    seconds = whole > 120  # noqa: PLR2004 - above two minutes, seconds don't matter
    ticks = [
        (share * 1000, (begin + (end - begin) * share).strftime("%m-%d %H:%M" if seconds else "%H:%M:%S"))
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    bars, lanes = _bars(spans) if len(spans) <= _MOST_BARS else ([], _MOST_LANES + 1)
    if lanes <= _MOST_LANES:
        return Timeline(bars, [], lanes, ticks, 0)
    slots, busiest = _slots(spans)
    return Timeline([], slots, 0, ticks, busiest)


_Span = tuple[float, float, "Case"]


def _bars(spans: Sequence[_Span]) -> tuple[list[Bar], int]:
    """Place each bar in the first lane that is free, and return how many lanes that takes."""
    free: list[float] = []
    bars = []
    for start, end, case in spans:
        lane = next((number for number, since in enumerate(free) if since <= start), len(free))
        free[lane : lane + 1] = [end]
        width = max(1.0, 1000 * (end - start))
        bars.append(Bar(1000 * start, width, lane, case.state, _title(case), case.url))
    return bars, len(free)


def _slots(spans: Sequence[_Span]) -> tuple[list[Slot], int]:
    """Return how many cases of each state ran in each part of the time, and the most that ran in one."""
    counts: list[Counter[str]] = [Counter() for _ in range(_SLOTS)]
    for start, end, case in spans:
        for number in range(min(int(start * _SLOTS), _SLOTS - 1), min(int(end * _SLOTS), _SLOTS - 1) + 1):
            counts[number][case.state] += 1
    busiest = max(count.total() for count in counts)
    slots = []
    for number, count in enumerate(counts):
        top = 100.0
        for state in STATES:
            if count[state]:
                height = 100 * count[state] / busiest
                top -= height
                title = f"{count[state]:,} {state_name(state)}"
                slots.append(Slot(1000 * number / _SLOTS, 1000 / _SLOTS, top, height, state, title))
    return slots, busiest
