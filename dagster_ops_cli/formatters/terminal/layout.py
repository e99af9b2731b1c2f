"""Which columns of a table fit into a window, and how wide they are."""

from collections.abc import Sequence
from typing import NamedTuple


class Width(NamedTuple):
    """How wide a column is if nothing is cut (``full``), and how narrow it may become (``least``).

    The column with the lowest ``priority`` goes first, but before it those that are empty.
    """

    least: int
    full: int
    priority: int
    is_id: bool = False
    is_empty: bool = False


def lay_out(columns: Sequence[Width], window: int, gap: int) -> list[int]:
    """Return the width of each column, 0 for one that is left out; with the gaps, they fit into the window.

    Texts get what is left of the window, the shorter ones first; ids are whole only if everything else is.
    """
    kept = list(range(len(columns)))

    def room() -> int:
        return window - sum(columns[at].least for at in kept) - gap * (len(kept) - 1)

    while len(kept) > 1 and room() < 0:
        # Of equals, the rightmost goes first.
        kept.remove(min(kept, key=lambda at: (not columns[at].is_empty, columns[at].priority, -at)))
    widths = [columns[at].least if at in kept else 0 for at in range(len(columns))]
    left = room()
    if left < 0:
        widths[kept[0]] = max(1, window)
        return widths
    for at in sorted(kept, key=lambda at: (columns[at].is_id, columns[at].full - columns[at].least)):
        wanted = columns[at].full - columns[at].least
        if columns[at].is_id and wanted > left:
            continue
        widths[at] += min(wanted, left)
        left -= min(wanted, left)
    return widths
