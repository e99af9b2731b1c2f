"""The screen of `ops top`: everything that fits, whatever the size of the window."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.text import Text

from dagster_ops_cli.formatters.terminal.age import format_clock
from dagster_ops_cli.formatters.terminal.draw import SHORT_ID, Drawer
from dagster_ops_cli.formatters.text import escape
from dagster_ops_cli.formatters.top import format_daemons, tables

if TYPE_CHECKING:
    from dagster_ops_cli.formatters.table import Table
    from dagster_ops_cli.schemas.top import Top

# The order in which tables (by their index) get another row; failed runs matter most.
_ORDER = (2, 0, 1, 3)
# A window of this many rows has room for empty lines between the tables.
_ROOMY = 30

# Returns an `ops` command as a user would type it.
ToCommand = Callable[[str], str]


@dataclass(frozen=True)
class Screen:
    """What the screen shows: the last answer, if there was one, and what is wrong with Dagster.

    ``to_command`` completes a command with the connection options.
    """

    url: str
    interval: float
    to_command: ToCommand
    top: "Top | None" = None
    trouble: str = ""

    def draw(self, drawer: Drawer) -> Group:
        """Return the lines of the screen, which fill the window exactly or leave some rows empty."""
        width, height = drawer.console.size
        lines = self._head(drawer.console)
        if self.top:
            bottom = self._commands(self.top, width) if height > len(lines) + 8 else []
            daemons = _daemons(self.top)
            room = height - len(lines) - 1 - len(bottom)
            lines += [*_fitted(tables(self.top), room, drawer), daemons, *bottom]
        return Group(*(_cut(line, drawer.console) for line in lines[:height]))

    def _head(self, console: Console) -> list[Text]:
        head = Text("ops top", style="bold")
        separator = " - " if console.options.ascii_only else " · "
        version = f"Dagster {escape(self.top.version)}" if self.top and self.top.version else ""
        taken_at = format_clock(self.top.taken_at) if self.top else ""
        for part in ("q quits", escape(self.url), taken_at, version, f"every {self.interval:g} s"):
            # A part that does not fit is left out.
            if part and head.cell_len + len(separator) + len(part) <= console.width:
                head.append(f"{separator}{part}", style="not bold")
        trouble = self.trouble or ("" if self.top else "Asking Dagster ...")
        return [head, Text(escape(trouble), style="bold red" if self.trouble else "")] if trouble else [head]

    def _commands(self, top: "Top", width: int) -> list[Text]:
        """Return the commands for a closer look; each on a line that can be copied."""
        first = {
            "run why": [*(each.id for each in top.failed[:1]), *(each.id for each in top.waiting[:1])],
            "run watch": [each.id for each in top.running[:1]],
            "backfill watch": [each.id for each in top.backfills[:1]],
        }
        commands = [_fitting(self.to_command, verb, each, width) for verb, ids in first.items() for each in ids]
        return [Text(""), *(Text(command, style="dim") for command in commands)] if commands else []


def _fitting(to_command: ToCommand, verb: str, run_id: str, width: int) -> str:
    """Return a command; if it is too long for the window, with a prefix of the id, which ops accepts, too."""
    whole = to_command(f"ops {verb} {escape(run_id)}")
    return whole if len(whole) <= width else to_command(f"ops {verb} {escape(run_id)[:SHORT_ID]}")


def _fitted(found: "Sequence[Table]", room: int, drawer: Drawer) -> list[Text]:
    """Return the tables with as many rows as there is room for, so that each gets its share."""
    shown = [0] * len(found)
    gaps = len(found) if room >= _ROOMY - 4 else 0
    # Each table needs a line for its header.
    left = room - len(found) - gaps
    while left > 0 and (growing := [at for at in _ORDER if shown[at] < len(found[at].rows)]):
        for at in growing[:left]:
            shown[at] += 1
        left -= len(growing[:left])
    lines: list[Text] = []
    for table, count in zip(found, shown, strict=True):
        if count:
            lines += drawer.lines(replace(table, rows=table.rows[:count]))
        else:
            lines.append(Text(table.columns[0].name, style="bold"))
        lines += [Text("")] * bool(gaps)
    return lines


def _daemons(top: "Top") -> Text:
    sick = any(not each.healthy for each in top.daemons)
    return Text(format_daemons(top.daemons), style="bold red" if sick else "")


def _cut(line: Text, console: Console) -> Text:
    line.no_wrap = True
    line.truncate(console.width, overflow="crop" if console.options.ascii_only else "ellipsis")
    return line
