"""What a formatter returns: tables, facts and lines. ``str()`` is the form of a pipe; ``terminal/`` draws the other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Literal, NamedTuple

from dagster_ops_cli.formatters.text import cell, escape, fit, row

# What a value is. Only terminals care: an ``id`` may be shortened, a ``status`` has a sign and a colour, an ``age`` is
# shown as how long ago it was, a ``clock`` as the local time of day, a ``number`` is aligned to the right.
Kind = Literal["text", "id", "status", "age", "clock", "number"]


class Link(NamedTuple):
    """A text that links to a page of Dagster's UI, where the terminal can."""

    text: str
    url: str | None


class At(NamedTuple):
    """A time within a phrase, and how a pipe shows it. A terminal shows the local time."""

    time: datetime
    plain: str


class Phrase(NamedTuple):
    """A text with times in it."""

    parts: Sequence[str | At]


Value = str | int | datetime | Link | Phrase | None


@dataclass(frozen=True)
class Column:
    """A column of a table.

    ``width`` is its least width in a pipe, ``least`` that of a text on a terminal, if the text is longer. ``priority``
    tells how long a narrow window keeps the column: the lowest goes first. ``most`` cuts longer texts in a pipe,
    ``absent`` stands there for None. With ``whole``, no terminal cuts it.
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
        """Return a value as it stands in a pipe."""
        if value is None:
            return self.absent
        if isinstance(value, datetime):
            # Times are in UTC.
            return value.strftime("%Y-%m-%dT%H:%M:%S")
        return cell(_text(value), self.most)


@dataclass(frozen=True)
class Table:
    """A table. A ``streamed`` one continues in further tables: it keeps the least widths; only the first has a header.

    In a pipe, a table without a ``rule`` has no line below its header, and ``gap`` blanks stand between its columns.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    header: bool = True
    streamed: bool = False
    rule: bool = True
    gap: int = 1

    def __str__(self) -> str:
        """Return the table as it stands in a pipe."""
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
        """Return the facts as they stand in a pipe."""
        return "\n".join(f"{escape(each.name)}: {_plain(each.value)}" for each in self.present)

    @property
    def present(self) -> list[Fact]:
        """The facts that have a value."""
        return [each for each in self.facts if each.value is not None]


def facts(*given: "Fact | tuple[str, Value] | tuple[str, Value, Kind]") -> Facts:
    """Return facts from names and values, and what kind a value is where it is no text."""
    return Facts([Fact(*each) for each in given])


Part = str | Table | Facts


@dataclass(frozen=True)
class Sheet:
    """What is shown of an answer, from top to bottom: tables, facts, and lines of text that are escaped already."""

    parts: Sequence[Part] = field(default_factory=tuple)

    def __str__(self) -> str:
        """Return the sheet as it stands in a pipe."""
        return "\n".join(map(str, self.parts))


def sheet(*parts: "Part | Sheet | Iterable[Part]") -> Sheet:
    """Return a sheet of parts, other sheets and lines."""
    flat: list[Part] = []
    for each in parts:
        if isinstance(each, Sheet):
            flat += each.parts
        elif isinstance(each, (str, Table, Facts)):
            flat.append(each)
        else:
            flat += each
    return Sheet(flat)


def listing(noun: str, table: Table, has_more: bool = False) -> "Sheet | str":
    """Return a list of ``noun`` as a table and how many there are."""
    return sheet(table, "", footer(noun, len(table.rows), has_more)) if table.rows else f"No {noun} found"


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
    if isinstance(value, Phrase):
        return "".join(each.plain if isinstance(each, At) else each for each in value.parts)
    return value.text if isinstance(value, Link) else str(value)


def _plain(value: Value) -> str:
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).replace(tzinfo=None).isoformat("T", "microseconds") + "Z"
    return "" if value is None else escape(_text(value))
