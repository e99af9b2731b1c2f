"""A mutation is sent once; if it is not known whether it was made, the command says so."""

import json
from pathlib import Path

import pytest

from dagster_ops_cli.errors import OpsError, ServerFaultError, UnauthorizedError, UnreachableError, UnsupportedError
from dagster_ops_cli.http.client import HttpClient
from dagster_ops_cli.settings import load_settings
from dagster_ops_cli_tests.http.test_network import HTML, acting, ask, half, reset, stall
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.scripted_server import Answer, serve
from dagster_ops_cli_tests.secret_scan import TOKEN, inside

pytestmark = pytest.mark.slow

MUTATION = "mutation OpsTest { launchRun }"
PAGE = {"Content-Type": "text/html"}
DEEP = b'{"data":' + b"[" * 300 + b"]" * 300 + b"}"


@pytest.mark.parametrize("fault", [acting(reset), acting(half), HTML, Answer(503), Answer(504), acting(stall)])
def test_are_sent_once_and_the_doubt_is_told(fault: Answer) -> None:
    with serve(fault) as stub:
        answer, retries = ask(stub, MUTATION, timeout=3)
        assert isinstance(answer, OpsError)
        assert answer.in_doubt
        assert "whether the change was made is not known" in answer.message
        assert (len(stub.requests), retries) == (1, [])


def test_a_429_has_changed_nothing() -> None:
    with serve(Answer(429)) as stub:
        answer, _ = ask(stub, MUTATION)
        assert isinstance(answer, UnreachableError)
        assert (answer.in_doubt, len(stub.requests)) == (False, 1)


def test_what_is_no_mutation_only_in_its_first_word() -> None:
    document = "# asks\nfragment F on Query { version } mutation M { launchRun }"
    with serve(Answer(503)) as stub:
        assert isinstance(ask(stub, document)[0], OpsError)
        assert len(stub.requests) == 1


def test_what_could_not_be_sent_is_tried_again() -> None:
    with serve() as gone:
        pass
    answer, retries = ask(gone, MUTATION, timeout=3)
    assert isinstance(answer, UnreachableError)
    assert (answer.in_doubt, answer.message) == (False, f"can't reach Dagster at {gone.url}: connection refused")
    assert retries


@pytest.mark.parametrize(
    "fault",
    [
        Answer(200, b'{"data": {', {"Content-Type": "application/json"}),
        Answer(200, b""),
        Answer(200, b"{}"),
        Answer(200, b'{"data": null}'),
        Answer(200, b'{"errors": []}'),
        Answer(200, b'{"errors": [{}]}'),
        Answer(200, DEEP),
        Answer(200, b"<html>it went wrong</html>", PAGE),
        Answer(200, b"<html><form action=/login></html>", PAGE),
        Answer(408),
        Answer(499),
    ],
)
def test_what_can_not_be_read_may_say_that_it_was_made(fault: Answer) -> None:
    with serve(fault) as stub:
        answer, _ = ask(stub, MUTATION)
        assert isinstance(answer, OpsError)
        assert answer.in_doubt
        assert "whether the change was made is not known" in answer.message
        assert len(stub.requests) == 1


LACKING = "Cannot query field 'x' on type 'Y'"


@pytest.mark.parametrize(
    ("answer", "status", "kind"),
    [
        ({"errors": [{"message": LACKING}]}, 400, UnsupportedError),
        ({"data": None, "errors": [{"message": LACKING}]}, 500, UnsupportedError),
        ({"data": {"launchRun": None}, "errors": [{"message": LACKING}]}, 200, ServerFaultError),
        ({"data": None, "errors": [{"message": LACKING, "path": ["launchRun"]}]}, 500, ServerFaultError),
    ],
)
def test_only_what_was_refused_before_it_began_is_sent_in_older_words(
    answer: object, status: int, kind: type[OpsError]
) -> None:
    with serve(Answer.of(answer, status)) as stub:
        error, _ = ask(stub, MUTATION)
        assert type(error) is kind


def test_data_beside_an_error_is_kept_unless_it_is_too_deep() -> None:
    deep: object = "a"
    for _ in range(300):
        deep = [deep]
    for data in ({"launchRun": None}, {"launchRun": deep}):
        with serve(Answer.of({"data": data, "errors": [{"message": "boom", "path": ["launchRun"]}]})) as stub:
            error, _ = ask(stub, MUTATION)
            assert isinstance(error, ServerFaultError)
            assert error.data == (None if data["launchRun"] else data)


def header_command(tmp_path: Path, code: str) -> str:
    """A command that prints a header, and writes an x into a file each time."""
    script = tmp_path / "print-header"
    script.write_text(f"printf x >> {tmp_path}/runs; {code}")
    return f"sh {script}"


def test_a_login_page_in_place_of_an_answer_does_not_send_it_again(tmp_path: Path) -> None:
    command = header_command(tmp_path, f"echo X-Token: {TOKEN}")
    with serve(Answer(200, b"<html>please log in</html>", PAGE)) as stub:
        client = HttpClient(load_settings({}, stub.url, header_command=command))
        with inside(), pytest.raises(UnauthorizedError) as raised:
            client.execute(MUTATION)
        assert raised.value.in_doubt
        assert len(stub.requests) == 1
    assert (tmp_path / "runs").read_text() == "x"


@pytest.mark.parametrize("refusal", [Answer(401), Answer(302, b"", {"Location": "/login"})])
def test_what_was_not_let_in_goes_again_with_another_token(tmp_path: Path, refusal: Answer) -> None:
    command = header_command(tmp_path, f"echo X-Token: {TOKEN}")
    with serve(refusal) as stub, inside():
        assert HttpClient(load_settings({}, stub.url, header_command=command)).execute(MUTATION)
        assert len(stub.requests) == 2
    assert (tmp_path / "runs").read_text() == "xx"


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_a_refusal_in_the_words_of_graphql_is_one(status: int) -> None:
    fault = Answer.of({"errors": [{"message": "no"}]}, status, **{"Retry-After": "0"})
    with serve(fault) as stub:
        outcome = invoke(f"ops api run get 1 --url {stub.url} --json")
        if status in (401, 403):
            assert (outcome.exit_code, len(stub.requests)) == (4, 1)
            assert json.loads(outcome.stderr)["code"] == {401: "UNAUTHORIZED", 403: "FORBIDDEN"}[status]
        else:
            assert (outcome.exit_code, len(stub.requests)) == (0, 2)


def test_a_header_command_that_fails_runs_once(tmp_path: Path) -> None:
    command = header_command(tmp_path, "exit 3")
    with serve() as stub:
        assert invoke(f"ops api run get 1 --url {stub.url} --header-command '{command}'").exit_code == 4
        assert stub.requests == []
    assert (tmp_path / "runs").read_text() == "x"


def test_a_header_command_that_takes_all_the_time_leaves_the_refusal(tmp_path: Path) -> None:
    command = header_command(tmp_path, f"sleep 1.5; echo X-Token: {TOKEN}")
    with serve(rest=Answer(401)) as stub:
        outcome = invoke(f"ops api run get 1 --url {stub.url} --header-command '{command}' --timeout 2.5 --json")
    assert (outcome.exit_code, json.loads(outcome.stderr)["code"]) == (4, "UNAUTHORIZED")
