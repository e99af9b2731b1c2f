"""The picture of partitions: a cell each, a legend with counts, and the worst cells if a cell is a block."""

from collections.abc import Iterable, Mapping

from rich.text import Text

from dagster_ops_cli.formatters.terminal.canvas import Canvas, axis, cut, fitted, joined, widest, wrapped
from dagster_ops_cli.formatters.terminal.partition_map import Cell, PartitionGrid, PartitionMap, Span
from dagster_ops_cli.formatters.terminal.status import BAD, RUNNING, STOPPED, WAITING, Look, look_of
from dagster_ops_cli.formatters.text import escape

# The signs of a block whose partitions are only in part in its worst state.
_MIXED: Mapping[Look, tuple[str, str]] = {
    BAD: ("×", "%"),  # noqa: RUF001 - it looks like the sign of a failure
    STOPPED: ("▪", "="),
    WAITING: ("◌", ":"),
    RUNNING: ("•", "~"),
}
_GOOD = ("succeeded", "materialized")
# The share of good partitions at the end of a row: a blank and at most "100%".
_SHARE = 5
# The label of a row takes at most this part of the width.
_LABEL_PART = 3
_MOST_WORST = 5
# Lines that are not cells: a title, the axis, a blank line, two lines of the legend and the prompt.
_OTHERS = 6
# A picture without a given height is this high at most.
_HEIGHT = 50


def draw_partitions(title: str, partitions: Iterable[tuple[str, str]], canvas: Canvas) -> list[Text]:
    """Return the picture of partitions, which are given as keys and statuses in Dagster's order."""
    grid = PartitionGrid.of(partitions)
    if not grid.states:
        return cut([Text(escape(title), style="bold"), Text("No partitions")], canvas)
    is_bar = len(grid.rows) == 1
    height, label, room = _room(grid, canvas, _OTHERS)
    if len(grid.columns) > room or len(grid.rows) > height:
        # Cells are blocks, which are explained below the legend.
        height, label, room = _room(grid, canvas, _OTHERS + 1 + _MOST_WORST)
    shown = grid.fit(room, height)
    wide = 2 if len(shown.columns) * 2 <= room else 1
    lines = [Text(escape(title), style="bold"), Text(" " * label + _axis(shown, wide), style="dim")]
    for row, cells in zip(shown.rows, shown.cells, strict=True):
        line = Text(fitted(_label(row, canvas), label - 1, canvas) + " " if label else "")
        line.append_text(joined(_drawn(cell, wide, canvas) for cell in cells))
        if not is_bar:
            line.append(f"{_good(cells):>{_SHARE}}", style="dim")
        lines.append(line)
    return cut([*lines, Text(), *_legend(shown, canvas), *_blocks(shown, canvas)], canvas)


def _room(grid: PartitionGrid, canvas: Canvas, others: int) -> tuple[int, int, int]:
    """Return how many rows fit beside ``others`` lines, the width of their labels, and that of the cells."""
    height = max(1, (canvas.height or _HEIGHT) - others)
    if len(grid.rows) == 1:
        return height, 0, canvas.width
    labels = widest(_label(row, canvas) for row in grid.fit_rows(height))
    label = min(labels, canvas.width // _LABEL_PART) + 1
    return height, label, max(1, canvas.width - label - _SHARE)


def _axis(shown: PartitionMap, wide: int) -> str:
    """Return the first and the last key, and some between them at their columns."""
    spans = shown.columns
    first, last = escape(spans[0].first), escape(spans[-1].last)
    if len(spans) == 1:
        return first if spans[0].count == 1 else f"{first} ... {last}"
    width = len(spans) * wide
    if width <= widest([first]) + widest([last]):
        return f"{first} ... {last}"
    step = max(1, -(-(widest(span.first for span in spans) + 2) // wide))
    labels = [(place * wide, escape(spans[place].first)) for place in range(0, len(spans) - 1, step)]
    return axis([*labels, ((len(spans) - 1) * wide, last)], width)


def _label(span: Span, canvas: Canvas) -> str:
    return span.first if span.count == 1 else f"{span.first}{canvas.choose('…', '..')}{span.last}"


def _drawn(cell: Cell | None, wide: int, canvas: Canvas) -> tuple[str, str]:
    """Return the sign of a cell, as wide as a cell is, and its style."""
    if cell is None:
        return " " * wide, ""
    look = look_of(cell.worst)
    if cell.share < 1:
        return _mixed(look, canvas).ljust(wide), look.style
    return canvas.sign(look).ljust(wide), f"{look.style} reverse" if canvas.color else look.style


def _mixed(look: Look, canvas: Canvas) -> str:
    return canvas.choose(*_MIXED.get(look, (look.sign, look.ascii)))


def _good(cells: Iterable[Cell | None]) -> str:
    known = [cell for cell in cells if cell is not None]
    good = sum(cell.counts.get(state, 0) for cell in known for state in _GOOD)
    return _percent(good, sum(cell.total for cell in known)) if known else ""


def _percent(part: int, whole: int) -> str:
    """Return a share; only nothing is 0% and only everything is 100%."""
    share = round(100 * part / whole)
    return "<1%" if part and not share else ">99%" if part < whole and share == 100 else f"{share}%"  # noqa: PLR2004


def _legend(shown: PartitionMap, canvas: Canvas) -> list[Text]:
    counts = shown.counts
    total = sum(counts.values())
    parts = []
    for state, count in counts.items():
        look = look_of(state)
        text = f" {count:,} {_word(state)} ({_percent(count, total)})"
        parts.append(Text.assemble((canvas.sign(look), look.style), text))
    return wrapped(parts, canvas.width)


def _word(state: str) -> str:
    return state.replace("_", " ")


def _blocks(shown: PartitionMap, canvas: Canvas) -> list[Text]:
    """Explain cells that stand for several partitions, and list the worst of them."""
    across, down = shown.block
    if across * down == 1:
        return []
    mixed = dict.fromkeys(_mixed(look_of(each.worst), canvas) for each in _mixed_cells(shown))
    size = f"{across}" if len(shown.rows) == 1 and down == 1 else f"{across} x {down}"
    explained = f"A cell shows the worst of up to {size} partitions"
    mark = "marks" if len(mixed) == 1 else "mark"
    lines = [Text(explained + (f"; {' '.join(mixed)} {mark} mixed cells" if mixed else ""), style="dim")]
    for column, row, cell in shown.worst_cells(_MOST_WORST):
        look, count = look_of(cell.worst), cell.counts[cell.worst]
        place = " | ".join(escape(_range(span)) for span in (column, row) if span.first)
        sign = canvas.sign(look) if cell.share == 1 else _mixed(look, canvas)
        text = f" {place}: {count:,} of {cell.total:,} {_word(cell.worst)} ({_percent(count, cell.total)})"
        lines.append(Text.assemble((sign, look.style), text))
    return lines


def _range(span: Span) -> str:
    return span.first if span.count == 1 else f"{span.first} ... {span.last}"


def _mixed_cells(shown: PartitionMap) -> list[Cell]:
    return [cell for line in shown.cells for cell in line if cell is not None and cell.share < 1]
