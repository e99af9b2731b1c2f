"""Launches that add the keys of dynamic partitions first, on a real Dagster."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dagster_ops_cli.api.backfill.state import read_launched_plan
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.examples import EXAMPLES
from dagster_ops_cli_tests.integration.raw import ask
from dagster_ops_cli_tests.integration.servers import INSTANCE, QuickDagster
from dagster_ops_cli_tests.integration.waiting import partitions_of
from dagster_ops_cli_tests.invoke import Outcome, invoke, spawn, wait_for_line

pytestmark = [pytest.mark.integration, pytest.mark.thorough]

KEYS = '{ assetNodes(assetKeys: [{path: ["accounts"]}]) { partitionKeys } }'


@pytest.fixture(scope="module")
def dagster() -> Iterator[LocalDagster]:
    with QuickDagster("dagster_ops_cli_tests.integration.definitions_checked", INSTANCE) as server:
        yield server


@pytest.fixture(scope="module")
def url(dagster: LocalDagster) -> str:
    return dagster.url


@pytest.fixture(scope="module")
def still() -> Iterator[LocalDagster]:
    """A Dagster without a daemon: runs and backfills stay as they were launched."""
    with QuickDagster("dagster_ops_cli_tests.integration.definitions_checked", parts=("code", "webserver")) as server:
        yield server


def ops(url: str, line: str) -> Outcome:
    return invoke(f"ops {line} --url {url}")


def keys_of(url: str) -> list[str]:
    keys: list[str] = ask(url, KEYS)["assetNodes"][0]["partitionKeys"]
    return keys


def file(folder: Path, target: str, name: str, partitions: str, more: str = "add_missing: true") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(f"{target}\ntags: {{name: {name}, partitions: [{partitions}]}}\n{more}\n")
    return path


@pytest.mark.parametrize("strategy", ["backfill", "runs"])
def test_a_file_adds_its_keys_and_launches_once(url: str, dagster: LocalDagster, strategy: str, tmp_path: Path) -> None:
    mine = [f"{strategy} {number}" for number in range(3)]
    # The asset that the policy judges by gets the keys, too.
    policy = "backfill_policy: {policy: missing, asset_key: balances}"
    more = f"strategy: {strategy}\nadd_missing: true\n{policy}"
    path = file(tmp_path, "asset_keys: [accounts]", f"new-{strategy}", f"{{values: [{', '.join(mine)}]}}", more)
    before = keys_of(url)
    plan = json.loads(ops(url, f"backfill plan {path} --json").stdout)
    assert plan["keys_to_add"] == [{"definition": "customers", "dimension": "partition", "keys": mine}]
    assert (plan["partitions"], keys_of(url)) == (mine, before)
    assert f"Would add: 3 keys to customers ({', '.join(mine)})" in ops(url, f"script backfill {path} --dry-run").stdout
    assert keys_of(url) == before
    outcome = ops(url, f"script backfill {path} --interval 0.5 --json")
    assert outcome.exit_code == 0, outcome
    assert f"Added 3 keys ({', '.join(mine)}) to customers." in outcome.stderr
    backfill = json.loads(outcome.stdout)
    assert backfill["counts"] == {"SUCCESS": 3}
    assert keys_of(url) == [*before, *mine]
    # The file is finished: it neither runs nor adds anything again, with the key, without it, or after a deletion.
    ops(url, f"dynamic-partition delete customers '{mine[0]}' --yes")
    path.write_text(path.read_text().replace("add_missing: true", ""))
    for line in (f"script backfill {path}", f"backfill launch {path} --add-missing --wait"):
        again = ops(url, f"{line} --json")
        assert (again.exit_code, json.loads(again.stdout)["id"]) == (0, backfill["id"])
    assert mine[0] not in keys_of(url)
    assert set(partitions_of(dagster, f"ops/backfill=new-{strategy}").values()) == {1}


def test_a_key_of_another_dimension_is_an_error(url: str, tmp_path: Path) -> None:
    before = keys_of(url)
    entries = "{name: region, values: [west]}, {name: who, values: [zoe]}"
    path = file(tmp_path, "job_name: visits_job", "wrong", entries)
    outcome = ops(url, f"script backfill {path} --json")
    assert outcome.exit_code == 2
    assert "tags.partitions[0].values: west does not exist" in outcome.stderr
    assert "it can't be added: 'region' is not a dynamic dimension" in outcome.stderr
    # Without the key, a key that does not exist is refused as ever.
    assert (
        ops(url, f"script backfill {file(tmp_path, 'asset_keys: [accounts]', 'no', '{values: [zoe]}', '')}").exit_code
        == 2
    )
    # Of a job of ops, Dagster does not tell the type of its dimension.
    path = file(tmp_path, "job_name: customers_op_job", "ops", "{values: [zoe]}")
    assert "is not a dynamic dimension of an asset" in ops(url, f"script backfill {path}").stderr
    assert keys_of(url) == before


def test_the_example(url: str) -> None:
    plan = json.loads(ops(url, f"script backfill {EXAMPLES / 'backfill-customers.yaml'} --dry-run --json").stdout)
    assert [each["keys"] for each in plan["keys_to_add"]] == [["acme", "globex"]]


def test_one_of_two_dimensions_of_a_job(url: str, dagster: LocalDagster, tmp_path: Path) -> None:
    entries = "{name: region, values: [south, north]}, {name: who, values: [yan, 'b c']}"
    path = file(tmp_path, "job_name: visits_job", "two", entries, "strategy: runs\nadd_missing: true")
    outcome = ops(url, f"backfill launch {path} --wait --interval 0.5 --json")
    assert outcome.exit_code == 0, outcome
    assert keys_of(url)[-2:] == ["yan", "b c"]
    wanted = ["north|yan", "north|b c", "south|yan", "south|b c"]
    assert partitions_of(dagster, "ops/backfill=two") == dict.fromkeys(wanted, 1)
    # The launch can be read back from its runs: its keys, in Dagster's order.
    client = Ops(url=url).client
    assert read_launched_plan(client, json.loads(outcome.stdout)["id"]).keys == wanted


def test_a_run_adds_its_key(url: str) -> None:
    line = "run launch --asset-key visits --add-missing --wait --interval 0.5 --json"
    outcome = ops(url, f"{line} --partition region=east --partition who=ann")
    assert outcome.exit_code == 0, outcome
    assert json.loads(outcome.stdout)["partition"] == "east|ann"
    assert keys_of(url)[-1] == "ann"
    wrong = ops(url, f"{line} --partition region=west --partition who=bob")
    assert (wrong.exit_code, "'west'" in wrong.stderr, "bob" in keys_of(url)) == (2, True, False)
    job = ops(url, "run launch --job visits_job --add-missing --partition 'north|cleo'")
    assert (job.exit_code, keys_of(url)[-1]) == (0, "cleo")
    assert ops(url, "run launch --asset-key accounts --partition dora").exit_code == 3


@pytest.mark.parametrize(
    ("strategy", "count", "when"),
    [
        # In the middle of adding, which takes several requests, and when all keys are there.
        ("backfill", 120, None),
        ("runs", 8, "^Added 8 keys"),
    ],
)
def test_a_kill_before_launching(
    still: LocalDagster, strategy: str, count: int, when: str | None, tmp_path: Path
) -> None:
    url = still.url
    mine = [f"killed {strategy} {number:03}" for number in range(count)]
    more = f"strategy: {strategy}\nadd_missing: true" + ("\nmax_concurrent: 8" if strategy == "runs" else "")
    name = f"killed-{strategy}"
    path = file(tmp_path, "asset_keys: [accounts]", name, f"{{values: [{', '.join(mine)}]}}", more)
    command = f"ops backfill launch {path} --json --interval 0.5 --url {url}"
    with spawn(command) as process:
        while not when and mine[0] not in keys_of(url):
            assert process.poll() is None, process.communicate()
        if when:
            wait_for_line(process, when)
        process.send_signal(signal.SIGKILL)
        process.wait()
    # Two at once: both add the rest; one of them launches, or both work together.
    pair = [spawn(f"{command} --yes") for _ in range(2)]
    ended = [process.communicate(timeout=300) for process in pair]
    assert [process.returncode for process in pair] == [0, 0], ended
    ids = {json.loads(out)["id"] for out, _ in ended}
    assert len(ids) == 1
    assert [key for key in keys_of(url) if key.startswith(f"killed {strategy}")] == mine
    (backfill_id,) = ids
    known: Any = json.loads(ops(url, f"backfill get {backfill_id} --json").stdout)
    assert known["total"] == len(mine)
    # Duplicates that two workers launch at the same moment are canceled.
    listed = ops(url, f"run list --tag ops/launch={backfill_id} --status QUEUED --all --jsonl").stdout.splitlines()
    assert sorted(json.loads(line)["partition"] for line in listed) == (mine if strategy == "runs" else [])
