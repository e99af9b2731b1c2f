"""A Dagster with the same definitions in two code locations, and a third one that does not load."""

import json
from collections.abc import Iterator

import pytest

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.test_servers import another_webserver
from dagster_ops_cli_tests.invoke import Outcome, invoke

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def url(dagster: LocalDagster) -> Iterator[str]:
    known = json.loads((dagster.home / "workspace.yaml").read_text())
    server = known["load_from"][0]["grpc_server"]
    more = [{"grpc_server": {**server, "location_name": "twin"}}, {"python_module": "dagster_ops_cli.no_such_module"}]
    path = dagster.home / "more.yaml"
    path.write_text(json.dumps({"load_from": more}))
    with another_webserver(dagster, "", "-w", str(path)) as found:
        yield found


def ask(url: str, line: str) -> Outcome:
    return invoke(f"ops api {line} --json --url {url}")


def test_jobs_of_both_are_listed_and_the_broken_one_is_told(url: str) -> None:
    outcome = ask(url, "job list")
    assert outcome.exit_code == 0
    locations = [job["location_name"] for job in json.loads(outcome.stdout)["items"] if job["name"] == "ingestion_job"]
    assert locations == ["luchtmeetnet", "twin"]
    assert "no_such_module does not load" in outcome.stderr
    only = json.loads(ask(url, "job list --location twin").stdout)["items"]
    assert {job["location_name"] for job in only} == {"twin"}


@pytest.mark.parametrize("line", ["job get ingestion_job", "partition list --job ingestion_job"])
def test_a_job_is_named_with_its_location(url: str, line: str) -> None:
    outcome = ask(url, line)
    assert outcome.exit_code == 2
    error = json.loads(outcome.stderr)
    assert "location luchtmeetnet" in error["error"]
    assert "location twin" in error["error"]
    assert ask(url, f"{line} --location twin").exit_code == 0


def test_an_asset_is_that_of_the_location_that_dagster_takes_it_from(url: str) -> None:
    outcome = ask(url, "partition list --asset air_quality_data")
    assert outcome.exit_code == 2
    error = json.loads(outcome.stderr)
    assert "2 repositories define the asset" in error["error"]
    exit_codes = [
        ask(url, f"partition list --asset air_quality_data --location {location}").exit_code
        for location in ("luchtmeetnet", "twin")
    ]
    assert sorted(exit_codes) == [0, 3]


def test_what_is_not_found_may_be_in_the_one_that_does_not_load(url: str) -> None:
    for line in ("job get nope", "partition list --asset nope", "partition list --job nope"):
        outcome = ask(url, line)
        assert (outcome.exit_code, json.loads(outcome.stderr)["code"]) == (5, "CODE_LOCATION_ERROR"), line
