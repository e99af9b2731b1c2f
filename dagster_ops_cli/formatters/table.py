"""What a formatter returns: tables, facts and lines. A pipe gets their ``str()``; ``terminal/`` draws them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from itertools import compress
from typing import Literal, NamedTuple

from dagster_ops_cli.formatters.text import cell, escape, fit, row

# What a value is. Only terminals care: an ``id`` may be shortened, a ``status`` has a sign and a colour, an ``age`` is
# shown as how long ago it was, a ``clock`` as the local time of day, a ``number`` is aligned to the right.
Kind = Literal["text", "id", "status", "age", "clock", "number"]


class Link(NamedTuple):
    """A text that links to a page of Dagster's UI on terminals that support links."""

    text: str
    url: str | None


class At(NamedTuple):
    """A time within a phrase, and how a pipe shows it. A terminal shows the local time."""

    time: datetime
    plain: str


class Phrase(NamedTuple):
    """A text with times in it. As a part of a sheet, it is already escaped."""

    parts: Sequence[str | At]

    def __str__(self) -> str:
        """Return the text as a pipe gets it."""
        return "".join(each.plain if isinstance(each, At) else each for each in self.parts)


Value = str | int | datetime | Link | Phrase | None


@dataclass(frozen=True)
class Column:
    """A column of a table.

    In a pipe, ``width`` is its minimum width, ``most`` the length to which texts are cut, and ``absent`` the text for
    None. On a terminal, ``least`` is the width to which texts may be cut (with ``whole`` they never are), and a narrow
    window leaves out the column with the lowest ``priority`` first.
    """

    name: str
    width: int = 0
    kind: Kind = "text"
    priority: int = 5
    most: int | None = None
    absent: str = ""
    least: int = 14
    whole: bool = False

    def plain(self, value: Value) -> str:
        """Return a value as a pipe gets it."""
        if value is None:
            return self.absent
        if isinstance(value, datetime):
            # Times are in UTC.
            return value.strftime("%Y-%m-%dT%H:%M:%S")
        return cell(_text(value), self.most)


@dataclass(frozen=True)
class Table:
    """A table. A ``streamed`` one continues in others, so it keeps the minimum widths; only the first has a header.

    In a pipe, a ``rule`` is the line below the header, and ``gap`` the number of blanks between columns. The columns in
    ``silent`` say nothing here: a terminal leaves them out, and a pipe keeps them, because scripts count columns.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    header: bool = True
    streamed: bool = False
    rule: bool = True
    gap: int = 1
    silent: Collection[str] = ()

    def __str__(self) -> str:
        """Return the table as a pipe gets it."""
        cells = [[column.plain(value) for column, value in zip(self.columns, each, strict=True)] for each in self.rows]
        names = [column.name for column in self.columns]
        widths = [column.width for column in self.columns]
        if not self.streamed:
            widths = fit([names, *cells] if self.header else cells, widths)
        # Blanks belong to the column before them.
        widths = [width + self.gap - 1 for width in widths]
        lines = [row(each, widths) for each in cells]
        if self.header:
            rule = ["-" * (sum(widths) + len(widths) - 1)] if self.rule else []
            lines = [row(names, widths), *rule, *lines]
        return "\n".join(lines)


class Fact(NamedTuple):
    """A name and a value on a line of their own."""

    name: str
    value: Value
    kind: Kind = "text"


@dataclass(frozen=True)
class Facts:
    """Facts, a line each; those without a value are left out."""

    facts: Sequence[Fact]

    def __str__(self) -> str:
        """Return the facts as a pipe gets them."""
        return "\n".join(f"{escape(each.name)}: {_plain(each.value)}" for each in self.present)

    @property
    def present(self) -> list[Fact]:
        """The facts that have a value."""
        return [each for each in self.facts if each.value is not None]


def facts(*given: "Fact | tuple[str, Value] | tuple[str, Value, Kind]") -> Facts:
    """Return facts from names, values and, for values that are not text, their kinds."""
    return Facts([Fact(*each) for each in given])


Part = str | Phrase | Table | Facts


@dataclass(frozen=True)
class Sheet:
    """An answer as it is shown, from top to bottom: tables, facts, and text that is already escaped."""

    parts: Sequence[Part] = field(default_factory=tuple)

    def __str__(self) -> str:
        """Return the sheet as a pipe gets it."""
        return "\n".join(map(str, self.parts))


def sheet(*parts: "Part | Sheet | Iterable[Part]") -> Sheet:
    """Return a sheet of parts, other sheets and lines."""
    flat: list[Part] = []
    for each in parts:
        if isinstance(each, Sheet):
            flat += each.parts
        elif isinstance(each, (str, Phrase, Table, Facts)):
            flat.append(each)
        else:
            flat += each
    return Sheet(flat)


def listing(noun: str, table: Table, has_more: bool = False) -> "Sheet | str":
    """Return a list of ``noun`` as a table and how many there are."""
    return sheet(table, "", footer(noun, len(table.rows), has_more)) if table.rows else f"No {noun} found"


def without_silent(table: Table) -> Table:
    """Return a table without the columns that say nothing."""
    kept = [column.name not in table.silent for column in table.columns]
    columns = [*compress(table.columns, kept)]
    return replace(table, columns=columns, rows=[[*compress(each, kept)] for each in table.rows])


def numbered(table: Table) -> Table:
    """Return a table whose rows are numbered, to choose one of them."""
    columns = (Column("", 2, "number", priority=99), *table.columns)
    return replace(table, columns=columns, rows=[(number, *row) for number, row in enumerate(table.rows, start=1)])


def footer(noun: str, count: int, has_more: bool = False) -> str:
    """Return the line below a list: a total, unless there are more."""
    if not has_more:
        return f"Total {noun}: {count:,}"
    return f"Showing {count:,} {noun.removesuffix('s') if count == 1 else noun}; there are more"


def _text(value: "str | int | Link | Phrase") -> str:
    return value.text if isinstance(value, Link) else str(value)


def _plain(value: Value) -> str:
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).replace(tzinfo=None).isoformat("T", "microseconds") + "Z"
    return "" if value is None else escape(_text(value))
