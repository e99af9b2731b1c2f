"""Checks that fail in runs that succeed, on a real Dagster."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.servers import INSTANCE, QuickDagster
from dagster_ops_cli_tests.invoke import Outcome, execute, invoke

pytestmark = [pytest.mark.integration, pytest.mark.thorough]

HAS_CUSTOMERS = {"asset_key": "orders", "name": "has_customers", "status": "FAILED", "severity": "ERROR"}


@pytest.fixture(scope="module")
def dagster() -> Iterator[LocalDagster]:
    with QuickDagster("dagster_ops_cli_tests.integration.definitions_checked", INSTANCE) as server:
        yield server


@pytest.fixture(scope="module")
def url(dagster: LocalDagster) -> str:
    return dagster.url


def ops(url: str, line: str) -> Outcome:
    return invoke(f"ops {line} --url {url}")


def failed(document: Any) -> list[dict[str, Any]]:
    names = ("asset_key", "name", "status", "severity")
    return [{name: each[name] for name in names} for each in document["failed_checks"]]


@pytest.fixture(scope="module")
def launched(url: str) -> Any:
    outcome = execute(f"ops run launch --job orders_job --wait --fail-on-checks --json --interval 0.5 --url {url}")
    assert outcome.exit_code == 1, outcome
    return json.loads(outcome.stdout)


def test_a_run_that_succeeded_fails_on_its_checks(launched: Any) -> None:
    assert launched["status"] == "SUCCESS"
    assert failed(launched) == [HAS_CUSTOMERS]
    assert launched["failed_checks"][0]["run_id"] == launched["id"]


def test_without_the_option_nothing_changes(url: str, launched: Any) -> None:
    watched = ops(url, f"run watch {launched['id']} --json")
    assert watched.exit_code == 0
    assert "failed_checks" not in watched.stdout
    passing = ops(url, "run launch --asset-key invoices --wait --fail-on-checks --interval 0.5")
    assert (passing.exit_code, "checks" in passing.stdout) == (0, False)


def test_watching_a_run_fails_on_its_checks(url: str, launched: Any) -> None:
    watched = ops(url, f"run watch {launched['id']} --fail-on-checks --json")
    assert watched.exit_code == 1
    (result,) = json.loads(watched.stdout)["items"]
    assert (result["status"], result["done"], result["error"]) == ("SUCCESS", False, None)
    assert failed(result) == [HAS_CUSTOMERS]
    shown = ops(url, f"run watch {launched['id']} --fail-on-checks")
    assert "checks failed" in shown.stdout
    assert f"  has_customers of orders (ERROR): {launched['id']}" in shown.stdout.splitlines()
    streamed = ops(url, f"run watch {launched['id']} --fail-on-checks --jsonl")
    assert (streamed.exit_code, len(streamed.stdout.splitlines())) == (1, 1)
    assert "has_customers of orders (ERROR)" in streamed.stderr


def test_why_names_all_that_failed(url: str, launched: Any) -> None:
    why = ops(url, f"run why {launched['id']}")
    assert why.exit_code == 0
    assert "Run succeeded, but asset checks failed." in why.stdout
    assert {"  has_customers of orders (ERROR)", "  is_fresh of invoices (WARN)"} <= set(why.stdout.splitlines())


@pytest.mark.parametrize("strategy", ["backfill", "runs"])
def test_a_backfill_fails_on_the_checks_of_its_runs(url: str, strategy: str, tmp_path: Path) -> None:
    path = tmp_path / "backfill.yaml"
    path.write_text(
        f"asset_keys: [deliveries]\nstrategy: {strategy}\n"
        f"tags: {{name: checked {strategy}, partitions: [{{values: all}}]}}\n"
    )
    line = f"script backfill {path} --interval 0.5"
    outcome = ops(url, f"{line} --fail-on-checks --json")
    assert outcome.exit_code == 1, outcome
    backfill = json.loads(outcome.stdout)
    assert (backfill["state"], backfill["counts"]) == ("succeeded", {"SUCCESS": 3})
    found = {(each["partition"], each["asset_key"], each["name"]) for each in backfill["failed_checks"]}
    assert found == {("south", "deliveries", "is_complete"), ("east", "deliveries", "is_complete")}
    # The file has been launched; what was launched is judged by what the command asks for.
    assert ops(url, line).exit_code == 0
    watched = ops(url, f"backfill watch {backfill['id']} --fail-on-checks")
    assert watched.exit_code == 1
    assert "is_complete of deliveries (ERROR): " in watched.stdout
    assert "south" in watched.stdout


def test_a_launch_script_fails_on_the_checks_of_its_run(url: str, tmp_path: Path) -> None:
    path = tmp_path / "launch.yaml"
    path.write_text("job_name: deliveries_job\npartition: south\n")
    outcome = ops(url, f"script launch {path} --interval 0.5 --fail-on-checks --json")
    assert outcome.exit_code == 1, outcome
    run = json.loads(outcome.stdout)
    assert (run["status"], run["failed_checks"][0]["partition"]) == ("SUCCESS", "south")
    assert "is_complete of deliveries (ERROR)" in ops(url, f"script launch {path} --fail-on-checks").stdout
    assert ops(url, f"script launch {path}").exit_code == 0
