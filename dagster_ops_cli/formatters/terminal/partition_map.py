"""Partitions as a grid of cells that fits a window: time across, the second dimension down.

A cell stands for one partition, or for a block of them if there are more than fit; then it shows the worst state.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dagster_ops_cli.schemas.partition_key import join_key, split_key

# From the worst state to the best. Nothing happens to a missing partition, so it is worse than one that waits.
STATES = ("failed", "canceled", "missing", "waiting", "in_progress", "succeeded", "materialized")
_RANK = {state: rank for rank, state in enumerate(STATES)}
# The states for statuses of partitions and of their runs. Any other status is that of a run in progress.
_STATE_OF = {
    **{state: state for state in STATES},
    "FAILURE": "failed",
    "CANCELED": "canceled",
    "QUEUED": "waiting",
    "NOT_STARTED": "waiting",
    "SUCCESS": "succeeded",
}
# Every key of a time dimension begins with a year and a month, with or without a hyphen.
_TIME = re.compile(r"\d{4}-?(0[1-9]|1[0-2])(?!\d\d\d\d\d)")


def state_of(status: str) -> str:
    """Return the state for the status of a partition or of its run."""
    return _STATE_OF.get(status, "in_progress")


@dataclass(frozen=True)
class Span:
    """Some neighbouring keys of a dimension: the first, the last and how many."""

    first: str
    last: str
    count: int


@dataclass(frozen=True)
class Cell:
    """A block of partitions; ``counts`` has the number of partitions in each state."""

    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """The number of partitions."""
        return sum(self.counts.values())

    @property
    def worst(self) -> str:
        """The worst state in the block."""
        return min(self.counts, key=_RANK.__getitem__)

    @property
    def share(self) -> float:
        """The share of the partitions that are in the worst state, above 0 up to 1."""
        return self.counts[self.worst] / self.total


@dataclass(frozen=True)
class PartitionMap:
    """The cells of a picture, row by row. A cell is None if its block has no partition.

    ``columns`` and ``rows`` are the keys that each column and row stands for; the only row of a single dimension has an
    empty key.
    """

    columns: Sequence[Span]
    rows: Sequence[Span]
    cells: Sequence[Sequence[Cell | None]]

    @property
    def counts(self) -> dict[str, int]:
        """The number of partitions in each state that occurs, the worst first."""
        total: Counter[str] = Counter()
        for line in self.cells:
            for cell in filter(None, line):
                total.update(cell.counts)
        return {state: total[state] for state in STATES if total[state]}

    @property
    def block(self) -> tuple[int, int]:
        """The most columns and rows of partitions that a cell stands for."""
        return max(span.count for span in self.columns), max(span.count for span in self.rows)

    def worst_cells(self, most: int) -> list[tuple[Span, Span, Cell]]:
        """Return the cells with failed or canceled partitions, with their columns and rows; the worst come first."""
        bad = [
            (column, row, cell)
            for row, line in zip(self.rows, self.cells, strict=True)
            for column, cell in zip(self.columns, line, strict=True)
            if cell is not None and cell.worst in ("failed", "canceled")
        ]
        return sorted(bad, key=lambda each: (_RANK[each[2].worst], -each[2].counts[each[2].worst]))[:most]


@dataclass(frozen=True)
class PartitionGrid:
    """Partitions by their keys in both dimensions: ``states`` by the positions of column and row."""

    columns: Sequence[str]
    rows: Sequence[str]
    states: Mapping[tuple[int, int], str]

    @classmethod
    def of(cls, partitions: Iterable[tuple[str, str]]) -> "PartitionGrid":
        """Return the grid of partitions, given as keys and statuses in Dagster's order."""
        keys = [(split_key(key), state_of(status)) for key, status in partitions]
        across = _across([key for key, _ in keys])
        columns: dict[str, int] = {}
        rows: dict[str, int] = {}
        states = {}
        for key, state in keys:
            # A key without the second dimension stands in a row of its own.
            place = across if across < len(key) else 0
            column = columns.setdefault(key[place], len(columns))
            row = rows.setdefault(join_key(key[:place] + key[place + 1 :]), len(rows))
            states[column, row] = state
        return cls(list(columns), list(rows), states)

    def fit_rows(self, height: int) -> list[Span]:
        """Return the rows of the picture with at most ``height`` rows."""
        return _spans(self.rows, height)[0]

    def fit(self, width: int, height: int) -> PartitionMap:
        """Return the picture with at most ``width`` columns and ``height`` rows of cells."""
        columns, across = _spans(self.columns, width)
        rows, down = _spans(self.rows, height)
        counts: list[list[Counter[str]]] = [[Counter() for _ in columns] for _ in rows]
        for (column, row), state in self.states.items():
            counts[row // down][column // across][state] += 1
        return PartitionMap(columns, rows, [[Cell(each) if each else None for each in line] for line in counts])


def _spans(keys: Sequence[str], most: int) -> tuple[list[Span], int]:
    """Return the spans of equal size into which the keys are divided, at most ``most``, and that size."""
    size = max(1, -(-len(keys) // max(1, most)))
    spans = [Span(part[0], part[-1], len(part)) for part in (keys[at : at + size] for at in range(0, len(keys), size))]
    return spans, size


def _across(keys: Sequence[Sequence[str]]) -> int:
    """Return the position of the dimension that goes across: the one of time, else the one with the most keys."""
    values = [{key[place] for key in keys if place < len(key)} for place in range(max(map(len, keys), default=1))]
    return max(range(len(values)), key=lambda place: (all(map(_TIME.match, values[place])), len(values[place]), -place))
