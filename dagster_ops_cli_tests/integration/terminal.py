"""Run `ops` as a process on a terminal."""

import fcntl
import os
import pty
import select
import shlex
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dagster_ops_cli_tests.invoke import OPS
from dagster_ops_cli_tests.secret_scan import look

if TYPE_CHECKING:
    from typing_extensions import Self


def _take_terminal() -> None:
    """Have Ctrl-C on the terminal interrupt the process."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@dataclass
class Terminal:
    """A process on a terminal of 100 columns and 30 rows; ``screen`` is all that it was sent.

    ``stdout`` is a descriptor that its answer is written to instead. ``before`` are the terminal's modes at the start.
    """

    command: str
    screen: str = ""
    term: str = "xterm-256color"
    stdout: int | None = None
    process: "subprocess.Popen[bytes]" = field(init=False)
    before: list[object] = field(init=False)
    _fd: int = field(init=False)

    def __enter__(self) -> "Self":
        self._fd, inside = pty.openpty()
        self.resize(100, 30)
        self.before = self.modes
        self.process = subprocess.Popen(
            [*OPS, *shlex.split(self.command)[1:]],
            stdin=inside,
            stdout=inside if self.stdout is None else self.stdout,
            stderr=inside,
            env={**os.environ, "TERM": self.term},
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - it takes no lock
        )
        os.close(inside)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._fd)
        look(self.screen, "a terminal")

    @property
    def modes(self) -> list[object]:
        """How the terminal treats keys and output."""
        return termios.tcgetattr(self._fd)[:4]

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window."""
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read_until(self, text: str, timeout: float = 300) -> None:
        """Read until ``text`` is on the screen."""
        self.read_while(lambda: text not in self.screen, timeout)
        assert text in self.screen, f"{text!r} did not come: {self.screen!r}"

    def read_while(self, condition: Callable[[], bool], timeout: float = 300) -> None:
        """Read as long as a condition holds, or to the end."""
        end = time.monotonic() + timeout
        while condition():
            assert time.monotonic() < end, f"waited in vain: {self.screen!r}"
            if select.select([self._fd], [], [], 0.2)[0] and not self._read():
                break

    def type(self, text: str) -> None:
        """Type something on the keyboard."""
        os.write(self._fd, text.encode())

    def wait(self, timeout: float = 300) -> int:
        """Read to the end and return the exit code."""
        self.read_while(lambda: True, timeout)
        return self.process.wait(60)

    def _read(self) -> bool:
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            # On Linux this means that the other side is closed.
            return False
        self.screen += data.decode(errors="replace")
        return bool(data)
