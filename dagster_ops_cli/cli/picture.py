"""Show pictures: in a terminal's window, or in plain characters of a fixed size."""

from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING

from dagster_ops_cli.errors import OpsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rich.console import Console, RenderableType
    from rich.text import Text

    from dagster_ops_cli.cli.context import Ops
    from dagster_ops_cli.formatters.terminal.canvas import Canvas
    from dagster_ops_cli.schemas.backfill import Backfill
    from dagster_ops_cli.schemas.partition import PartitionState

    Draw = Callable[[Canvas], Sequence[Text]]

# How many lines the text of a backfill takes below the picture.
_LINES_OF_BACKFILL = 12
# Reading the runs of more partitions than this takes so long that a message says so.
MANY_PARTITIONS = 10_000


def canvas_of(console: "Console") -> "Canvas":
    """Return the canvas of a console's window."""
    from dagster_ops_cli.formatters.terminal.canvas import Canvas

    width, height = console.size
    return Canvas(width, height, not console.options.ascii_only, not console.no_color)


def show_picture(ops: "Ops", draw: "Draw") -> None:
    """Draw a picture on stdout."""
    from dagster_ops_cli.formatters.terminal.canvas import PLAIN, plain

    if not ops.drawer:
        ops.write([plain(draw(PLAIN))])
        return
    console = ops.drawer.console
    for line in draw(canvas_of(console)):
        console.print(line, soft_wrap=True)


def show_live(ops: "Ops", draws: "Iterable[Draw]") -> None:
    """Draw pictures on stdout, each over the previous one; without a terminal, draw only the last."""
    shown: deque[Draw] = deque(maxlen=1)
    if not ops.drawer:
        shown.extend(draws)
    else:
        from rich.live import Live

        console = ops.drawer.console

        def frame() -> "RenderableType":
            from rich.console import Group

            return Group(*(shown[0](canvas_of(console))[: console.size.height - 1] if shown else ()))

        with Live(console=console, transient=True, auto_refresh=False, get_renderable=frame) as live:
            for draw in draws:
                shown.append(draw)
                live.refresh()
    if shown:
        show_picture(ops, shown[0])


def show_backfill_map(ops: "Ops", backfill: "Backfill") -> None:
    """Draw the partitions of a backfill on stdout, if that is a terminal and there are several."""
    if not ops.drawer or backfill.total <= 1:
        return
    if backfill.total > MANY_PARTITIONS:
        ops.note(f"Reading the runs of {backfill.total:,} partitions for their picture (--plain leaves it out) ...")
    try:
        partitions = ops.backfills.list_partitions(backfill.id)
    except OpsError as error:
        # The state of the backfill is known, and so is the exit code.
        ops.note(f"No picture: {error.message}")
        return
    show_picture(ops, draws_partitions(backfill.name or backfill.id, partitions, _LINES_OF_BACKFILL))
    ops.write([""])


def draws_partitions(name: str, partitions: "Sequence[PartitionState]", others: int = 0) -> "Draw":
    """Return a function that draws partitions in a window of which ``others`` lines are taken."""
    from dagster_ops_cli.formatters.terminal.partition_picture import draw_partitions

    several = "1 partition" if len(partitions) == 1 else f"{len(partitions):,} partitions"
    pairs = [(each.partition, each.status) for each in partitions]

    # A live view draws the same picture several times a second.
    @lru_cache(maxsize=1)
    def draw(canvas: "Canvas") -> "Sequence[Text]":
        return draw_partitions(f"{name}: {several}", pairs, canvas.smaller(others))

    return draw
