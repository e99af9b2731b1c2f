"""Every way in which HTTP can fail: from a server that fails like this to the exit code and the last line."""

import errno
import json
import os
import socket
import time
from collections.abc import Iterator

import graphql
import pytest
from syrupy.assertion import SnapshotAssertion

from dagster_ops_cli.api.doctor.requirements import documents_by_name
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.http import retry
from dagster_ops_cli.http.client import HttpClient, is_mutation
from dagster_ops_cli.schemas.exchange import RequestRetry
from dagster_ops_cli.settings import Settings, load, load_settings, target
from dagster_ops_cli_tests.invoke import Outcome, invoke
from dagster_ops_cli_tests.secret_scan import TOKEN
from dagster_ops_cli_tests.stub import Reply, Request, sends, stub

COMMAND = f"ops api run get 00000000-0000-4000-8000-000000000000 --header 'Authorization: Bearer {TOKEN}'"
LOGIN = f'<html><form action="/login"><input type="password"></form>{TOKEN}</html>'
RUN = {
    "__typename": "Run",
    "runId": "1",
    "status": "SUCCESS",
    "pipelineName": "job",
    "jobName": "job",
    "mode": "default",
    "tags": [],
    "stats": {"__typename": "PythonError"},
}


def answers(data: object) -> Reply:
    return sends(200, json.dumps({"data": data}))


def half_an_answer(request: Request) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(b'{"data": {')
    request.wfile.flush()
    request.connection.shutdown(socket.SHUT_RDWR)


def reset(request: Request) -> None:
    request.connection.shutdown(socket.SHUT_RDWR)


def stall(request: Request) -> None:
    time.sleep(1)


def lacks_a_field(request: Request) -> None:
    if "OpsGetVersion" in request.body["query"]:
        request.send(200, '{"data": {"version": "1.4.0"}}')
    else:
        message = "Cannot query field 'stats' on type 'Run'."
        request.send(400, json.dumps({"data": None, "errors": [{"message": message}]}))


def test_every_mutation_is_known_as_one() -> None:
    for document in documents_by_name().values():
        operations = [each for each in graphql.parse(document).definitions if hasattr(each, "operation")]
        assert is_mutation(document) == any(each.operation.value == "mutation" for each in operations)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("mutation{a}", True),
        ("\ufeff , mutation M { a }", True),
        ("# comment\nmutation M { a }", True),
        ("# comment\rmutation M { a }", True),
        ("fragment F on Q { a } mutation M { ...F }", True),
        ("query Q { a },mutation M { a }", True),
        ("{ mutation }", False),
        ("query Q($mutation: ID) { a(mutation: $mutation) }", False),
        ('query Q { a(b: "x mutation y") mutations }', False),
    ],
)
def test_mutations_of_others(document: str, expected: bool) -> None:
    assert is_mutation(document) == expected


def test_a_number_that_json_cannot_hold() -> None:
    with stub(answers({})) as server, pytest.raises(InvalidRequestError, match="can't be written as JSON"):
        HttpClient(Settings(server.url)).execute("query Q($n: Float) { a(n: $n) }", {"n": float("nan")})


@pytest.mark.parametrize("text", ["\ud800", "a\udcffb"])
def test_a_text_that_no_answer_could_contain_is_not_sent(text: str) -> None:
    """Dagster would store it, and fail each time that it should show it."""
    with stub(answers({})) as server:
        client = HttpClient(Settings(server.url))
        with pytest.raises(InvalidRequestError, match="not valid Unicode"):
            client.execute("mutation M($t: String) { a(t: $t) }", {"t": [text]})
        with pytest.raises(InvalidRequestError, match="not valid Unicode"):
            client.post("/report", {"t": {text: 1}})
        client.execute("query Q($t: String) { a(t: $t) }", {"t": "\U0001f600 \\ud800 ü"})
    assert len(server.seen) == 1


def test_calls_share_one_connection_and_its_cookies() -> None:
    ports = []

    def reply(request: Request) -> None:
        ports.append(request.client_address[1])
        request.send(200, '{"data": {"version": "1"}}', **{"Set-Cookie": "backend=3"})

    with stub(reply) as server:
        client = HttpClient(Settings(server.url))
        for _ in range(3):
            client.execute("{ version }")
    assert len(ports) == 3
    assert len(set(ports)) == 1
    assert [headers.get("Cookie") for _, headers, _ in server.seen] == [None, "backend=3", "backend=3"]


FAULTS: dict[str, Reply] = {
    "unauthorized": sends(401, "who are you?", "text/plain"),
    "forbidden": sends(403, "no", "text/plain"),
    "wrong_path": sends(405, "Method Not Allowed", "text/plain"),
    "not_found": sends(404, "Not Found", "text/plain"),
    "too_many": sends(429, "slow down", "text/plain"),
    "bad_gateway": sends(502, "<html>502 Bad Gateway</html>", "text/html"),
    "unavailable": sends(503, "<html>503</html>", "text/html"),
    "gateway_timeout": sends(504, "<html>504</html>", "text/html"),
    "login_page": sends(200, LOGIN, "text/html"),
    "login_redirect": sends(302, "", "text/html", Location=f"https://sso.example.com/login?token={TOKEN}"),
    "login_redirect_same_host": sends(303, "", "text/html", Location="/oauth2/start"),
    "moved": sends(308, "", "text/html", Location="https://127.0.0.1/dagster/graphql"),
    "html": sends(200, "<html>hello</html>", "text/html"),
    "text": sends(200, "hello", "text/plain"),
    "cut_json": sends(200, '{"data": {'),
    "json_list": sends(200, "[1, 2]"),
    "json_number": sends(200, "7"),
    "json_without_data": sends(200, '{"status": "ok"}'),
    "data_is_text": sends(200, '{"data": "ok"}'),
    "data_is_null": sends(200, '{"data": null}'),
    "errors_are_text": sends(500, '{"errors": "broken"}'),
    "errors_without_message": sends(500, '{"errors": [{"code": 1}]}'),
    "server_fault": sends(
        500,
        json.dumps({"data": None, "errors": [{"message": "year 58857 is out of range", "extensions": {"stack": []}}]}),
    ),
    "python_error": sends(
        500, '{"data": {"runOrError": {"__typename": "PythonError", "message": "sqlite3.OperationalError: locked\\n"}}}'
    ),
    "unknown_typename": answers({"runOrError": {"__typename": "RunIsShyError", "message": "later"}}),
    "no_typename": answers({"runOrError": {}}),
    "no_answer": answers({}),
    "lacks_a_field": lacks_a_field,
    "wrong_shape": answers({"runOrError": {**RUN, "tags": [{"name": "a"}]}}),
    "missing_field": answers({"runOrError": {"__typename": "Run", "runId": "1"}}),
    "impossible_time": answers({"runOrError": {**RUN, "startTime": 1e300}}),
    "deep_json": sends(200, '{"data":' + "[" * 100_000 + "]" * 100_000 + "}"),
    "half_an_answer": half_an_answer,
    "reset": reset,
    "echoes_the_token": answers({"runOrError": {"__typename": "PythonError", "message": f"header Bearer {TOKEN}"}}),
}


def _shown(outcome: Outcome, url: str) -> str:
    return str(outcome).replace(url, "http://stub")


@pytest.fixture
def no_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no second attempt, because the pause before it is longer than any timeout."""
    monkeypatch.setattr(retry, "_FIRST_WAIT", 1e6)


@pytest.mark.usefixtures("no_retries")
@pytest.mark.parametrize("name", FAULTS)
def test_fault(name: str, snapshot: SnapshotAssertion) -> None:
    with stub(FAULTS[name]) as server:
        outcome = invoke(f"{COMMAND} --url {server.url} --quiet")
        as_json = invoke(f"{COMMAND} --url {server.url} --quiet --json")
        told = _shown(outcome, server.url)
    assert told == snapshot
    document = json.loads(as_json.stderr)
    assert as_json.stdout == ""
    assert list(document)[:3] == ["error", "code", "status_code"]
    assert document["run_id"] == "00000000-0000-4000-8000-000000000000"
    assert as_json.exit_code == outcome.exit_code
    for text in (outcome.stdout, outcome.stderr, as_json.stderr):
        assert "Traceback" not in text


def test_stall_times_out() -> None:
    with stub(stall) as server:
        outcome = invoke(f"{COMMAND} --url {server.url} --timeout 0.2s --json --quiet")
    assert outcome.exit_code == 5
    assert json.loads(outcome.stderr)["code"] == "TIMEOUT"


def test_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        outcome = invoke(f"{COMMAND} --json --quiet --timeout 0.2 --url http://127.0.0.1:{taken.getsockname()[1]}")
    assert outcome.exit_code == 5
    assert json.loads(outcome.stderr)["code"] == "UNREACHABLE"
    assert "connection refused" in outcome.stderr


@pytest.fixture
def nothing_at_the_default(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The default address, at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        for module in (load, target):
            monkeypatch.setattr(module, "DEFAULT_URL", url)
        yield url


class RetriedError(Exception):
    """There would be another attempt."""


def stop_at_a_retry(event: object) -> None:
    if isinstance(event, RequestRetry):
        raise RetriedError


@pytest.mark.parametrize("command", ["run get 1", "run watch 1 --wait-timeout 30"])
def test_nothing_at_the_default_address_fails_at_once(command: str, nothing_at_the_default: str) -> None:
    outcome = invoke(f"ops api {command}")
    assert outcome.exit_code == 5
    # There is no message about a retry or another poll.
    assert outcome.stderr.splitlines()[0].startswith(f"Error: can't reach Dagster at {nothing_at_the_default}: ")
    for told in ("No address is set", "--url", "OPS_URL", "ops config set"):
        assert told in outcome.stderr


def test_a_named_address_is_tried_again_even_if_it_is_the_default_one(nothing_at_the_default: str) -> None:
    with pytest.raises(RetriedError):
        HttpClient(load_settings({}, nothing_at_the_default), stop_at_a_retry).execute("{ version }")


def test_the_default_address_is_tried_again_once_it_has_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    with stub(sends(200, '{"data": {"version": "1"}}', Connection="close")) as server:
        for module in (load, target):
            monkeypatch.setattr(module, "DEFAULT_URL", server.url)
        client = HttpClient(load_settings({}), stop_at_a_retry)
        assert client.execute("{ version }") == {"version": "1"}
    with pytest.raises(RetriedError):
        client.execute("{ version }")


def test_a_change_is_sent_again_where_no_connection_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_route(*_: object) -> None:
        raise OSError(errno.EHOSTUNREACH, os.strerror(errno.EHOSTUNREACH))

    monkeypatch.setattr(socket.socket, "connect", no_route)
    client = HttpClient(load_settings({}, "http://127.0.0.1:9"), stop_at_a_retry)
    with pytest.raises(RetriedError):
        client.execute("mutation OpsTest { launchRun }")


@pytest.mark.usefixtures("no_retries")
def test_unknown_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    # Without the network: a name server that does not answer would be another error.
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    outcome = invoke(f"{COMMAND} --json --url https://no-such-host.invalid --quiet")
    assert outcome.exit_code == 5
    assert "no such host: no-such-host.invalid" in outcome.stderr


def test_headers_travel_and_are_not_shown() -> None:
    with stub(answers({"runOrError": {**RUN, "tags": [{"key": "token", "value": TOKEN}]}})) as server:
        outcome = invoke(
            f"{COMMAND} --url {server.url}/prefix/graphql/ --view-graphql --header 'X-Team-Token: {TOKEN} quality'"
        )
    assert outcome.exit_code == 0
    path, headers, body = server.seen[0]
    assert path == "/prefix/graphql"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["X-Team-Token"] == f"{TOKEN} quality"
    assert body["query"].startswith("query OpsGetRun")
    assert "query OpsGetRun" in outcome.stderr
    assert '"runId": "00000000-0000-4000-8000-000000000000"' in outcome.stderr
    assert " ms" in outcome.stderr


def test_netrc_does_not_replace_the_header(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login someone password {TOKEN}-else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with stub(answers({"runOrError": RUN})) as server:
        invoke(f"{COMMAND} --url {server.url}")
    assert server.seen[0][1]["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.usefixtures("no_retries")
def test_password_in_the_url_is_used_and_not_shown() -> None:
    with stub(sends(502, "", "text/html")) as server:
        url = server.url.replace("//", f"//me:{TOKEN}@")
        invoke(f"ops api run get 1 --url {url}")
    assert server.seen[0][1]["Authorization"].startswith("Basic ")


def test_half_a_surrogate_pair_is_shown() -> None:
    text = json.dumps({"data": {"runOrError": {**RUN, "mode": "half \ud83d pair \U0001f600"}}})
    with stub(sends(200, text)) as server:
        outcome = invoke(f"ops api run get 1 --url {server.url}")
    assert "Mode: half ? pair \U0001f600" in outcome.stdout


@pytest.mark.parametrize("maximum", [1, 3, 500])
def test_a_lower_page_maximum_is_taken(maximum: int) -> None:
    log = [
        {"runId": "1", "message": f"{number}", "timestamp": "1795192369679", "level": "INFO"} for number in range(10)
    ]

    def reply(request: Request) -> None:
        limit, cursor = request.body["variables"]["limit"], int(request.body["variables"].get("cursor") or 0)
        if limit > maximum:
            message = f"Limit of {limit} is too large. Max is {maximum}"
            answer: dict[str, object] = {"__typename": "PythonError", "message": message, "className": "X"}
        else:
            events = log[cursor : cursor + limit]
            answer = {
                "__typename": "EventConnection",
                "events": events,
                "cursor": str(cursor + len(events)),
                "hasMore": len(events) == limit,
            }
        request.send(200, json.dumps({"data": {"logsForRun": answer}}))

    with stub(reply) as server:
        lines = invoke(f"ops api run-events get 1 --all --jsonl --url {server.url}").stdout.splitlines()
        cut = json.loads(invoke(f"ops api run-events get 1 --limit 4 --json --url {server.url}").stdout)
    assert [json.loads(line)["message"] for line in lines] == [str(number) for number in range(10)]
    assert (cut["count"], cut["cursor"], cut["has_more"]) == (4, "4", True)
    refused = [body for _, _, body in server.seen if body["variables"]["limit"] == 1000]
    assert len(refused) == 2, "each command finds the maximum out once"


def test_a_header_that_holds_no_secret_masks_nothing() -> None:
    failed = {"__typename": "PythonError", "message": "production_sync: prod is gone"}
    with stub(answers({"runOrError": failed})) as server:
        plain = invoke(f"ops api run get 1 --url {server.url} --header 'X-Env: prod'")
        as_json = invoke(f"ops api run get 1 --url {server.url} --header 'X-A: error' --json")
    assert "production_sync: prod is gone" in plain.stderr
    assert json.loads(as_json.stderr)["error"].endswith("production_sync: prod is gone")


def test_a_secret_that_is_a_key_of_the_error_leaves_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    # The test's own secrets are marked; this one has to be a word.
    monkeypatch.setattr(Settings, "secrets", ["error", "code"])
    with stub(answers({"runOrError": {"__typename": "PythonError", "message": "an error"}})) as server:
        outcome = invoke(f"ops api run get 1 --url {server.url} --json")
        shown = invoke(f"ops api run get 1 --url {server.url} --view-graphql")
    document = json.loads(outcome.stderr)
    assert (document["code"], document["error"].rpartition(" ")[2]) == ("SERVER_ERROR", "***")
    assert '"message": "an ***"' in shown.stderr
