"""Files that Dagster keeps, from servers that do and do not give parts of them."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dagster_ops_cli.http.client import HttpClient
from dagster_ops_cli.settings import Settings
from dagster_ops_cli_tests.loopback import LoopbackServer, QuietHandler, running
from dagster_ops_cli_tests.secret_scan import TOKEN

DATA = b"\xff0123456789\x00"


@contextmanager
def serving(status: int, body: bytes) -> Iterator[tuple[HttpClient, list[dict[str, str]]]]:
    """A client, and the headers of what it asked for."""
    seen: list[dict[str, str]] = []

    class Request(QuietHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            seen.append({"path": self.path, **self.headers})
            self.send_response(status)
            self.send_header("Location", "/login")
            self.end_headers()
            self.wfile.write(body)

    with running(LoopbackServer(Request)) as server:
        url = f"http://127.0.0.1:{server.server_port}/prefix"
        yield HttpClient(Settings(url, headers={"Dagster-Token": TOKEN}, timeout=5)), seen


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (206, DATA[2:5], DATA[2:5]),
        (200, DATA, DATA[2:5]),
        (200, DATA[:3], None),
        (206, DATA, None),
        (404, b"No log files available for download", None),
        (302, DATA[2:5], None),
        (599, DATA[2:5], None),
    ],
)
def test_a_part_of_a_file(status: int, body: bytes, found: bytes | None) -> None:
    with serving(status, body) as (client, seen):
        assert client.download("/logs/1/compute_logs/k/out", 2, 5) == found
    (asked,) = seen
    assert asked["path"] == "/prefix/logs/1/compute_logs/k/out"
    assert asked["Range"] == "bytes=2-4"
    assert asked["Dagster-Token"] == TOKEN


def test_nobody_there() -> None:
    assert HttpClient(Settings("http://127.0.0.1:1", timeout=1)).download("/logs", 0, 1) is None
