"""A change that is sent to a REST endpoint: once, and every answer but Dagster's own is an error."""

import json
from pathlib import Path

import pytest

from dagster_ops_cli.errors import (
    BadResponseError,
    ForbiddenError,
    InvalidRequestError,
    OpsError,
    ServerFaultError,
    UnauthorizedError,
    UnreachableError,
    UnsupportedError,
)
from dagster_ops_cli.http.client import HttpClient
from dagster_ops_cli.schemas.exchange import Exchange, RequestRetry
from dagster_ops_cli.settings import Settings, load_settings
from dagster_ops_cli_tests.http.test_network import HTML, acting, half, reset, stall
from dagster_ops_cli_tests.scripted_server import Answer, Stub, serve
from dagster_ops_cli_tests.secret_scan import TOKEN, inside

PATH = "/report_asset_materialization/raw/orders"
DONE = Answer.of({})


def post(stub: Stub, timeout: float = 10) -> OpsError | None:
    try:
        HttpClient(Settings(stub.url, timeout=timeout)).post(PATH, {"partition": "north"})
    except OpsError as error:
        return error
    return None


def test_what_is_sent() -> None:
    seen: list[Exchange | RequestRetry] = []
    with serve(DONE) as stub:
        HttpClient(Settings(stub.url), seen.append).post(PATH, {"partition": "north"})
    (request,) = stub.requests
    assert (request.path, request.body) == (PATH, {"partition": "north"})
    assert request.headers["content-type"] == "application/json"
    (exchange,) = seen
    assert isinstance(exchange, Exchange)
    assert (exchange.query, exchange.variables, exchange.answer) == (f"POST {PATH}", {"partition": "north"}, {})


@pytest.mark.parametrize("fault", [acting(reset), acting(half), HTML, Answer(503), Answer(504), Answer(500)])
def test_it_is_sent_once_and_the_doubt_is_told(fault: Answer) -> None:
    with serve(fault, rest=DONE) as stub:
        error = post(stub)
    assert error
    assert error.in_doubt
    assert "whether the change was made is not known" in error.message
    assert len(stub.requests) == 1


def test_no_answer_in_time_leaves_the_doubt() -> None:
    with serve(acting(stall), rest=DONE) as stub:
        error = post(stub, timeout=3)
    assert error
    assert (error.in_doubt, error.code, len(stub.requests)) == (True, "TIMEOUT", 1)


def test_what_could_not_be_sent_is_tried_again() -> None:
    with serve() as gone:
        pass
    error = post(gone, timeout=1)
    assert isinstance(error, UnreachableError)
    assert not error.in_doubt


PAGE = {"Content-Type": "text/html"}


@pytest.mark.parametrize(
    ("answer", "kind", "in_doubt", "message"),
    [
        (Answer.of({"error": "Error constructing it: bad"}, 400), InvalidRequestError, False, "Error constructing it"),
        (Answer.of({"error": "Not authorized."}, 401), ForbiddenError, False, "Not authorized."),
        (Answer(401), UnauthorizedError, False, "no token"),
        (Answer(403), ForbiddenError, False, "not allowed"),
        (Answer(404), UnsupportedError, False, "no endpoint /report_asset_materialization/raw/orders"),
        (Answer(405), UnsupportedError, False, "no endpoint"),
        (Answer.of({"detail": "boom"}, 500), ServerFaultError, True, "HTTP 500"),
        (Answer(302, b"{}", {"Location": "https://login.example.com/"}), UnauthorizedError, False, "redirects"),
        (Answer(200, b"<html>please log in</html>", PAGE), UnauthorizedError, True, "login page"),
        (Answer(200, b"[]"), BadResponseError, True, "not known"),
        (Answer(200, b""), BadResponseError, True, "not known"),
    ],
)
def test_what_is_not_an_acceptance(answer: Answer, kind: type[OpsError], in_doubt: bool, message: str) -> None:
    with serve(answer, rest=DONE) as stub:
        error = post(stub)
    assert type(error) is kind
    assert (error.in_doubt, len(stub.requests)) == (in_doubt, 1)
    assert message in error.message


def test_a_token_that_has_expired_is_renewed(tmp_path: Path) -> None:
    script = tmp_path / "print-header"
    script.write_text(f"printf x >> {tmp_path}/runs; echo X-Token: {TOKEN}")
    with serve(Answer(401), rest=DONE) as stub, inside():
        HttpClient(load_settings({}, stub.url, header_command=f"sh {script}")).post(PATH, {})
    assert len(stub.requests) == 2
    assert (tmp_path / "runs").read_text() == "xx"


def test_values_that_json_can_not_hold_are_not_sent() -> None:
    with serve(DONE) as stub, pytest.raises(InvalidRequestError, match="JSON"):
        HttpClient(Settings(stub.url)).post(PATH, {"metadata": {"a": float("nan")}})
    assert json.dumps(stub.requests) == "[]"
