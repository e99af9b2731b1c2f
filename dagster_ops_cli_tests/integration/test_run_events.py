"""`ops api run-events get` on a real log."""

import json

import pytest

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.invoke import invoke

pytestmark = pytest.mark.integration


def test_finds_the_failure_at_the_end(dagster: LocalDagster, noisy_run: str) -> None:
    outcome = invoke(f"ops api run-events get {noisy_run} --type step_failure --limit 1 --json --url {dagster.url}")
    assert outcome.exit_code == 0
    page = json.loads(outcome.stdout)
    assert list(page) == ["run_id", "events", "count", "cursor", "has_more"]
    assert page["count"] == 1
    assert page["has_more"]
    error = page["events"][0]["error"]
    assert error["className"] == "DagsterExecutionStepExecutionError"
    assert error["cause"]["message"] == "RuntimeError: chatter failed at the very end\n"
    assert error["cause"]["cause"]["message"] == "KeyError: 'the root cause'\n"
    assert error["cause"]["cause"]["cause"] is None


@pytest.mark.parametrize(
    "filters", ["--type STEP_START,LOGS_CAPTURED,STEP_FAILURE", "--level INFO", "--step chatty --limit 100", ""]
)
def test_pages_make_up_the_whole(dagster: LocalDagster, noisy_run: str, filters: str) -> None:
    command = f"ops api run-events get {noisy_run} --json --url {dagster.url} {filters.partition(' --limit')[0]}"
    limit = 7 if "--type" in filters else 100
    pages, cursor = [], ""
    while True:
        page = json.loads(invoke(f"{command} --limit {limit} {cursor}").stdout)
        pages.append(page["events"])
        if not page["has_more"]:
            break
        cursor = f"--cursor {page['cursor']}"
    whole = json.loads(invoke(f"{command} --all").stdout)
    assert [event for page in pages for event in page] == whole["events"]
    assert all(len(page) == limit for page in pages[:-1])
    assert not whole["has_more"]


def test_more_lies_behind_a_full_page_only_if_it_does(dagster: LocalDagster, good_run: str) -> None:
    command = f"ops api run-events get {good_run} --json --url {dagster.url}"
    count = json.loads(invoke(f"{command} --all").stdout)["count"]
    exactly = json.loads(invoke(f"{command} --limit {count}").stdout)
    assert (exactly["count"], exactly["has_more"]) == (count, False)
    one_less = json.loads(invoke(f"{command} --limit {count - 1}").stdout)
    assert one_less["has_more"]
    rest = json.loads(invoke(f"{command} --cursor {one_less['cursor']}").stdout)
    assert rest["count"] == 1


def test_every_event_type_can_be_asked_for(dagster: LocalDagster, good_run: str) -> None:
    from dagster._core.events import DagsterEventType

    types = ",".join(kind.name for kind in DagsterEventType)
    assert invoke(f"ops api run-events get {good_run} --type {types} --url {dagster.url}").exit_code == 0
