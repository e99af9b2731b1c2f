"""`ops doctor` and `ops api graphql` against real Dagsters: a healthy one, and some that are not."""

import json
import re
import time
from collections.abc import Iterator

import pytest

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.readme import DOCS

pytestmark = pytest.mark.integration


def states(url: str) -> tuple[int, dict[str, str], dict[str, str]]:
    outcome = invoke(f"ops doctor --json --url {url}")
    document = json.loads(outcome.stdout)
    assert outcome.stderr == ""
    assert document["healthy"] is (outcome.exit_code == 0)
    checks = document["checks"]
    return (
        outcome.exit_code,
        {each["name"]: each["state"] for each in checks},
        {each["name"]: each["message"] for each in checks},
    )


@pytest.fixture(scope="module")
def ill() -> Iterator[LocalDagster]:
    """A Dagster whose only code location does not load, and whose daemon is down."""
    with LocalDagster("dagster_ops_cli_tests.integration.definitions") as server:
        server.stop("daemon")
        server.stop("code")
        server.stop("webserver")
        server.start("webserver")
        yield server


def test_a_healthy_dagster(dagster: LocalDagster) -> None:
    for _ in range(60):
        exit_code, found, told = states(dagster.url)
        if exit_code == 0:
            break
        # A daemon that has just started may not have sent its first heartbeat.
        assert {name for name, state in found.items() if state != "ok"} == {"daemons"}, told
        time.sleep(0.5)
    assert set(found.values()) == {"ok"}, told
    assert exit_code == 0
    probed = invoke(f"ops doctor --quiet --url {dagster.url}")
    assert (probed.exit_code, probed.stdout, probed.stderr) == (0, "", "")
    assert list(found) == [
        "name",
        "connection",
        "server",
        "clock",
        "speed",
        "daemons",
        "locations",
        "permissions",
        "commands",
    ]
    text = invoke(f"ops doctor --url {dagster.url}")
    assert text.exit_code == 0
    assert text.stdout.endswith("All checks passed.\n")
    assert "url from --url" in text.stdout


def test_one_without_a_daemon_and_with_a_location_that_does_not_load(ill: LocalDagster) -> None:
    exit_code, found, told = states(ill.url)
    assert exit_code == 1
    assert {name for name, state in found.items() if state == "failed"} >= {"locations"}
    assert told["locations"].startswith("1 of 1 not loaded: luchtmeetnet: ")
    assert "\n" not in told["locations"]
    assert re.search(r"^\d checks? failed\.$", invoke(f"ops doctor --url {ill.url}").stdout, re.MULTILINE)


def without_numbers(text: str) -> str:
    return re.sub(r"\d+", "", text)


def test_one_whose_daemon_was_never_there() -> None:
    with LocalDagster(parts=("code", "webserver")) as server:
        exit_code, found, told = states(server.url)
        text = invoke(f"ops doctor --url {server.url}").stdout
    assert (exit_code, found["daemons"]) == (1, "failed")
    assert "never seen" in told["daemons"]
    assert "QUEUED_RUN_COORDINATOR" in told["daemons"]
    # docs/connecting.md shows this output; only numbers differ.
    shown = re.search(r"^```\n(Dagster at .*?)```$", (DOCS / "connecting.md").read_text(), re.MULTILINE | re.DOTALL)
    assert shown
    assert without_numbers(text) == without_numbers(shown[1])


def test_one_that_is_read_only() -> None:
    with LocalDagster(parts=("code", "webserver"), options=("--read-only",)) as server:
        exit_code, found, told = states(server.url)
        text = invoke(f"ops doctor --url {server.url}").stdout
    assert (exit_code, found["permissions"]) == (1, "failed")
    assert re.match(r"(\d+) of \1 missing: ", told["permissions"])
    assert "launch_pipeline_execution" in told["permissions"]
    assert "\n  delete_pipeline_run: ops run delete\n" in text
    needing = re.search("^  launch_pipeline_execution: (.*)", text, re.MULTILINE)
    assert needing
    assert {"ops backfill launch", "ops backfill retry", "ops run launch"} <= {*needing[1].split(", ")}


def test_nobody_there() -> None:
    exit_code, found, told = states("http://127.0.0.1:9")
    assert (exit_code, found) == (1, {"name": "ok", "connection": "failed"})
    assert told["connection"] == "port 9: connection refused"


class TestGraphql:
    def test_a_query(self, dagster: LocalDagster) -> None:
        outcome = invoke(
            [
                "api",
                "graphql",
                "query Q($n: Int) { runsOrError(limit: $n) { __typename } }",
                "--var",
                "n=1",
                "--url",
                dagster.url,
            ]
        )
        assert (outcome.exit_code, outcome.stderr) == (0, "")
        assert json.loads(outcome.stdout) == {"data": {"runsOrError": {"__typename": "Runs"}}}

    def test_texts_are_taken_as_they_stand(self, dagster: LocalDagster, good_run: str) -> None:
        query = (
            "query Q($id: ID!, $s: [RunStatus!]) { runOrError(runId: $id) { ... on Run { runId } } "
            "runsOrError(filter: {statuses: $s}, limit: 1) { __typename } }"
        )
        outcome = invoke(
            ["api", "graphql", query, "--var", f"id={good_run}", "--var", 's=["SUCCESS"]', "--url", dagster.url]
        )
        assert json.loads(outcome.stdout)["data"]["runOrError"] == {"runId": good_run}

    @pytest.mark.parametrize(
        ("arguments", "exit_code", "told"),
        [
            (["{ version"], 2, "not valid GraphQL"),
            (["{ nonsense }"], 2, "Cannot query field 'nonsense'"),
            (['mutation { deleteRun(runId: "1") { __typename } }'], 2, "--allow-mutations"),
            (["subscription { capturedLogs(logKey: []) { stdout } }"], 2, "subscriptions"),
            (["query A { version } query B { version }"], 2, "one operation"),
            (["query Q($id: ID!) { runOrError(runId: $id) { __typename } }"], 2, "was not provided"),
            (["query Q($n: Int) { runsOrError(limit: $n) { __typename } }", "--var", "n=x"], 2, "--var n"),
            (["query Q($n: Int) { runsOrError(limit: $n) { __typename } }", "--var", "m=1"], 2, "no such variable"),
            (
                ["query Q($n: Int) { runsOrError(limit: $n) { __typename } }", "--var", 'n="x"'],
                2,
                "Int cannot represent",
            ),
            (['{ runOrError(runId: "nope") { __typename ... on Error { message } } }'], 3, "Run nope not found"),
            ([], 2, "Choose QUERY or --file"),
        ],
    )
    def test_what_does_not_go_well(
        self, dagster: LocalDagster, arguments: list[str], exit_code: int, told: str
    ) -> None:
        outcome = invoke(["api", "graphql", *arguments, "--json", "--url", dagster.url])
        assert outcome.exit_code == exit_code
        assert told in " ".join(str(value) for value in json.loads(outcome.stderr).values())

    def test_a_mutation_that_is_allowed(self, dagster: LocalDagster) -> None:
        query = "mutation M($id: String!) { deleteRun(runId: $id) { __typename ... on Error { message } } }"
        outcome = invoke(["api", "graphql", query, "--var", "id=1", "--allow-mutations", "--url", dagster.url])
        assert outcome.exit_code == 3
        assert json.loads(outcome.stdout)["data"]["deleteRun"]["__typename"] == "RunNotFoundError"
