"""Faults between `ops` and a real Dagster, by mitmproxy, while something is asked; `make faults` writes docs/faults.md.

A fault comes once (it passes) or for ever. Whatever comes, a complete answer is the true one, nothing is asked that was
not needed, and nobody sees a traceback or a secret.
"""

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
import trustme

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.fault_proxy import Proxy, proxy_to
from dagster_ops_cli_tests.integration.fault_report import (
    FOREVER,
    HEADER,
    Report,
    check,
    check_table,
    neutral,
    reporting,
    trouble,
)
from dagster_ops_cli_tests.integration.inserting import insert
from dagster_ops_cli_tests.integration.servers import QuickDagster, free_port, made_once
from dagster_ops_cli_tests.invoke import Outcome, execute, invoke, spawn, wait_for_line

pytestmark = [pytest.mark.integration, pytest.mark.thorough]

HEAD = """\
# Faults while `ops` reads from Dagster

Written by `make faults` (`dagster_ops_cli_tests/integration/test_faults.py`), which puts each fault between `ops`
and a real Dagster. The numbers are exit codes: if the fault happens once, and if every request meets it (with a
short `--timeout`); an empty cell was not tried. Whenever `ops` prints an answer, it is complete and the same as
without the fault. [Faults at work](faults-at-work.md) shows what happens while a command waits or changes something.

| fault | command | once | every time | first message to the user |
|---|---|---|---|---|
"""
EVENTS = 5000
# For each fault: the exit code if it comes once, and if it comes every time.
FAULTS = {
    "reset_before": (0, 5),
    "reset_after": (0, 5),
    "half": (0, 5),
    "stall": (0, 5),
    "slow": (0, 0),
    "too_many": (0, 5),
    "fault_in_json": (5, 5),
    "bad_gateway": (0, 5),
    "redirect": (4, 4),
    "login_page": (4, 4),
}
COMMANDS = {
    "run get": "ops api run get {run} --json",
    "run-events get --all": "ops api run-events get {run} --all --jsonl",
}
ROWS = len(FAULTS) * len(COMMANDS) + 4


@pytest.fixture(scope="module")
def report() -> Iterator[Report]:
    with reporting("faults.md", HEAD, ROWS) as found:
        yield found


def test_the_table_has_a_row_for_each_fault_and_command() -> None:
    check_table("faults.md", ROWS)


@pytest.fixture(scope="module")
def run_id(server: LocalDagster) -> str:
    return str(made_once("events", lambda: insert(server, "insert", EVENTS)[-1]))


@pytest.fixture(scope="module")
def truth(server: LocalDagster, run_id: str) -> dict[str, str]:
    """The output of each command without a fault; `neutral` removes the address, which differs with the proxy."""
    found = {name: invoke(f"{command.format(run=run_id)} --url {server.url}") for name, command in COMMANDS.items()}
    assert len(found["run-events get --all"].stdout.splitlines()) == EVENTS
    return {name: neutral(outcome.stdout, server.url) for name, outcome in found.items()}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_fault(fault: str, name: str, proxy: Proxy, run_id: str, truth: dict[str, str], report: Report) -> None:
    once, forever = FAULTS[fault]
    command = f"{COMMANDS[name].format(run=run_id)} --url {proxy.url} {HEADER}"
    proxy.plan("none", 0)
    check(invoke(f"{command} --timeout 20"), 0, truth[name], proxy.url)
    needed = proxy.requests
    proxy.plan(fault, 1)
    passing = invoke(f"{command} --timeout {20 if fault == 'stall' else 60}")
    check(passing, once, truth[name], proxy.url)
    assert proxy.requests <= needed + 1
    assert passing.stderr.count("attempt 2") == (1 if once == 0 and fault != "slow" else 0)
    lasting = passing
    if fault != "slow":
        proxy.plan(fault, FOREVER)
        # Other exit codes than 5 come at once, so the timeout is only for a slow machine.
        lasting = invoke(f"{command} --timeout {1.5 if forever == 5 else 60} --quiet")
    check(lasting, forever, truth[name], proxy.url)
    assert len(lasting.stderr.splitlines()) == (0 if forever == 0 else 1)
    report.add(fault, name, passing.exit_code, lasting.exit_code, trouble(passing.stderr, proxy.url))


def test_nobody_listens(run_id: str, report: Report) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    outcome = invoke(f"ops api run get {run_id} --json --timeout 1 --url {url} {HEADER}")
    check(outcome, 5, "", url)
    report.add("refused", "run get", "", outcome.exit_code, trouble(outcome.stderr, url))


def test_a_certificate_that_nobody_vouches_for(
    proxy: Proxy, run_id: str, truth: dict[str, str], report: Report
) -> None:
    proxy.plan("none", 0)
    url = proxy.url.replace("http:", "https:")
    outcome = invoke(f"ops api run get {run_id} --json --url {url} {HEADER}")
    check(outcome, 5, "", url)
    assert proxy.requests == 0
    report.add("wrong_certificate", "run get", "", outcome.exit_code, trouble(outcome.stderr, url))
    trusted = invoke(
        f"ops api run get {run_id} --json --url {url} {HEADER} --ca-bundle {proxy.folder}/conf/mitmproxy-ca-cert.pem"
    )
    check(trusted, 0, truth["run get"], url)


def test_a_certificate_of_the_past(server: LocalDagster, run_id: str, tmp_path: Path, report: Report) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", not_after=datetime(2020, 1, 1, tzinfo=timezone.utc))
    issued.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "old.pem"))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with proxy_to(server.url, tmp_path, "--certs", f"*={tmp_path}/old.pem") as proxy:
        url = proxy.url.replace("http:", "https:")
        outcome = invoke(f"ops api run get {run_id} --json --url {url} {HEADER} --ca-bundle {tmp_path}/ca.pem")
    check(outcome, 5, "", url)
    assert "expired" in outcome.stderr
    assert proxy.requests == 0
    report.add("expired_certificate", "run get", "", outcome.exit_code, trouble(outcome.stderr, url))


def test_a_webserver_that_is_killed_and_comes_back(report: Report, tmp_path: Path) -> None:
    name = "run-events get --all"
    with QuickDagster(parts=("code", "webserver")) as server:
        command = f"{COMMANDS[name].format(run=insert(server, 'insert', EVENTS)[-1])} --url {server.url} {HEADER}"
        truth = neutral(invoke(command).stdout, server.url)
        # A file, because a pipe that is not read would block the command before it reports the fault.
        answer = tmp_path / "answer"
        with answer.open("w") as stdout, spawn(command, stdout=stdout) as process:
            while not answer.stat().st_size and process.poll() is None:
                time.sleep(0.02)
            server.stop("webserver", force=True)
            wait_for_line(process, "; attempt ")
            server.start("webserver")
            _, err = process.communicate(timeout=240)
    outcome = Outcome(process.returncode, answer.read_text(), err)
    check(outcome, 0, truth, server.url)
    report.add("restart", name, outcome.exit_code, "", "")


def test_fifty_at_once(server: LocalDagster, run_id: str, truth: dict[str, str]) -> None:
    """Every answer is right and none hangs."""
    command = f"{COMMANDS['run get'].format(run=run_id)} --url {server.url}"
    found: list[Outcome] = []
    threads = [threading.Thread(target=lambda: found.append(execute(command, timeout=300))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(310)
    assert [outcome.exit_code for outcome in found] == [0] * 50
    assert {neutral(outcome.stdout, server.url) for outcome in found} == {truth["run get"]}
