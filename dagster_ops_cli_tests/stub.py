"""A local HTTP server for faults that can't be recorded from a real Dagster."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dagster_ops_cli_tests.loopback import LoopbackServer, QuietHandler, running

Reply = Callable[["Request"], None]


class Request(QuietHandler):
    """One POST, with methods to answer it."""

    server: "Stub"

    def do_POST(self) -> None:
        self.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, dict(self.headers), self.body))
        self.server.reply(self)

    def do_GET(self) -> None:
        self.send(200, "<html>a page</html>", "text/html")

    def send(self, status: int, text: str, kind: str = "application/json", **headers: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


class Stub(LoopbackServer):
    """Answers every POST with ``reply`` and keeps each one's path, headers and body in ``seen``."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(Request)
        self.reply = reply
        self.seen: list[tuple[str, dict[str, str], dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


def sends(status: int, text: str, kind: str = "application/json", **headers: str) -> Reply:
    return lambda request: request.send(status, text, kind, **headers)


@contextmanager
def stub(reply: Reply) -> Iterator[Stub]:
    with running(Stub(reply)) as server:
        yield server
