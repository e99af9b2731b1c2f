"""Assets and their checks on a real Dagster."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli.http.client import HttpClient
from dagster_ops_cli.settings import Settings
from dagster_ops_cli_tests.integration.definitions_three_thousand import COUNT
from dagster_ops_cli_tests.invoke import Outcome, execute, invoke

pytestmark = [pytest.mark.integration, pytest.mark.thorough]

MODULE = "dagster_ops_cli_tests.integration"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    # Without a queue, no run waits for the daemon.
    instance = {"run_coordinator": {"module": "dagster.core.run_coordinator", "class": "DefaultRunCoordinator"}}
    with LocalDagster(f"{MODULE}.definitions_assets", instance, parts=("code", "webserver")) as dagster:
        yield dagster.url


def ops(url: str, line: str) -> Outcome:
    return invoke(f"ops {line} --url {url}")


def answer(url: str, line: str, exit_code: int = 0) -> Any:
    outcome = ops(url, f"{line} --json")
    assert outcome.exit_code == exit_code, outcome
    return json.loads(outcome.stdout)


@pytest.fixture(scope="module")
def materialized(url: str) -> Any:
    line = f"ops asset materialize --selection 'key:\"raw/orders\"' --wait --fail-on-checks --json --url {url}"
    # In a pipe of its own, as a pipeline runs it.
    outcome = execute(line)
    assert outcome.exit_code == 1, outcome
    return json.loads(outcome.stdout)


def test_a_failed_check_fails_a_run_that_succeeded(materialized: Any) -> None:
    assert (materialized["status"], materialized["asset_keys"]) == ("SUCCESS", ["raw/orders"])
    checks = {each["name"]: (each["status"], each["severity"]) for each in materialized["checks"]}
    assert checks == {"has_customers": ("FAILED", "ERROR"), "has_rows": ("SUCCEEDED", "ERROR")}


def test_an_asset_tells_what_happened(url: str, materialized: Any) -> None:
    asset = answer(url, "asset get raw/orders")
    assert asset["latest_materialization"]["run_id"] == materialized["id"]
    assert asset["latest_materialization"]["metadata"] == {"rows": 3, "path": "/data/orders.csv"}
    assert [(each["name"], each["latest"]["status"]) for each in asset["checks"]] == [
        ("has_customers", "FAILED"),
        ("has_rows", "SUCCEEDED"),
    ]
    assert (asset["upstream"], asset["downstream"]) == (["landing/files"], ["staging/priced_orders"])
    (row,) = answer(url, "asset list --prefix raw/orders")["items"]
    assert row["materialized_at"]
    (event,) = answer(url, "asset events raw/orders --type materialization")["items"]
    assert event == asset["latest_materialization"]


def test_checks_are_listed_with_their_results(url: str, materialized: Any) -> None:
    assert [each["name"] for each in answer(url, "asset-check list --failing")["items"]] == ["has_customers"]
    history = answer(url, "asset-check get raw/orders has_customers")
    assert [each["run_id"] for each in history["executions"]["items"]] == [materialized["id"]]
    assert history["executions"]["items"][0]["description"] == "2 orders without customer"


def test_without_checks_none_is_executed(url: str) -> None:
    run = answer(url, "asset materialize raw/prices --without-checks --wait --fail-on-checks")
    assert (run["status"], run["checks"]) == ("SUCCESS", [])


def test_assets_that_are_made_together_are_materialized_together(url: str) -> None:
    outcome = ops(url, "asset materialize left --wait --json")
    assert outcome.exit_code == 0, outcome
    assert json.loads(outcome.stdout)["asset_keys"] == ["left", "right"]
    assert "Added, because they are only materialized together: right" in outcome.stderr
    assert answer(url, "asset get right")["latest_materialization"]


@pytest.mark.parametrize(
    ("line", "exit_code", "code"),
    [
        ("get raw/ordrs", 3, "ASSET_NOT_FOUND"),
        ("events raw/ordrs", 3, "ASSET_NOT_FOUND"),
        ("events raw/orders --cursor nothing", 2, "INVALID_CURSOR"),
        ("materialize raw/ordrs", 3, "ASSET_NOT_FOUND"),
        ("materialize landing/files", 2, "INVALID_REQUEST"),
        ("materialize weather", 2, "INVALID_REQUEST"),
        ("materialize sales_by_region", 2, "INVALID_REQUEST"),
        ("materialize sales_by_region --partition nowhere", 3, "PARTITION_NOT_FOUND"),
        ("materialize --selection nothing", 3, "ASSET_NOT_FOUND"),
        ("materialize --selection status:healthy", 2, "INVALID_REQUEST"),
        ("list --location nowhere", 3, "LOCATION_NOT_FOUND"),
    ],
)
def test_bad_input(url: str, line: str, exit_code: int, code: str) -> None:
    outcome = ops(url, f"asset {line} --json")
    assert (outcome.exit_code, json.loads(outcome.stderr.splitlines()[-1])["code"]) == (exit_code, code)


def test_three_thousand_assets() -> None:
    with LocalDagster(f"{MODULE}.definitions_three_thousand", parts=("code", "webserver")) as dagster:
        listed = execute(f"ops asset list --all --jsonl --url {dagster.url}")
        keys = [json.loads(line)["key"] for line in listed.stdout.splitlines()]
        assert (len(keys), keys) == (COUNT, sorted(keys))
        paged: list[str] = []
        cursor = ""
        while cursor is not None:
            option = f"--cursor {cursor}" if cursor else ""
            page = answer(dagster.url, f"asset list --limit 1250 {option}")
            paged += [row["key"] for row in page["items"]]
            cursor = page["cursor"]
        assert paged == keys
        chosen = answer(dagster.url, "asset list --selection 'key:\"chain_7/part_4\"+2'")["items"]
        assert [row["key"] for row in chosen] == [f"chain_7/part_{number}" for number in (4, 5, 6)]


def test_checks_run_alone(url: str) -> None:
    run = answer(url, "asset-check run raw/prices --wait")
    assert [(each["name"], each["status"], each["severity"]) for each in run["checks"]] == [
        ("is_fresh", "FAILED", "WARN")
    ]
    assert run["stats"]["materializations"] == 0
    outcome = ops(url, "asset-check run raw/orders --check has_customers --wait")
    assert outcome.exit_code == 1
    assert "Status: SUCCESS" in outcome.stdout


def test_health_is_the_worst_of_what_is_known(url: str, materialized: Any) -> None:
    ops(url, "asset materialize marts/broken --wait")
    ops(url, "asset materialize sales_by_region --partition south --wait")
    found = {each["key"]: each for each in answer(url, "asset health", 1)["items"]}
    assert found["raw/orders"]["reasons"] == ["1 of 2 checks failed"]
    assert found["marts/broken"]["status"] == "unhealthy"
    assert found["sales_by_region"]["reasons"][0] == "1 of 4 partitions failed"
    assert found["accounts"]["status"] == "unknown"
    assert ops(url, "asset health accounts").exit_code == 0
    assert [each["key"] for each in answer(url, "asset health --unhealthy --selection group:raw", 1)["items"]] == [
        "raw/orders"
    ]


METADATA = {"rows": 3, "share": 0.5, "path": "/data/a b.csv", "full": True, "none": None, "columns": ["day", {"a": 1}]}


def test_what_is_reported_is_what_dagster_has_stored(url: str) -> None:
    words = " ".join(f"--metadata '{name}={json.dumps(value)}'" for name, value in METADATA.items())
    line = f"asset report-materialization landing/files --description 'by hand' {words}"
    (planned,) = answer(url, f"{line} --dry-run")["items"]
    assert (planned["result"], planned["time"]) == ("planned", None)
    (reported,) = answer(url, line)["items"]
    (event,) = answer(url, "asset events landing/files")["items"]
    assert (event["metadata"], event["description"], event["run_id"]) == (METADATA, "by hand", None)
    assert (event["time"], event["metadata"]) == (reported["time"], reported["metadata"])
    answer(url, "asset report-observation landing/files")
    observed = answer(url, "asset events landing/files --type observation")["items"]
    assert [each["metadata"] for each in observed] == [{}]


def test_partitions_are_reported_in_the_words_of_a_backfill_file(url: str) -> None:
    answer(url, "dynamic-partition add customers acme globex")
    days = "--start-date day=2024-01-02 --end-date day=latest"
    reported = answer(url, f"asset report-materialization visits_by_customer {days} --partition who=acme")["items"]
    assert [each["partition"] for each in reported] == ["2024-01-02|acme", "2024-01-03|acme"]
    states = answer(url, "partition list --asset visits_by_customer --status materialized")["items"]
    assert [each["partition"] for each in states] == ["2024-01-02|acme", "2024-01-03|acme"]
    assert len(answer(url, "asset report-observation visits_by_customer --all-partitions")["items"]) == 6


def test_a_result_of_a_check_is_reported_for_one_partition(url: str) -> None:
    result = answer(url, "asset-check report sales_by_region has_sales --failed --partition east --severity warn")
    history = answer(url, "asset-check get sales_by_region has_sales")["executions"]["items"]
    assert (history[0]["id"], history[0]["status"], history[0]["severity"]) == (result["id"], "FAILED", "WARN")
    assert history[0]["run_id"] is None


def test_a_wipe_takes_all_history_and_nothing_else(url: str) -> None:
    answer(url, "asset report-materialization left")
    answer(url, "asset report-materialization right")
    planned = answer(url, "asset wipe left --dry-run")["items"]
    assert ops(url, "asset wipe left").exit_code == 2
    assert len(answer(url, "asset events left")["items"]) == planned[0]["materializations"] > 0
    wiped = answer(url, "asset wipe left --yes")["items"]
    assert [(each["result"], each["materializations"]) for each in wiped] == [("wiped", planned[0]["materializations"])]
    assert answer(url, "asset events left")["items"] == []
    assert answer(url, "asset events right")["items"]
    outcome = ops(url, "asset wipe sales_by_region --partition north --yes")
    assert (outcome.exit_code, outcome.stderr.splitlines()[0]) == (
        5,
        "Error: this server can't wipe single partitions; only Dagster+ can. Nothing was wiped",
    )


def test_an_asset_that_is_not_defined_any_more_can_be_wiped(url: str) -> None:
    # Dagster stores a report of any asset.
    HttpClient(Settings(url)).post("/report_asset_materialization/gone/asset", {})
    wiped = answer(url, "asset wipe gone/asset --yes")["items"]
    assert [(each["result"], each["materializations"]) for each in wiped] == [("wiped", 1)]
    assert ops(url, "asset wipe gone/asset --yes").exit_code == 3


@pytest.mark.parametrize("key", ["sales_by_region", "raw/orders"])
def test_events_of_a_partition_that_does_not_exist(url: str, key: str) -> None:
    outcome = ops(url, f"asset events {key} --partition nort --json")
    error = json.loads(outcome.stderr)
    assert (outcome.exit_code, error["code"], error["partition"]) == (3, "PARTITION_NOT_FOUND", "nort")
    assert ("Did you mean north?" in error["hint"]) == (key == "sales_by_region")
    assert ops(url, "asset events sales_by_region --partition west --type failure").exit_code == 0


def test_keys_from_one_command_to_the_next(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = ops(url, "asset list --group raw --jsonl").stdout.splitlines()
    keys = [json.loads(line)["key"] for line in listed]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(keys)))
    planned = answer(url, "asset wipe - --dry-run")["items"]
    assert [each["asset_key"] for each in planned] == keys == ["raw/orders", "raw/prices"]
