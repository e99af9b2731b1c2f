"""A simulated terminal for lines, a live view and changes of the width."""

import re

_PART = re.compile(
    r"\x1b\[(?P<number>[?\d;]*)(?P<code>[A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|(?P<text>.)", re.DOTALL
)


class Screen:
    """A screen with unlimited rows, so that it never scrolls. The cursor is at ``row`` and ``column``."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.row = self.column = 0
        self._rows = [""]

    @property
    def rows(self) -> list[str]:
        """Return the text on the screen, from the top."""
        return [line.rstrip() for line in self._rows]

    def feed(self, sent: str) -> None:
        """Write output to the screen."""
        for part in _PART.finditer(sent):
            if part["code"] == "A":
                self.row = max(0, self.row - int(part["number"] or 1))
            elif part["code"] == "K":
                assert part["number"] == "2", "only whole lines are erased"
                self._rows[self.row] = ""
            elif part["text"]:
                self._put(part["text"])

    def resize(self, width: int) -> None:
        """Wrap wider lines, as most terminals do. The cursor stays after the same character."""
        wrapped: list[str] = []
        for number, line in enumerate(self._rows):
            if number == self.row:
                row, self.column = divmod(max(0, self.column - 1), width)
                self.row, self.column = len(wrapped) + row, self.column + 1
            wrapped += [line[start : start + width] for start in range(0, max(1, len(line)), width)]
        self._rows, self.width = wrapped, width

    def _put(self, character: str) -> None:
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self._down()
        else:
            if self.column == self.width:
                self._down()
                self.column = 0
            line = self._rows[self.row].ljust(self.column)
            self._rows[self.row] = line[: self.column] + character + line[self.column + 1 :]
            self.column += 1

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self._rows):
            self._rows.append("")
