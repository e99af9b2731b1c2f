"""A mutation whose answer is lost may have been made, whichever error the libraries raise."""

import gc
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dagster_ops_cli.errors import OpsError
from dagster_ops_cli.http.client import HttpClient
from dagster_ops_cli.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

MUTATION = 'mutation OpsDeleteRun { deleteRun(runId: "1") { __typename } }'


@contextmanager
def server(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server that reads requests whole, gives an answer to each and closes the connection."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    request = connection.recv(65536)
                    while b"deleteRun" not in request:
                        request += connection.recv(65536)
                    received.append(request)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", received
        finally:
            listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def failure(settings: Settings) -> OpsError:
    with pytest.raises(OpsError) as raised:
        HttpClient(settings).execute(MUTATION)
    error = raised.value
    # urllib3 leaves a socket to the garbage collector if it can't parse the headers: collect it in this test.
    error.__traceback__ = error.__cause__ = error.__context__ = None
    del raised
    gc.collect()
    return error


def test_a_connection_that_breaks_behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(b"") as (url, received):
        monkeypatch.setenv("HTTP_PROXY", url)
        error = failure(Settings("http://dagster.example:3000", timeout=3))
    assert (len(received), error.in_doubt) == (1, True)
    assert "could not be reached" not in error.message


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 20, 30\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nLocation: /login/run/1\r\nContent-Length: 2\r\n\r\nok",
    ],
    ids=["two lengths", "a success with an address"],
)
def test_an_answer_that_can_not_be_read(answer: bytes) -> None:
    with server(answer) as (url, received):
        error = failure(Settings(url, timeout=3))
    assert (len(received), error.in_doubt, error.exit_code) == (1, True, 5)
