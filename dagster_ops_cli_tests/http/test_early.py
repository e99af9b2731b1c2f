"""A query that is sent before its answer is needed."""

import json
import subprocess
import sys
from threading import Event

import pytest

from dagster_ops_cli.errors import ForbiddenError
from dagster_ops_cli.http.client import HttpClient
from dagster_ops_cli.settings import Settings
from dagster_ops_cli_tests.scripted_server import Answer, serve
from dagster_ops_cli_tests.stub import Request, sends, stub

QUERY = "query OpsTest($a: Int) { version }"


def test_it_is_on_its_way_while_something_else_is_done() -> None:
    arrived, is_needed = Event(), Event()

    def reply(request: Request) -> None:
        arrived.set()
        assert is_needed.wait(30)
        request.send(200, json.dumps({"data": {"version": "1"}}))

    with stub(reply) as server:
        client = HttpClient(Settings(server.url))
        client.begin(QUERY, {"a": 1})
        assert arrived.wait(30)
        is_needed.set()
        assert client.execute(QUERY, {"a": 1}) == {"version": "1"}
        assert len(server.seen) == 1


def test_its_answer_is_for_the_same_query_only_and_only_once() -> None:
    first, second = Answer.of({"data": {"version": "1"}}), Answer.of({"data": {"version": "2"}})
    for query, variables in ((QUERY, {"a": 2}), (f"{QUERY} ", {"a": 1})):
        with serve(first, second) as server:
            client = HttpClient(Settings(server.url))
            client.begin(QUERY, {"a": 1})
            assert client.execute(query, variables) == {"version": "2"}
            assert len(server.requests) == 2
    with serve(first, second) as server:
        client = HttpClient(Settings(server.url))
        client.begin(QUERY)
        assert [client.execute(QUERY), client.execute(QUERY)] == [{"version": "1"}, {"version": "2"}]


def test_its_error_is_raised_where_its_answer_is_needed() -> None:
    with stub(sends(403, "no")) as server:
        client = HttpClient(Settings(server.url))
        client.begin(QUERY)
        with pytest.raises(ForbiddenError):
            client.execute(QUERY)


# Prints what is loaded when the query is sent, then runs the command.
CODE = """
import sys
from dagster_ops_cli.http.client import HttpClient
from dagster_ops_cli.cli.main import run
begin = HttpClient.begin
def spy(client, *question):
    print("pydantic" in sys.modules, file=sys.stderr)
    begin(client, *question)
HttpClient.begin = spy
run(sys.argv[1:])
"""


@pytest.mark.parametrize(
    "line", ["asset list --all", "schedule list", "sensor list --late", "automation list --type sensor"]
)
def test_lists_are_asked_for_before_what_reads_them_is_loaded(line: str) -> None:
    with stub(sends(200, json.dumps({"data": {}}))) as server:
        command = [sys.executable, "-c", CODE, *line.split(), "--url", server.url]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        # The answer to the one query is used: it lacks everything.
        assert len(server.seen) == 1
    assert done.stderr.splitlines()[0] == "False"
    assert "Dagster's answer has no" in done.stderr
