"""Retries, and limits on time and memory, against a server that misbehaves."""

import json
import resource
import socket
import struct
import time
import zlib
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler

import pytest

from dagster_ops_cli.errors import (
    BadResponseError,
    NoAnswerError,
    OpsError,
    UnreachableError,
)
from dagster_ops_cli.http.client import HttpClient
from dagster_ops_cli.http.transport import MOST_BYTES
from dagster_ops_cli.schemas.exchange import Exchange, RequestRetry
from dagster_ops_cli.settings import Settings
from dagster_ops_cli_tests.invoke import invoke, spawn
from dagster_ops_cli_tests.scripted_server import GOOD, Answer, Stub, serve

pytestmark = pytest.mark.slow

QUERY = "query OpsTest { version }"
HTML = Answer(502, b"<html>nginx</html>", {"Content-Type": "text/html"})


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Break the connection off, with RST."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def half(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"data": {"version"')


def stall(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(5)


def drip_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(100):
        handler.wfile.write(b"x")
        time.sleep(0.1)


def drip_body(handler: BaseHTTPRequestHandler) -> None:
    start(handler)
    for _ in range(100):
        handler.wfile.write(b" ")
        time.sleep(0.1)


def start(handler: BaseHTTPRequestHandler, **headers: str) -> None:
    handler.send_response(200)
    for name, value in {"Content-Type": "application/json", **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


def endless(handler: BaseHTTPRequestHandler) -> None:
    start(handler)
    for _ in range(MOST_BYTES // 2**19):
        handler.wfile.write(b" " * 2**20)


def bomb(handler: BaseHTTPRequestHandler) -> None:
    start(handler, Content_Encoding="gzip")
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(64):
        handler.wfile.write(packer.compress(b" " * 2**26))
    handler.wfile.write(packer.flush())


def acting(act: Callable[[BaseHTTPRequestHandler], None]) -> Answer:
    return Answer(act=act)


def ask(stub: Stub, query: str = QUERY, timeout: float = 5) -> tuple[dict[str, object] | OpsError, list[RequestRetry]]:
    """Return the answer or the error, and the retries on the way; never later than the timeout allows."""
    retries: list[RequestRetry] = []

    def observe(event: Exchange | RequestRetry) -> None:
        if isinstance(event, RequestRetry):
            retries.append(event)

    started = time.monotonic()
    answer: dict[str, object] | OpsError
    try:
        answer = HttpClient(Settings(stub.url, timeout=timeout), observe).execute(query)
    except OpsError as error:
        answer = error
    # Generous, since the machine may be busy; without a bound these answers take five seconds and more.
    assert time.monotonic() - started < timeout + 3
    return answer, retries


PASSING = [acting(reset), acting(half), HTML, Answer(503), Answer(504), Answer(429)]


class TestQueries:
    @pytest.mark.parametrize("fault", PASSING)
    def test_are_sent_again(self, fault: Answer) -> None:
        with serve(fault, fault) as stub:
            answer, retries = ask(stub)
            assert isinstance(answer, dict)
            assert (len(stub.requests), [retry.attempt for retry in retries]) == (3, [2, 3])

    @pytest.mark.parametrize("fault", PASSING)
    def test_until_their_time_is_over(self, fault: Answer) -> None:
        with serve(rest=fault) as stub:
            answer, retries = ask(stub, timeout=2)
            assert isinstance(answer, OpsError)
            assert answer.exit_code == 5
            assert not answer.in_doubt
            assert 1 <= len(retries) == len(stub.requests) - 1
            waits = [retry.wait for retry in retries]
            assert waits == sorted(waits)

    def test_a_silent_server_is_asked_again_in_the_second_half_of_the_time(self) -> None:
        with serve(acting(stall)) as stub:
            answer, retries = ask(stub, timeout=4)
            assert isinstance(answer, dict)
            assert len(retries) == 1

    @pytest.mark.parametrize("fault", [Answer(500, b"Internal Server Error"), Answer(404), Answer(405), Answer(403)])
    def test_not_where_it_would_be_the_same_again(self, fault: Answer) -> None:
        with serve(fault) as stub:
            answer, retries = ask(stub)
            assert isinstance(answer, OpsError)
            assert (len(stub.requests), retries) == (1, [])

    def test_a_500_with_data_is_an_answer(self) -> None:
        with serve(Answer.of({"data": {"version": "1"}}, status=500)) as stub:
            assert ask(stub)[0] == {"version": "1"}

    @pytest.mark.parametrize("kind", ["seconds", "time"])
    def test_retry_after_is_honoured(self, kind: str) -> None:
        # The time is far enough ahead for a machine that takes its time.
        text = "1" if kind == "seconds" else formatdate(time.time() + 8, usegmt=True)
        fault = Answer(503, b"", {"Retry-After": text})
        with serve(fault) as stub:
            answer, retries = ask(stub, timeout=60)
            assert isinstance(answer, dict)
            assert 0.9 <= retries[0].wait <= 8

    def test_a_retry_after_behind_the_timeout_ends_it_at_once(self) -> None:
        with serve(Answer(429, b"", {"Retry-After": "3600"})) as stub:
            started = time.monotonic()
            answer, _ = ask(stub, timeout=60)
            assert isinstance(answer, UnreachableError)
            assert answer.hint == "The server asks to wait 3600 s. Allow more time with --timeout."
            assert time.monotonic() - started < 30

    @pytest.mark.parametrize("text", ["-1", "nan", "1e9", "x" * 1000, "Fri, 99 Nov 2026", "9" * 400])
    def test_a_retry_after_that_says_nothing(self, text: str) -> None:
        with serve(Answer(429, b"", {"Retry-After": text})) as stub:
            answer, _ = ask(stub)
            assert isinstance(answer, (dict, UnreachableError))


class TestBounds:
    @pytest.mark.parametrize("fault", [stall, drip_headers, drip_body])
    def test_timeout_is_wall_clock_time(self, fault: Callable[[BaseHTTPRequestHandler], None]) -> None:
        with serve(rest=acting(fault)) as stub:
            answer, _ = ask(stub, timeout=0.5)
            assert isinstance(answer, NoAnswerError)
            assert answer.message == f"{stub.url} did not answer within 0.5 s"

    @pytest.mark.parametrize("fault", [endless, bomb])
    def test_an_answer_without_end(self, fault: Callable[[BaseHTTPRequestHandler], None]) -> None:
        with serve(acting(fault)) as stub:
            # In a process of its own, which may take so much memory and no more.
            with spawn(f"ops api run get 1 --url {stub.url} --json") as process:
                resource.prlimit(process.pid, resource.RLIMIT_DATA, (MOST_BYTES + 2**29,) * 2)
                _, err = process.communicate(timeout=300)
            assert process.returncode == 5
            document = json.loads(err)
            assert (document["code"], document["error"]) == (
                "BAD_RESPONSE",
                f"{stub.url} answers with more than 64 MiB; ops stopped reading",
            )

    @pytest.mark.parametrize("depth", [250, 900, 100_000])
    @pytest.mark.parametrize(("before", "after"), [("[", "]"), ('{"a":', "}")])
    def test_json_without_bottom(self, depth: int, before: str, after: str) -> None:
        text = f'{{"data": {{"version": {before * depth}1{after * depth}}}}}'
        with serve(Answer(200, text.encode(), {"Content-Type": "application/json"})) as stub:
            answer, _ = ask(stub)
            assert isinstance(answer, BadResponseError)

    @pytest.mark.parametrize("packing", ["gzip", "deflate"])
    def test_packed_answers_are_unpacked(self, packing: str) -> None:
        body = zlib.compress(GOOD.body) if packing == "deflate" else _gzip(GOOD.body)
        with serve(Answer(200, body, {"Content-Encoding": packing, "Content-Type": "application/json"})) as stub:
            assert isinstance(ask(stub)[0], dict)

    @pytest.mark.parametrize(("packing", "body"), [("br", b"x"), ("gzip", b"no gzip"), ("zstd", b"")])
    def test_packing_that_was_not_asked_for(self, packing: str, body: bytes) -> None:
        with serve(Answer(200, body, {"Content-Encoding": packing})) as stub:
            answer, _ = ask(stub)
            assert isinstance(answer, BadResponseError)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"null",
            b"[]",
            b"{}",
            b"1",
            b'{"data": []}',
            b'{"data": null}',
            b'{"errors": {}}',
            b'{"errors": [1]}',
            b'{"data": {"version": ' + b"9" * 5000 + b"}}",
            b'{"errors": [{"message": null}]}',
            b"\xff\xfe",
            b'"\\ud800"',
        ],
    )
    def test_json_that_is_not_graphql(self, body: bytes) -> None:
        with serve(Answer(200, body, {"Content-Type": "application/json"})) as stub:
            answer, _ = ask(stub)
            assert isinstance(answer, BadResponseError)


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(body) + packer.flush()


class TestOnTheCommandLine:
    def test_each_retry_is_one_line(self) -> None:
        with serve(HTML) as stub:
            outcome = invoke(f"ops api run get 1 --url {stub.url}")
            assert outcome.exit_code == 0
            [line] = outcome.stderr.splitlines()
            assert line.startswith(f"{stub.url} answered HTTP 502 (Bad Gateway) instead of GraphQL; attempt 2 in 0.")

    def test_silent_with_quiet(self) -> None:
        with serve(HTML) as stub:
            outcome = invoke(f"ops api run get 1 --url {stub.url} --quiet")
            assert (outcome.exit_code, outcome.stderr) == (0, "")

    def test_the_error_is_the_last_line(self) -> None:
        with serve(rest=HTML) as stub:
            outcome = invoke(f"ops api run get 1 --url {stub.url} --timeout 2 --json")
            assert outcome.exit_code == 5
            assert json.loads(outcome.stderr.splitlines()[-1])["code"] == "BAD_RESPONSE"
