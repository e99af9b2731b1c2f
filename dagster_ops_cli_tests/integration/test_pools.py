"""Slots that are really stuck, and runs that really wait for them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.invoke import Outcome, invoke
from dagster_ops_cli_tests.stages import pools

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def dagster() -> Iterator[LocalDagster]:
    with pools() as server:
        yield server


def ask(dagster: LocalDagster, line: str) -> Outcome:
    return invoke(f"ops {line} --url {dagster.url}")


def told(dagster: LocalDagster, line: str, exit_code: int = 0) -> Any:
    outcome = ask(dagster, f"{line} --json")
    assert outcome.exit_code == exit_code, outcome
    return json.loads(outcome.stdout)


def test_a_stuck_slot_is_found_and_freed(dagster: LocalDagster) -> None:
    crashed = told(dagster, "api run launch --job crash_job --wait --interval 0.5", 1)["id"]
    waiting = told(dagster, "api run launch --job query_job")["id"]
    while not (runs := told(dagster, "api queue get")["runs"]):
        pass
    while not (stuck := told(dagster, "api run list --stuck --older-than 1s")["items"]):
        pass
    assert [run["id"] for run in stuck] == [waiting]
    assert not told(dagster, "api run list --stuck")["items"], "ten minutes have not passed"
    assert [(run["id"], run["pools"], run["waiting_for"][0]["message"]) for run in runs] == [
        (waiting, ["database"], "pool database: 1 of 1 slots held")
    ]
    pool = told(dagster, "api pool get database")
    assert [(slot["run_id"], slot["is_stuck"]) for slot in pool["slots"]] == [(crashed, True)]
    assert pool["queued_run_ids"] == [waiting]
    assert ask(dagster, "api pool unset database").exit_code == 0, "it has no limit of its own"
    assert told(dagster, "api pool set database 1")["items"][0]["state"] == "changed"
    assert ask(dagster, "api pool unset database").exit_code == 7
    (freed,) = told(dagster, "api pool free --stuck --yes")["items"]
    assert (freed["run_id"], freed["freed"]) == (crashed, True)
    assert ask(dagster, f"api run watch {waiting} --interval 0.5").exit_code == 0
    assert not told(dagster, "api queue get")["runs"]
    assert told(dagster, "api pool unset database")["items"][0]["state"] == "changed"


def test_old_runs_are_purged(dagster: LocalDagster) -> None:
    ids = [told(dagster, "api run launch --job query_job --wait --interval 0.5")["id"] for _ in range(3)]
    purge = "api run delete --job query_job --keep-last 1"
    assert ids[-1] not in [run["id"] for run in told(dagster, f"{purge} --dry-run")["items"]]
    assert ask(dagster, purge).exit_code == 2, "nobody can be asked"
    done = told(dagster, f"{purge} --throttle 50/s --yes")["items"]
    assert {ids[0], ids[1]} <= {each["id"] for each in done}
    assert [run["id"] for run in told(dagster, "api run list --job query_job")["items"]] == ids[-1:]
    assert not told(dagster, f"{purge} --yes")["items"]


def test_limits_are_as_the_file_says(dagster: LocalDagster, tmp_path: Path) -> None:
    path = tmp_path / "pools.yaml"
    path.write_text("pools:\n  database: 4\n  printer: 2\n")
    planned = told(dagster, f"script pools {path} --dry-run")["items"]
    assert [(each["name"], each["state"]) for each in planned] == [("database", "planned"), ("printer", "planned")]
    for state in ("changed", "unchanged"):
        assert {each["state"] for each in told(dagster, f"script pools {path}")["items"]} == {state}
    path.write_text("pools: {printer: 2}\nprune: true\n")
    assert [(each["name"], each["limit"]) for each in told(dagster, f"script pools {path}")["items"]] == [
        ("printer", 2),
        ("database", None),
    ]
    limits = {pool["name"]: pool["is_default"] for pool in told(dagster, "api pool list")["items"]}
    assert limits["printer"] is False
    assert limits.get("database", True) is True


def test_daemons_are_healthy(dagster: LocalDagster) -> None:
    daemons = {each["type"]: each["healthy"] for each in told(dagster, "api daemon list")["items"]}
    assert daemons["QUEUED_RUN_COORDINATOR"] is True
    assert not told(dagster, "api daemon list --unhealthy")["items"]
