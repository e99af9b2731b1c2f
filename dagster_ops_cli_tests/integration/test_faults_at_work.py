"""Faults between `ops` and a real Dagster in the middle of work; `make faults` writes docs/faults-at-work.md.

Something is waited for, or changed. Whatever comes, what was reported as done was done, once, as counted on the real
server.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster
from dagster_ops_cli_tests.integration.fault_proxy import Proxy, proxy_to
from dagster_ops_cli_tests.integration.fault_report import FOREVER, HEADER, Report, check_table, reporting, trouble
from dagster_ops_cli_tests.integration.inserting import insert
from dagster_ops_cli_tests.integration.servers import QuickDagster
from dagster_ops_cli_tests.integration.waiting import Waiting, partitions_of, statuses
from dagster_ops_cli_tests.invoke import Outcome, invoke, spawn

pytestmark = [pytest.mark.integration, pytest.mark.thorough]

HEAD = """\
# Faults while `ops` waits or changes something

Written by `make faults` (`dagster_ops_cli_tests/integration/test_faults_at_work.py`), which puts each fault between
`ops` and a real Dagster, or kills the webserver and starts it again, while a command waits or changes something.
Whatever the exit code, everything that `ops` reported as done was done exactly once, and nothing else: the test
counts on the real server. [Faults](faults.md) shows what happens while a command only reads.

| fault | command | exit code | first message to the user |
|---|---|---|---|
"""
# Faults while a command waits, and faults in a change.
PASSING = ("reset_before", "reset_after", "half", "stall", "too_many", "bad_gateway")
BEFALLING = ("reset_before", "reset_after", "half")
BULK = {"terminate": "OpsTerminateRuns", "reexecute --all-steps": "OpsReexecuteRun", "delete": "OpsDeleteRun"}
WAITING = 5
BACKFILL_CHANGES = 3
ROWS = WAITING * (len(PASSING) + 1) + 5 + BACKFILL_CHANGES * len(BEFALLING) + len(BULK) * (len(BEFALLING) + 1)


@pytest.fixture(scope="module")
def report() -> Iterator[Report]:
    with reporting("faults-at-work.md", HEAD, ROWS) as found:
        yield found


@pytest.fixture
def own_server() -> Iterator[LocalDagster]:
    """A webserver that no other test uses."""
    with QuickDagster(parts=("code", "webserver")) as dagster:
        yield dagster


def test_the_table_has_a_row_for_each_fault_and_command() -> None:
    check_table("faults-at-work.md", ROWS)


@pytest.mark.parametrize("fault", ["reset_before", "reset_after", "half", "bad_gateway", "stall"])
def test_a_change_is_sent_once(fault: str, proxy: Proxy, server: LocalDagster, report: Report) -> None:
    """Counted on the real server; a command that can't know whether its request arrived says so."""
    tag = f"fault={fault}"
    launch = f"ops api run launch --job noisy_job --tag {tag} --json --timeout 5 --url {proxy.url} {HEADER}"
    proxy.plan(fault, FOREVER, "OpsLaunchRun")
    outcome = invoke(launch)
    assert "whether the change was made is not known; checking" in outcome.stderr
    listed = json.loads(invoke(f"ops api run list --tag {tag} --json --url {server.url}").stdout)
    report.add(fault, "run launch", outcome.exit_code, trouble(outcome.stderr, proxy.url))
    if fault in {"reset_after", "half"}:
        assert outcome.exit_code == 0, outcome
        assert [run["id"] for run in listed["items"]] == [json.loads(outcome.stdout)["id"]]
    else:
        assert outcome.exit_code == 5, outcome
        assert "Dagster has no such run: it was not launched" in outcome.stderr
        assert listed["count"] == 0


@pytest.mark.parametrize("fault", BEFALLING)
@pytest.mark.parametrize(
    ("strategy", "operation"), [("backfill", "OpsLaunchBackfill"), ("runs", "OpsLaunchPartitionRuns")]
)
def test_a_backfill_is_launched_once(
    fault: str, strategy: str, operation: str, proxy: Proxy, server: LocalDagster, tmp_path: Path, report: Report
) -> None:
    """The same command again launches the missing runs and nothing else."""
    name = f"{strategy}-{fault}"
    path = tmp_path / "backfill.yaml"
    partitions = "{name: daily, start_date: 2024-01-01, end_date: 2024-01-03}, {name: stations, values: [NL01497]}"
    path.write_text(
        f"job_name: ingestion_job\nstrategy: {strategy}\ntags: {{name: {name}, partitions: [{partitions}]}}"
    )
    command = f"ops api backfill launch {path} --json --timeout 5 {HEADER} --url"
    proxy.plan(fault, 1, operation)
    outcome = invoke(f"{command} {proxy.url}")
    # With strategy `runs` the command looks again anyway and launches the missing runs.
    then = "checking" if strategy == "backfill" else "continuing"
    assert f"whether the change was made is not known; {then}" in outcome.stderr
    report.add(fault, f"backfill launch, strategy {strategy}", outcome.exit_code, trouble(outcome.stderr, proxy.url))
    listed = backfills(server, name)
    if fault == "reset_before" and strategy == "backfill":
        assert outcome.exit_code == 5, outcome
        assert "nothing was launched" in outcome.stderr or "it was not launched" in outcome.stderr
        assert listed == {}
    else:
        assert outcome.exit_code == 0, outcome
        assert [*listed] == [json.loads(outcome.stdout)["id"]]
    again = invoke(f"{command} {server.url}")
    assert again.exit_code == 0, again
    assert [*backfills(server, name)] == [json.loads(again.stdout)["id"]]
    if strategy == "runs":
        assert Counter(partitions_of(server, f"ops/backfill={name}").values()) == {1: 3}
    else:
        cancel_once(fault, json.loads(again.stdout)["id"], name, proxy, server, report)


def cancel_once(fault: str, backfill_id: str, name: str, proxy: Proxy, server: LocalDagster, report: Report) -> None:
    proxy.plan(fault, 1, "OpsCancelBackfill")
    outcome = invoke(f"ops api backfill cancel {backfill_id} --yes --json --timeout 5 --url {proxy.url} {HEADER}")
    report.add(fault, "backfill cancel", outcome.exit_code, trouble(outcome.stderr, proxy.url))
    if fault == "reset_before":
        assert outcome.exit_code == 5, outcome
        assert "Dagster did not cancel the backfill" in outcome.stderr
        assert backfills(server, name) == {backfill_id: "REQUESTED"}
    else:
        assert outcome.exit_code == 0, outcome
        assert backfills(server, name)[backfill_id] in ("CANCELING", "CANCELED")


def backfills(server: LocalDagster, name: str) -> dict[str, str]:
    """The statuses by id of the backfills with this name."""
    listed = json.loads(invoke(f"ops api backfill list --name {name} --json --url {server.url}").stdout)
    return {each["id"]: each["status"] for each in listed["items"]}


@pytest.fixture(scope="module")
def living_proxy(dagster: LocalDagster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """A proxy to a Dagster that executes its runs."""
    with proxy_to(dagster.url, tmp_path_factory.mktemp("proxy")) as found:
        yield found


@pytest.mark.parametrize("fault", PASSING)
def test_what_waits_outlives_a_fault(
    fault: str, dagster: LocalDagster, living_proxy: Proxy, tmp_path: Path, report: Report
) -> None:
    living_proxy.plan("none", 0)
    waiting = Waiting(fault, living_proxy.url, dagster, tmp_path)
    told_first = waiting.through(
        lambda: living_proxy.plan(fault, FOREVER, "query Ops"), lambda: living_proxy.plan("none", 0)
    )
    for name, told in told_first.items():
        report.add(fault, name, 0, told)


def test_what_waits_outlives_a_restart(fragile: LocalDagster, tmp_path: Path, report: Report) -> None:
    def restart() -> None:
        fragile.stop("webserver", force=True)
        # Each command asks at least once meanwhile.
        time.sleep(1)
        fragile.start("webserver")

    waiting = Waiting("restart", fragile.url, fragile, tmp_path, strategy="backfill")
    for name, told in waiting.through(restart).items():
        report.add("restart", name, 0, told)


@pytest.mark.parametrize("fault", BEFALLING)
def test_a_change_of_many_runs_befallen_by_a_fault(
    fault: str, proxy: Proxy, server: LocalDagster, report: Report
) -> None:
    """The fault hits the first change. The command names the runs that were not changed; a second one changes them."""
    proxy.plan("none", 0)
    selection = f"--tag bulk={fault}"
    for _ in range(3):
        assert invoke(f"ops api run launch --job noisy_job {selection} --json --url {server.url}").exit_code == 0
    runs = statuses(server, selection)
    arrives = fault != "reset_before"
    for verb, operation in BULK.items():
        command = f"ops api run {verb} {' '.join(runs)} --yes --json --timeout 5 {HEADER} --url"
        proxy.plan(fault, 1, operation)
        outcome = invoke(f"{command} {proxy.url}")
        results = json.loads(outcome.stdout)["items"]
        done = [result["id"] for result in results if result["done"]]
        # Runs are terminated together; of the other changes only the first is hit.
        assert len(done) == (3 if arrives else 0 if verb == "terminate" else 2), outcome
        assert outcome.exit_code == (0 if arrives else 1 if done else 5)
        assert "; checking whether the change was made" in outcome.stderr
        report.add(fault, f"run {verb}", outcome.exit_code, trouble(outcome.stderr, proxy.url))
        now = statuses(server, selection)
        if verb == "terminate":
            assert [run_id for run_id in runs if now[run_id] == "CANCELED"] == done
        elif verb == "delete":
            assert [run_id for run_id in runs if run_id not in now] == done
        else:
            assert set(now) - set(runs) == {result["new_run_id"] for result in results if result["done"]}
        rest = [run_id for run_id in runs if run_id not in done]
        if rest:
            again = invoke(f"ops api run {verb} {' '.join(rest)} --yes --json --url {server.url}")
            assert again.exit_code == 0, again


def restarted(server: LocalDagster, command: str, effect: Callable[[], set[str]]) -> Outcome:
    """Run a command, and kill and restart the webserver once ``effect`` returns something."""
    with spawn(f"{command} --url {server.url} {HEADER}") as process:
        while not effect():
            assert process.poll() is None, process.communicate()
        server.stop("webserver", force=True)
        time.sleep(1)
        server.start("webserver")
        out, err = process.communicate(timeout=300)
    assert "Traceback" not in err
    return Outcome(process.returncode, out, err)


def test_a_restart_while_many_runs_are_changed(own_server: LocalDagster, report: Report) -> None:
    """At most the changes that were under way are lost; the command names them, and a second one makes them."""
    server = own_server
    selection = "--tag bulk=restart"
    for _ in range(40):
        Ops(url=server.url).runs.launch(LOCATION, REPOSITORY, "noisy_job", None, {}, {"bulk": "restart"})
    launched = list(statuses(server, selection))
    # Dagster would delete 40 runs before the webserver is killed.
    inserted = insert(server, "insert_runs", 400, "--logs")

    def terminated() -> set[str]:
        # A webserver that is killed between the two leaves the run CANCELING.
        stopped = {"CANCELING", "CANCELED"}
        return {run_id for run_id, status in statuses(server, selection).items() if status in stopped}

    def launched_again() -> set[str]:
        return set(statuses(server, selection)) - set(launched)

    def deleted() -> set[str]:
        return set(inserted) - set(statuses(server, "--tag inserted=yes"))

    for verb, runs, effect, at_once in (
        ("terminate", launched, terminated, 25),
        ("reexecute --all-steps", launched, launched_again, 1),
        ("delete", inserted, deleted, 1),
    ):
        command = f"ops api run {verb} --yes --json"
        outcome = restarted(server, f"{command} {' '.join(runs)}", effect)
        results = json.loads(outcome.stdout)["items"]
        assert [result["id"] for result in results] == runs
        lost = [result["id"] for result in results if not result["done"]]
        assert len(lost) <= at_once
        assert outcome.exit_code == (1 if lost else 0)
        assert effect() == {result["new_run_id"] or result["id"] for result in results if result["done"]}
        told = trouble(outcome.stderr, server.url)
        report.add("restart", f"run {verb}", "0; or 1, naming what was lost", told)
        # A run that was left CANCELING is canceled only by force.
        force = "--force" if verb == "terminate" else ""
        now = statuses(server, selection)
        if left := [run_id for run_id in runs if run_id in lost or now.get(run_id) == "CANCELING"]:
            again = invoke(f"{command} {force} {' '.join(left)} --url {server.url}")
            assert again.exit_code == 0, again
        assert len(effect()) == len(runs)
