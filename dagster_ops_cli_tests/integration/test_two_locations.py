"""A Dagster with the same definitions in two code locations, one of their assets in a third, and one that is broken."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.test_servers import another_webserver
from dagster_ops_cli_tests.invoke import Outcome, invoke

pytestmark = pytest.mark.integration

SECOND = "dagster_ops_cli_tests.integration.definitions_second"


@pytest.fixture(scope="module")
def url(dagster: LocalDagster) -> Iterator[str]:
    known = json.loads((dagster.home / "workspace.yaml").read_text())
    server = known["load_from"][0]["grpc_server"]
    more = [
        {"grpc_server": {**server, "location_name": "twin"}},
        {"python_module": {"module_name": SECOND, "location_name": "elsewhere"}},
        {"python_module": "dagster_ops_cli.no_such_module"},
    ]
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
    assert error["error"] == "2 jobs have the name 'ingestion_job': in locations luchtmeetnet, twin"
    assert ask(url, f"{line} --location twin").exit_code == 0


def test_an_asset_is_named_with_its_location(url: str) -> None:
    outcome = ask(url, "partition list --asset air_quality_data")
    assert outcome.exit_code == 2
    error = json.loads(outcome.stderr)
    assert "2 repositories define the asset" in error["error"]
    assert error["hint"] == "Choose one with --location or --repository."
    for location in ("luchtmeetnet", "twin"):
        assert ask(url, f"partition list --asset air_quality_data --location {location}").exit_code == 0


@pytest.mark.parametrize("name", ["--repository second", "--location elsewhere"])
def test_an_asset_is_named_with_one_name_of_its_place(url: str, name: str) -> None:
    found = json.loads(ask(url, f"partition list --asset pulse {name}").stdout)
    assert [each["partition"] for each in found["items"]] == ["x", "y", "z"]


def plan(url: str, tmp_path: Path, text: str) -> Outcome:
    path = tmp_path / "backfill.yaml"
    path.write_text(text)
    return ask(url, f"backfill plan {path}")


def shown(outcome: Outcome) -> dict[str, Any]:
    assert outcome.exit_code == 0, outcome.stderr
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


@pytest.mark.parametrize("name", ["repository_name: second", "location_name: elsewhere"])
def test_a_file_names_its_asset_with_one_name_of_its_place(url: str, name: str, tmp_path: Path) -> None:
    text = f"asset_keys: [pulse]\n{name}\ntags: {{name: n, partitions: [{{values: all}}]}}\n"
    found = shown(plan(url, tmp_path, f"{text}strategy: runs\nbackfill_policy: {{policy: missing}}\n"))
    assert (found["location_name"], found["repository_name"]) == ("elsewhere", "second")
    assert found["partitions"] == ["x", "y", "z"]


def test_a_file_that_names_no_place_is_told_how(url: str, tmp_path: Path) -> None:
    text = "asset_keys: [pulse]\ntags: {name: n, partitions: [{values: all}]}\n"
    outcome = plan(url, tmp_path, text)
    assert outcome.exit_code == 2
    error = json.loads(outcome.stderr)["error"]
    assert "line 1: asset_keys[0]: 3 repositories define the asset 'pulse'" in error
    assert "Choose one with location_name or repository_name." in error


def test_dagster_itself_runs_only_one_of_them(url: str, tmp_path: Path) -> None:
    text = "asset_keys: [air_quality_data]\nlocation_name: {}\ntags: {{name: n, partitions: [{}]}}\n"
    entries = "{name: daily, values: [2024-01-01]}, {name: stations, values: all}"
    outcomes = {name: plan(url, tmp_path, text.format(name, entries)) for name in ("luchtmeetnet", "twin")}
    assert sorted(outcome.exit_code for outcome in outcomes.values()) == [0, 2]
    for name, outcome in outcomes.items():
        if outcome.exit_code:
            assert "Dagster's own backfills use 'air_quality_data' of repository __repository__" in outcome.stderr
            assert "strategy: runs" in outcome.stderr
            runs = shown(plan(url, tmp_path, text.format(name, entries) + "strategy: runs\n"))
            assert runs["location_name"] == name


@pytest.mark.parametrize("location", ["luchtmeetnet", "twin"])
def test_the_asset_of_a_policy_is_that_of_the_target(url: str, location: str, tmp_path: Path) -> None:
    found = shown(
        plan(
            url,
            tmp_path,
            f"job_name: ingestion_job\nlocation_name: {location}\ntags:\n  name: n\n  partitions:\n"
            "    - {name: daily, start_date: first, end_date: 2024-01-02}\n    - {name: stations, values: all}\n"
            "backfill_policy: {policy: missing, asset_key: air_quality_data}\n",
        )
    )
    assert found["location_name"] == location


def test_an_unknown_location_is_told_at_its_line(url: str, tmp_path: Path) -> None:
    text = "job_name: ingestion_job\n\nlocation_name: twinn\ntags: {name: n, partitions: [{values: all}]}\n"
    error = json.loads(plan(url, tmp_path, text).stderr)
    assert "line 3: location_name: there is no code location 'twinn'. Did you mean twin?" in error["error"]


def test_what_is_not_found_may_be_in_the_one_that_does_not_load(url: str) -> None:
    for line in ("job get nope", "partition list --asset nope", "partition list --job nope"):
        outcome = ask(url, line)
        assert (outcome.exit_code, json.loads(outcome.stderr)["code"]) == (5, "CODE_LOCATION_ERROR"), line


@pytest.mark.parametrize(
    "line",
    [
        "asset get nope",
        "asset-check list nope",
        "asset materialize nope --dry-run",
        "asset report-materialization nope --dry-run",
        "partition list --asset nope",
        "run launch --asset-key nope",
    ],
)
def test_what_is_looked_for_in_one_location_is_not_in_the_one_that_does_not_load(url: str, line: str) -> None:
    outcome = ask(url, f"{line} --location twin")
    error = json.loads(outcome.stderr)
    assert (outcome.exit_code, error["code"], error["asset_key"]) == (3, "ASSET_NOT_FOUND", "nope")


def test_an_asset_is_materialized_only_where_its_location_says(url: str) -> None:
    line = "asset materialize air_quality_data --partition '2024-01-01|NL01497' --dry-run --location"
    outcomes = {name: ask(url, f"{line} {name}") for name in ("luchtmeetnet", "twin", "nosuch")}
    assert sorted(each.exit_code for each in outcomes.values()) == [0, 3, 3]
    (found,) = (json.loads(each.stdout) for each in outcomes.values() if not each.exit_code)
    assert outcomes[found["target"]["location_name"]].exit_code == 0
    assert json.loads(outcomes["nosuch"].stderr)["code"] == "LOCATION_NOT_FOUND"
    outcome = ask(url, "asset materialize --selection 'key:\"pulse\"' --dry-run --location nosuch")
    assert (outcome.exit_code, json.loads(outcome.stderr)["code"]) == (3, "LOCATION_NOT_FOUND")


def test_a_partition_is_wiped_although_several_locations_define_the_asset(url: str) -> None:
    found = shown(ask(url, "asset wipe air_quality_data --partition '2024-01-01|NL01497' --dry-run"))
    assert [each["partitions"] for each in found["items"]] == [["2024-01-01|NL01497"]]
