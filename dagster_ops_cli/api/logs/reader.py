"""Reads a captured stream while it grows: the whole or its last lines, of all steps or of some."""

from collections import deque
from collections.abc import Callable, Collection, Iterator
from functools import partial

from dagster_ops_cli.api.logs.step_lines import StepLines
from dagster_ops_cli.api.logs.stream import LogStream, Piece

Ask = Callable[[Callable[[], Piece]], Piece]


class LogReader:
    """Reads one stream from its start, or from its last ``tail`` lines.

    ``wanted`` are the steps whose lines are returned from a standard error that several steps share; empty means all
    lines. ``ask`` sends each request to Dagster. ``exact`` becomes False after bytes that are not UTF-8.
    """

    def __init__(self, stream: LogStream, tail: int | None, wanted: Collection[str], ask: Ask) -> None:
        self.stream = stream
        self.exact = True
        self._tail = tail
        self._wanted = wanted
        self._ask = ask
        self._position = 0
        self._half_line = b""
        self._lines = StepLines(stream.file.run_id, stream.file.step_keys) if wanted else None

    @property
    def is_separated(self) -> bool:
        """Whether the lines of the wanted steps could be separated from others, or there were no lines."""
        return self._lines is None or self._lines.has_named_step or not self._position

    def read(self, last: bool = False) -> Iterator[bytes]:
        """Yield new output. ``last`` says that no more follows, so that even an incomplete character is yielded."""
        tail, self._tail = self._tail, None
        if self._lines is None:
            if tail is not None:
                self._position = self.stream.start_of_last_lines(tail)
            found = self._pieces(last)
        else:
            found = self._cut(self._lines, last)
            if tail is not None:
                lines = (line for data in found for line in data.splitlines(keepends=True))
                found = iter([b"".join(deque(lines, maxlen=tail))])
        yield from filter(None, found)

    def _pieces(self, last: bool) -> Iterator[bytes]:
        while piece := self._ask(partial(self.stream.read, self._position)):
            yield self._taken(piece)
        if last and (piece := self._ask(partial(self.stream.rest, self._position))):
            yield self._taken(piece)

    def _taken(self, piece: Piece) -> bytes:
        self._position = piece.end
        self.exact = self.exact and piece.exact
        return piece.data

    def _cut(self, reader: StepLines, last: bool) -> Iterator[bytes]:
        for data in self._pieces(last):
            *lines, self._half_line = (self._half_line + data).split(b"\n")
            yield b"".join(line + b"\n" for line in lines if reader.owner(line) in self._wanted)
        if last and self._half_line and reader.owner(self._half_line) in self._wanted:
            yield self._half_line
