"""Draw a sheet on a terminal: tables that fit the window, facts with aligned values, links to Dagster's UI."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

from dagster_ops_cli import times
from dagster_ops_cli.formatters.table import (
    At,
    Column,
    Fact,
    Facts,
    Kind,
    Link,
    Part,
    Phrase,
    Sheet,
    Table,
    Value,
    without_silent,
)
from dagster_ops_cli.formatters.terminal.age import WIDEST_AGE, format_age, format_clock, format_local
from dagster_ops_cli.formatters.terminal.layout import Width, lay_out
from dagster_ops_cli.formatters.terminal.status import look_of
from dagster_ops_cli.formatters.text import escape

_GAP = 2
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# An id is shortened to this many characters: as many as a unique prefix usually needs.
SHORT_ID = 8
# The characters of a link's address; any other could control the terminal.
_SAFE_URL = re.compile(r"https?://[!-~]+")


@dataclass
class Drawer:
    """Draws on one terminal. It remembers the widths of a table's columns for the table that continues it.

    ``links`` says that the terminal understands links.
    """

    console: Console
    links: bool = True
    _widths: dict[Sequence[Column], list[int]] = field(default_factory=dict)

    def draw(self, what: "Part | Sheet") -> None:
        """Write a sheet, or a part of one, to the terminal."""
        for line in self.lines(what):
            self.console.print(line, soft_wrap=True)

    def lines(self, what: "Part | Sheet") -> Iterator[Text]:
        """Yield the lines of a sheet, or of a part of one."""
        if isinstance(what, Sheet):
            for part in what.parts:
                yield from self.lines(part)
        elif isinstance(what, Table):
            yield from self._table(what)
        elif isinstance(what, Facts):
            yield from self._facts(what)
        else:
            yield Text(_text(what))

    def _facts(self, what: Facts) -> Iterator[Text]:
        width = max((len(escape(each.name)) for each in what.present), default=0)
        for each in what.present:
            name = f"{escape(each.name)}:".ljust(width + 1 + _GAP - 1)
            for number, line in enumerate(_wrapped(self._fact(each), self.console.width - len(name))):
                yield Text.assemble((" " * len(name) if number else name, "dim"), line)

    def _fact(self, fact: Fact) -> Text:
        if isinstance(fact.value, datetime):
            return Text(f"{format_local(fact.value)} ({format_age(fact.value, times.now())})")
        return self._cell(fact.value, fact.kind)

    def _table(self, what: Table) -> Iterator[Text]:
        what = without_silent(what)
        cells = [
            [self._cell(value, column.kind) for column, value in zip(what.columns, each, strict=True)]
            for each in what.rows
        ]
        key = tuple(what.columns)
        if what.header or key not in self._widths:
            wanted = [_width(*each, what) for each in _by_column(what, cells)]
            self._widths[key] = lay_out(wanted, self.console.width, _GAP)
        widths = self._widths[key]
        if what.header:
            names = [Text(column.name, style="bold") for column in what.columns]
            yield self._line(what.columns, names, widths)
        for each in cells:
            yield self._line(what.columns, each, widths)

    def _line(self, columns: Sequence[Column], cells: Sequence[Text], widths: Sequence[int]) -> Text:
        shown = []
        left = [each for each in zip(columns, cells, widths, strict=True) if each[2]]
        room = self.console.width - sum(widths) - _GAP * (len(left) - 1)
        for number, (column, cell, given) in enumerate(left, start=1):
            last = number == len(left)
            # The last column may use all the room to its right.
            width = given + room if last and column.kind == "text" else given
            text = cell[:SHORT_ID] if column.kind == "id" and width < cell.cell_len and _is_uuid(cell) else cell
            if not column.whole:
                text.truncate(width, overflow="crop" if self.console.options.ascii_only else "ellipsis")
            if column.kind == "number":
                text.pad_left(width - text.cell_len)
            elif not last and width > text.cell_len:
                text.pad_right(width - text.cell_len)
            shown.append(text)
        return Text(" " * _GAP).join(shown)

    def _cell(self, value: Value, kind: Kind) -> Text:
        """Return a value as text, with its sign, its colour and its link."""
        if value is None:
            return Text("-" if kind == "status" else "")
        if isinstance(value, datetime):
            return Text(format_clock(value) if kind == "clock" else format_age(value, times.now()))
        text = escape(_text(value).removesuffix("\n"))
        if kind == "status":
            return self._status(text)
        shown = Text(text)
        if isinstance(value, Link) and self.links and value.url and _SAFE_URL.fullmatch(value.url):
            shown.stylize(Style(link=value.url))
        return shown

    def _status(self, status: str) -> Text:
        look = look_of(status)
        sign = look.ascii if self.console.options.ascii_only else look.sign
        return Text(f"{sign} {status}", style=look.style) if status else Text("")


def _text(value: str | int | Link | Phrase) -> str:
    if isinstance(value, Phrase):
        return "".join(format_local(each.time) if isinstance(each, At) else each for each in value.parts)
    return value.text if isinstance(value, Link) else str(value)


def _wrapped(text: Text, width: int) -> Iterable[Text]:
    """Return the lines of a text. Ids and addresses stay whole, even if they are wider, so that they can be copied."""
    ends, used = [], 0
    for word in re.finditer(r"\S+\s*", text.plain):
        if used and used + cell_len(word[0].rstrip()) > width:
            ends.append(word.start())
            used = 0
        used += cell_len(word[0])
    lines = text.divide(ends)
    for line in lines:
        line.rstrip()
    return lines


def _is_uuid(cell: Text) -> bool:
    return bool(_UUID.fullmatch(cell.plain))


def _by_column(what: Table, cells: Sequence[Sequence[Text]]) -> Iterator[tuple[Column, list[Text]]]:
    for number, column in enumerate(what.columns):
        yield column, [each[number] for each in cells]


def _width(column: Column, cells: Sequence[Text], table: Table) -> Width:
    """Return how wide a column would like to be, and how narrow it may become."""
    widest = max((each.cell_len for each in cells), default=0)
    full = max(widest, len(column.name) if table.header else 0)
    if table.streamed:
        # Rows that are not known yet may be wider.
        full = max(full, WIDEST_AGE if column.kind in ("age", "clock") else column.width)
    least = full
    if column.kind == "id" and all(map(_is_uuid, filter(None, cells))):
        least = min(full, max(SHORT_ID, len(column.name) if table.header else 0))
    elif column.kind in ("text", "id"):
        least = min(full, max(column.least, len(column.name)))
    return Width(least, full, column.priority, is_id=column.kind == "id", is_empty=not widest and not table.streamed)
