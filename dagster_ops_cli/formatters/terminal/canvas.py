"""The canvas of a picture: a window of a certain size, with or without Unicode and colours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from dagster_ops_cli.formatters.terminal.status import Look
from dagster_ops_cli.formatters.text import escape


@dataclass(frozen=True)
class Canvas:
    """``width`` and ``height`` are in cells of the terminal; without a height, a picture may be of any height.

    Without ``unicode``, only ASCII is drawn.
    """

    width: int
    height: int | None = None
    unicode: bool = True
    color: bool = True

    def smaller(self, lines: int) -> "Canvas":
        """Return the canvas with this many fewer lines."""
        return self if self.height is None else replace(self, height=max(1, self.height - lines))

    def sign(self, look: Look) -> str:
        """Return the sign of a status."""
        return look.sign if self.unicode else look.ascii

    def choose(self, sign: str, plain: str) -> str:
        """Return the first text, or the second if only ASCII can be shown."""
        return sign if self.unicode else plain


# What a pipe gets, and a terminal that can show nothing better.
PLAIN = Canvas(80, None, unicode=False, color=False)


def fitted(text: str, width: int, canvas: Canvas) -> str:
    """Return a text from Dagster in exactly ``width`` cells: escaped, padded or cut with an ellipsis."""
    shown = escape(text)
    if cell_len(shown) <= width:
        return set_cell_size(shown, width)
    dots = canvas.choose("…", "...")[:width]
    return set_cell_size(shown, width - len(dots)) + dots


def widest(texts: Iterable[str]) -> int:
    """Return the width of the widest text, in cells."""
    return max((cell_len(escape(text)) for text in texts), default=0)


def wrapped(parts: Iterable[Text], width: int, gap: str = "  ") -> list[Text]:
    """Return lines that hold as many of the parts as fit; a part is never divided."""
    lines: list[Text] = []
    for part in parts:
        if lines and lines[-1].cell_len + len(gap) + part.cell_len <= width:
            lines[-1].append(gap).append_text(part)
        else:
            # The style of a part is not that of its line.
            lines.append(Text().append_text(part))
    return lines


def joined(cells: Iterable[tuple[str, str]]) -> Text:
    """Return a line of signs with their styles; neighbours that look the same are written as one."""
    parts = groupby(cells, key=itemgetter(1))
    return Text.assemble(*(("".join(sign for sign, _ in own), style) for style, own in parts))


def cut(lines: Iterable[Text], canvas: Canvas) -> list[Text]:
    """Return the lines, each cut to the width of the canvas and without trailing blanks."""
    shown = []
    for line in lines:
        if line.cell_len > canvas.width:
            line.truncate(canvas.width, overflow="ellipsis" if canvas.unicode else "crop")
        line.rstrip()
        shown.append(line)
    return shown


def plain(lines: Iterable[Text]) -> str:
    """Return the lines as text without colours."""
    return "\n".join(line.plain for line in lines)


def axis(labels: Sequence[tuple[int, str]], width: int) -> str:
    """Return a line of at most ``width`` cells with labels at their columns.

    The last label is moved to the left if it would not fit. The first and the last are placed first; a label that would
    overlap another is left out.
    """
    taken: list[tuple[int, int, str]] = []
    for number in [0, len(labels) - 1, *range(1, len(labels) - 1)][: len(labels)]:
        column, label = labels[number]
        at = max(0, min(column, width - cell_len(label)))
        end = at + cell_len(label)
        has_room = (at == column or number == len(labels) - 1) and end <= width
        if has_room and all(end < start or at > stop for start, stop, _ in taken):
            taken.append((at, end, label))
    line = ""
    for at, _, label in sorted(taken):
        line = set_cell_size(line, at) + label
    return line
