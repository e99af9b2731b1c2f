"""A forward proxy on loopback, like those of companies. It makes tunnels and records all that it can read."""

import select
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from dagster_ops_cli_tests.loopback import LoopbackServer, QuietHandler, running


@dataclass(frozen=True)
class Asked:
    line: str
    headers: Mapping[str, str]


class _Handler(QuietHandler):
    server: "Proxy"
    protocol_version = "HTTP/1.0"

    def do_CONNECT(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append(Asked(f"{self.command} {self.path}", headers))
        if self.server.refuses:
            self.send_error(self.server.refuses.pop(0), "what the proxy says")
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as beyond:
            self.send_response(200, "Connection established")
            self.end_headers()
            self._pass_on({self.connection: beyond, beyond: self.connection})

    def do_POST(self) -> None:
        """Refuse plain HTTP, which uses no tunnel."""
        self.do_CONNECT()

    def _pass_on(self, ends: Mapping[socket.socket, socket.socket]) -> None:
        while ready := select.select(list(ends), [], [], self.timeout)[0]:
            for end in ready:
                if not (data := end.recv(65536)):
                    return
                self.server.wire += data
                ends[end].sendall(data)


@dataclass(eq=False)
class Proxy(LoopbackServer):
    """It first answers with the statuses in ``refuses``, and then makes tunnels.

    ``asked`` are the requests that it got, ``wire`` is all data that went through its tunnels.
    """

    refuses: list[int]
    asked: list[Asked] = field(default_factory=list)
    wire: bytes = b""

    def __post_init__(self) -> None:
        super().__init__(_Handler)

    @property
    def address(self) -> str:
        return f"localhost:{self.server_port}"


@contextmanager
def forward(*refuses: int) -> Iterator[Proxy]:
    with running(Proxy(list(refuses))) as proxy:
        yield proxy
