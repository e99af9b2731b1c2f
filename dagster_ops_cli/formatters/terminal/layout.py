"""Which columns of a table fit into a window, and how wide they are."""

from collections.abc import Sequence
from typing import NamedTuple


class Width(NamedTuple):
    """How wide a column is if nothing is cut (``full``), and how narrow it may become (``least``).

    The column with the lowest ``priority`` is left out first; empty columns are left out before any text is cut.
    """

    least: int
    full: int
    priority: int
    is_id: bool = False
    is_empty: bool = False


def lay_out(columns: Sequence[Width], window: int, gap: int) -> list[int]:
    """Return the width of each column, 0 for one that is left out; with the gaps, they fit into the window.

    The other columns share the rest of the window; ids are shown whole only if there is room after that.
    """
    kept = list(range(len(columns)))
    if sum(column.full for column in columns) + gap * (len(columns) - 1) > window:
        kept = [at for at in kept if not columns[at].is_empty] or kept

    def room() -> int:
        return window - sum(columns[at].least for at in kept) - gap * (len(kept) - 1)

    while len(kept) > 1 and room() < 0:
        # Of equals, the rightmost goes first.
        kept.remove(min(kept, key=lambda at: (columns[at].priority, -at)))
    widths = [columns[at].least if at in kept else 0 for at in range(len(columns))]
    left = room()
    if left < 0:
        widths[kept[0]] = max(1, window)
        return widths
    texts = sorted((at for at in kept if not columns[at].is_id), key=lambda at: columns[at].full - columns[at].least)
    for number, at in enumerate(texts):
        # A column that needs less than its share leaves the rest to the others.
        more = min(columns[at].full - columns[at].least, left // (len(texts) - number))
        widths[at] += more
        left -= more
    for at in kept:
        if columns[at].is_id and columns[at].full - columns[at].least <= left:
            left -= columns[at].full - columns[at].least
            widths[at] = columns[at].full
    return widths
