"""A web server on loopback that records requests and gives the answers that a test lists.

It simulates Dagster+, proxies, login pages and faults. Every request for a run gets the same run.
"""

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from dagster_ops_cli_tests.loopback import LoopbackServer, QuietHandler, running

RUN = {
    "__typename": "Run",
    "runId": "1",
    "status": "SUCCESS",
    "pipelineName": "job",
    "mode": "default",
    "jobName": "job",
    "tags": [],
}


@dataclass(frozen=True)
class Answer:
    """An answer of the server. If ``act`` is given, it writes the answer to the handler's socket file instead."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    act: Callable[[QuietHandler], None] | None = None

    @classmethod
    def of(cls, content: object, status: int = 200, **headers: str) -> "Answer":
        return cls(status, json.dumps(content).encode(), {"Content-Type": "application/json", **headers})


GOOD = Answer.of({"data": {"runOrError": RUN, "version": "1.13.27"}})


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]
    body: Any

    @property
    def is_mutation(self) -> bool:
        return str(self.body.get("query", "")).lstrip().startswith("mutation")


@dataclass
class Stub:
    """Answers with ``script``, one answer per request, and after that always with ``rest``."""

    url: str
    script: list[Answer] = field(default_factory=list)
    rest: Answer = GOOD
    requests: list[Request] = field(default_factory=list)


@contextmanager
def serve(*script: Answer, rest: Answer = GOOD, context: ssl.SSLContext | None = None) -> Iterator[Stub]:
    class Handler(QuietHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            stub.requests.append(Request(self.path, headers, json.loads(body)))
            answer = stub.script.pop(0) if stub.script else stub.rest
            if answer.act:
                answer.act(self)
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

    class Server(LoopbackServer):
        def get_request(self) -> Any:
            connection, address = super().get_request()
            if context is None:
                return connection, address
            # The handshake runs in the handler's thread, so that a failed one does not stop other clients.
            wrapped = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            return wrapped, address

    with running(Server(Handler)) as server:
        stub = Stub(f"{'https' if context else 'http'}://localhost:{server.server_port}", list(script), rest)
        yield stub
