"""Ids on the command line: what costs a request, what is refused in a pipe, what is asked on a terminal."""

import json
from typing import Any

import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli_tests.cli.test_streams import serving
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run
from dagster_ops_cli_tests.integration.terminal import Terminal
from dagster_ops_cli_tests.invoke import Outcome, invoke

ONE, TWO = (f"abcdef0{number}-0000-4000-8000-000000000000" for number in (1, 2))


def dagster() -> FakeDagster:
    known = FakeDagster.of(fake_run(ONE, "FAILURE"), fake_run(TWO))

    def get(variables: dict[str, Any]) -> dict[str, Any]:
        run = known.runs.get(variables["runId"])
        if run is None:
            return {"runOrError": {"__typename": "RunNotFoundError", "message": "no such run"}}
        return {"runOrError": {"__typename": "Run", "pipelineName": "nightly", "mode": "default", **run}}

    known.answers["OpsGetRun"] = get
    return known


def run_on(known: FakeDagster, command: str) -> Outcome:
    return invoke(command, Ops(connect=lambda settings, observe: known))


@pytest.mark.parametrize("word", [ONE, "run-0", "1", "abcde", "not-a-uuid", "abcdefgh"])
def test_whole_ids_and_what_can_be_no_beginning_cost_no_request(word: str) -> None:
    known = dagster()
    run_on(known, f"ops run get {word} --json")
    assert known.asked == [("OpsGetRun", {"runId": word})]


@pytest.mark.parametrize(
    ("command", "asked"),
    [
        (f"run get {ONE.upper()}", ONE),
        (f"run watch {ONE.upper()} {TWO}", ONE),
        (f"run delete {ONE.upper()} --dry-run", ONE),
        ("pool free --run ABCDEF01", ONE),
        ("backfill get GAXGFEKT", "gaxgfekt"),
    ],
)
def test_ids_in_upper_case_are_recognised(command: str, asked: str) -> None:
    known = dagster()
    pools = {"concurrencyLimits": [], "minConcurrencyLimitValue": 0, "maxConcurrencyLimitValue": 1000}
    known.answers["OpsListAllPools"] = lambda variables: {"instance": pools}
    missing = {"__typename": "BackfillNotFoundError", "message": "no such backfill"}
    known.answers["OpsPollBackfill"] = lambda variables: {"partitionBackfillOrError": missing}
    run_on(known, f"ops {command} --json")
    variables = str([each for _, each in known.asked])
    assert asked in variables
    assert asked.upper() not in variables


def test_json_errors_and_hints_have_whole_ids() -> None:
    outcome = run_on(dagster(), "ops run get abcdef02 --json")
    assert json.loads(outcome.stdout)["id"] == TWO
    known = dagster()
    known.answers["OpsGetRun"] = lambda variables: {"runOrError": {"__typename": "PythonError", "message": "no"}}
    outcome = run_on(known, "ops run get ABCDEF02 --json")
    assert json.loads(outcome.stderr)["run_id"] == TWO


def test_several_candidates_end_with_2_and_name_them() -> None:
    outcome = run_on(dagster(), "ops run why abcdef0 --json")
    assert outcome.exit_code == 2
    error = json.loads(outcome.stderr)
    assert error["error"] == "2 runs have an id that begins with abcdef0"
    assert ONE in error["hint"]
    assert TWO in error["hint"]


@pytest.mark.parametrize(
    "command",
    [
        "run delete abcdef01 --yes",
        "run delete @latest --yes",
        "run terminate @failed --job nightly --yes",
        f"run terminate {TWO} abcdef01 --dry-run",
        "backfill cancel abcdef --yes",
        "backfill cancel @latest --yes",
        "backfill cancel ops-abc --dry-run",
    ],
)
def test_what_destroys_needs_whole_ids_in_a_pipe(command: str) -> None:
    known = dagster()
    outcome = run_on(known, f"ops {command}")
    assert outcome.exit_code == 2
    assert "is not a whole id" in outcome.stderr
    assert known.asked == []


def test_several_ids_may_be_beginnings_and_each_run_counts_once() -> None:
    known = dagster()
    outcome = run_on(known, f"ops run watch abcdef02 {TWO} @latest --json")
    assert [each["id"] for each in json.loads(outcome.stdout)["items"]] == [TWO]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (f"run get {ONE} --job nightly", "--job needs @latest or @failed"),
        ("run get abcdef --job nightly", "--job needs @latest or @failed"),
        (f"run watch {ONE} --job nightly", "ids, filters and --all can't be used together"),
        ("run watch @latest --status FAILURE", "ids, filters and --all can't be used together"),
        ("run get", "Missing argument 'RUN_ID'"),
        ("backfill get", "Missing argument 'BACKFILL_ID'"),
        ("run get ''", "must not be empty"),
    ],
)
def test_what_does_not_go_together(command: str, told: str) -> None:
    known = dagster()
    outcome = run_on(known, f"ops {command}")
    assert (outcome.exit_code, known.asked) == (2, [])
    assert told in outcome.stderr


def test_a_hint_repeats_the_whole_id() -> None:
    known = dagster()
    outcome = run_on(known, "ops run get @latest --job nightly")
    assert outcome.exit_code == 0
    known.answers["OpsListRunEvents"] = lambda variables: {
        "logsForRun": {"__typename": "EventConnection", "events": [], "cursor": "c", "hasMore": False}
    }
    outcome = run_on(known, "ops run-events get @latest --job nightly --cursor garbage")
    assert "@latest" not in outcome.stderr


def test_a_missing_id_is_chosen_on_a_terminal() -> None:
    with serving(dagster()) as server, Terminal(f"ops run get --url {server.url}") as terminal:
        terminal.read_until("Which one? [1-2] ")
        assert "abcdef02" in terminal.screen
        terminal.type("7\n")
        terminal.read_until("Please type a number from 1 to 2")
        terminal.type("2\n")
        assert terminal.wait() == 0
    assert ONE in terminal.screen
    assert "✗ FAILURE" in terminal.screen


def test_choosing_nothing_ends_with_1() -> None:
    with serving(dagster()) as server, Terminal(f"ops run get --url {server.url}") as terminal:
        terminal.read_until("Which one? [1-2] ")
        terminal.type("\n")
        assert terminal.wait() == 1
    assert "Nothing chosen." in terminal.screen


def test_a_terminal_gets_colours_and_links_and_obeys_no_color() -> None:
    link = "\x1b]8;id="
    with serving(dagster()) as server:
        with Terminal(f"ops run list --url {server.url}") as terminal:
            assert terminal.wait() == 0
        assert link in terminal.screen
        assert f"{server.url}/runs/{ONE}" in terminal.screen
        assert "\x1b[1;31m✗ FAILURE" in terminal.screen
        with Terminal(f"ops run list --no-color --url {server.url}") as terminal:
            assert terminal.wait() == 0
        assert "31m" not in terminal.screen
        assert "✗ FAILURE" in terminal.screen
        with Terminal(f"ops run list --plain --url {server.url}") as terminal:
            assert terminal.wait() == 0
        assert "\x1b" not in terminal.screen
        assert f"{ONE} FAILURE    nightly" in terminal.screen


@pytest.mark.parametrize("verb", ["terminate", "delete", "reexecute --all-steps"])
def test_an_error_of_one_run_has_its_id(verb: str) -> None:
    outcome = run_on(dagster(), f"ops run {verb} nosuch --yes --json")
    assert (outcome.exit_code, json.loads(outcome.stderr)["run_id"]) == (3, "nosuch")
    outcome = run_on(dagster(), f"ops run {verb} nosuch other --yes --json")
    assert (outcome.exit_code, "run_id" in json.loads(outcome.stderr)) == (3, False)
