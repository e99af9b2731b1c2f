"""One stream of one captured process, as bytes."""

from dataclasses import dataclass

from dagster_ops_cli.adapters.logs import get_captured_log
from dagster_ops_cli.http.client import FileClient, GraphQLClient
from dagster_ops_cli.schemas.logs import LogFile, LogPiece

# How many bytes are requested at once.
PIECE = 1 << 20
_REPLACED = "\ufffd"
# An incomplete character has at most three bytes, because a whole one has at most four.
_HALF = 3


@dataclass(frozen=True)
class Piece:
    """The bytes up to ``end``; ``exact`` is False if some differ from the file, because they are not UTF-8."""

    data: bytes
    end: int
    exact: bool = True

    def __bool__(self) -> bool:
        return bool(self.data)


@dataclass(frozen=True)
class LogStream:
    """``stdout`` or ``stderr`` of one captured process."""

    client: GraphQLClient
    file: LogFile
    name: str

    @property
    def path(self) -> str:
        """The path of the file on Dagster's server."""
        ending = "out" if self.name == "stdout" else "err"
        return f"/logs/{self.file.run_id}/compute_logs/{self.file.file_key}/{ending}"

    def read(self, start: int, limit: int = PIECE) -> Piece:
        """Return at most ``limit`` bytes from ``start``, without an incomplete character at the end.

        The piece is empty if there is no more output so far.
        """
        piece = get_captured_log(self.client, self.file.run_id, self.file.file_key, self.name, start, limit)
        text, count = piece.text, piece.end - start
        if text.endswith(_REPLACED):
            data = text[:-1].encode()
            if 0 < count - len(data) <= _HALF:
                # Probably an incomplete character, whose other bytes follow in the next piece or are not written yet.
                return Piece(data, start + len(data))
        return self._exactly(piece)

    def rest(self, start: int) -> Piece:
        """Return the incomplete character at the end of the file, which ``read`` left out."""
        piece = get_captured_log(self.client, self.file.run_id, self.file.file_key, self.name, start, PIECE)
        return self._exactly(piece)

    def _exactly(self, piece: LogPiece) -> Piece:
        """Return the bytes of a piece; if its text contains replaced bytes, download the original ones."""
        data, count = piece.text.encode(), piece.end - piece.start
        if _REPLACED not in piece.text:
            return Piece(data, piece.end)
        raw = None
        if isinstance(self.client, FileClient):
            raw = self.client.download(self.path, piece.start, piece.end)
        return Piece(data, piece.end, exact=len(data) == count) if raw is None else Piece(raw, piece.end)

    def size(self) -> int:
        """Return the size in bytes, by searching for the last byte: Dagster does not return the size."""
        low = get_captured_log(self.client, self.file.run_id, self.file.file_key, self.name, 0, PIECE).end
        if low < PIECE:
            return low
        high = low
        while self._reaches(high):
            low, high = high, high * 4
        while low < high:
            middle = (low + high) // 2
            if self._reaches(middle):
                low = middle + 1
            else:
                high = middle
        return low

    def _reaches(self, offset: int) -> bool:
        """Whether there is a byte at ``offset``."""
        return bool(get_captured_log(self.client, self.file.run_id, self.file.file_key, self.name, offset, 1).text)

    def last(self, most: int) -> bytes:
        """Return the last whole lines of at most ``most`` bytes."""
        start = max(0, self.size() - most)
        data, end = b"", start
        while piece := self.read(end):
            data += piece.data
            end = piece.end
        return data if start == 0 else data.partition(b"\n")[2] or data

    def start_of_last_lines(self, count: int) -> int:
        """Return the offset at which the last ``count`` lines begin."""
        end = self.size()
        # A line end at the end of the file does not separate two lines.
        missing = count + 1 if end and self.read(end - 1, 1).data == b"\n" else count
        while end > 0:
            start = max(0, end - PIECE)
            piece = self.read(start, end - start)
            end = piece.end
            for line in reversed(piece.data.splitlines(keepends=True)):
                missing -= line.endswith(b"\n")
                if not missing:
                    return end
                end -= len(line)
            end = start
        return 0
