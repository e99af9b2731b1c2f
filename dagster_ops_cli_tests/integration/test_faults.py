"""Real faults between ops and a real Dagster, by mitmproxy; their table in docs/faults.md is written by this run.

A fault comes once (it passes) or for ever. Whatever comes, a complete answer is the true one, nothing is asked that was
not needed, and nobody sees a traceback or a secret.
"""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
import trustme

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster
from dagster_ops_cli_tests.integration.fault_proxy import Proxy, free_port, proxy_to
from dagster_ops_cli_tests.integration.fault_report import Report
from dagster_ops_cli_tests.invoke import Outcome, begun, execute, invoke, spawn
from dagster_ops_cli_tests.secret_scan import TOKEN

pytestmark = pytest.mark.integration

EVENTS = 5000
FOREVER = 1000
HEADER = f"--header 'X-Token: {TOKEN}'"
# The fault; what it is; the exit code where it comes once; and where it does not pass.
FAULTS = {
    "reset_before": ("connection reset before the request arrived", 0, 5),
    "reset_after": ("connection reset after the request arrived", 0, 5),
    "half": ("half an answer", 0, 5),
    "stall": ("no answer", 0, 5),
    "slow": ("an answer at 10 kB/s", 0, 0),
    "too_many": ("429 with Retry-After", 0, 5),
    "fault_in_json": ("500 with JSON", 5, 5),
    "bad_gateway": ("502 with HTML", 0, 5),
    "redirect": ("a redirect to elsewhere", 4, 4),
    "login_page": ("a login page", 4, 4),
}
COMMANDS = {
    "run get": "ops api run get {run} --json",
    "run-events get --all": "ops api run-events get {run} --all --jsonl",
}
RESTART = "the webserver killed and started again"
# What passes while something is waited for, and what may befall a change.
PASSING = ("reset_before", "reset_after", "half", "stall", "too_many", "bad_gateway")
BEFALLING = ("reset_before", "reset_after", "half")
BULK = {"terminate": "OpsTerminateRuns", "reexecute --all-steps": "OpsReexecuteRun", "delete": "OpsDeleteRun"}
ROWS_OF_WORK = 3 * (len(PASSING) + 1) + 3 * (len(BEFALLING) + 1) + 5


@pytest.fixture(scope="module")
def report() -> Iterator[Report]:
    found = Report()
    yield found
    # Only a whole run makes a table.
    if len(found.rows) == len(FAULTS) * len(COMMANDS) + 4 and len(found.work) == ROWS_OF_WORK:
        found.write()


@pytest.fixture(scope="module")
def server() -> Iterator[LocalDagster]:
    """A webserver that can be killed without disturbing other tests."""
    with LocalDagster(parts=("code", "webserver")) as dagster:
        yield dagster


@pytest.fixture(scope="module")
def run_id(server: LocalDagster) -> str:
    return insert(server, "insert", str(EVENTS))[-1]


def insert(server: LocalDagster, module: str, *arguments: str) -> list[str]:
    """Have one of the modules beside this one insert runs, and return their ids."""
    command = [sys.executable, "-m", f"dagster_ops_cli_tests.integration.{module}", *arguments]
    environment = {**os.environ, "DAGSTER_HOME": str(server.home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return re.findall(r"[0-9a-f-]{36}", done.stdout)


@pytest.fixture(scope="module")
def proxy(server: LocalDagster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxy_to(server.url, tmp_path_factory.mktemp("proxy")) as found:
        yield found


@pytest.fixture(scope="module")
def truth(server: LocalDagster, run_id: str) -> dict[str, str]:
    """What each command says where nothing goes wrong; the run's page in the UI depends on the way to it."""
    found = {name: invoke(f"{command.format(run=run_id)} --url {server.url}") for name, command in COMMANDS.items()}
    assert len(found["run-events get --all"].stdout.splitlines()) == EVENTS
    return {name: neutral(outcome.stdout, server.url) for name, outcome in found.items()}


def neutral(text: str, url: str) -> str:
    return text.replace(url, "http://dagster")


def told(outcome: Outcome, url: str) -> str:
    """What the user sees first: why it is tried again, or the error."""
    line = next(iter(outcome.stderr.splitlines()), "")
    return neutral(json.loads(line)["error"] if line.startswith("{") else line.partition("; attempt ")[0], url)


def check(outcome: Outcome, exit_code: int, expected: str, url: str) -> None:
    assert outcome.exit_code == exit_code, outcome.stderr
    assert "Traceback" not in outcome.stderr
    got = neutral(outcome.stdout, url)
    # Nothing lost, nothing twice; and what has come before a failure is true as well.
    assert got == expected if exit_code == 0 else expected.startswith(got)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_fault(fault: str, name: str, proxy: Proxy, run_id: str, truth: dict[str, str], report: Report) -> None:
    meaning, once, forever = FAULTS[fault]
    command = f"{COMMANDS[name].format(run=run_id)} --url {proxy.url} {HEADER}"
    proxy.plan("none", 0)
    check(invoke(f"{command} --timeout 20"), 0, truth[name], proxy.url)
    needed = proxy.requests
    proxy.plan(fault, 1)
    passing = invoke(f"{command} --timeout {4 if fault == 'stall' else 60}")
    check(passing, once, truth[name], proxy.url)
    assert proxy.requests <= needed + 1
    assert passing.stderr.count("attempt 2") == (1 if once == 0 and fault != "slow" else 0)
    lasting = passing
    if fault != "slow":
        proxy.plan(fault, FOREVER)
        lasting = invoke(f"{command} --timeout 1.5 --quiet")
    check(lasting, forever, truth[name], proxy.url)
    assert len(lasting.stderr.splitlines()) == (0 if forever == 0 else 1)
    report.add(meaning, f"`{name}`", passing.exit_code, lasting.exit_code, told(passing, proxy.url))


def test_nobody_listens(run_id: str, report: Report) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    outcome = invoke(f"ops api run get {run_id} --json --timeout 1 --url {url} {HEADER}")
    check(outcome, 5, "", url)
    report.add("connection refused", "`run get`", "", outcome.exit_code, told(outcome, url))


def test_a_certificate_that_nobody_vouches_for(
    proxy: Proxy, run_id: str, truth: dict[str, str], report: Report
) -> None:
    proxy.plan("none", 0)
    url = proxy.url.replace("http:", "https:")
    outcome = invoke(f"ops api run get {run_id} --json --url {url} {HEADER}")
    check(outcome, 5, "", url)
    assert proxy.requests == 0
    report.add("a wrong certificate", "`run get`", "", outcome.exit_code, told(outcome, url))
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
    report.add("an expired certificate", "`run get`", "", outcome.exit_code, told(outcome, url))


def test_a_webserver_that_is_killed_and_comes_back(
    server: LocalDagster, run_id: str, truth: dict[str, str], report: Report
) -> None:
    name = "run-events get --all"
    with spawn(f"{COMMANDS[name].format(run=run_id)} --url {server.url} {HEADER}") as process:
        first = begun(process)
        server.stop("webserver", force=True)
        threading.Timer(1, server.start, ["webserver"]).start()
        out, err = process.communicate(timeout=90)
    outcome = Outcome(process.returncode, first + out, err)
    check(outcome, 0, truth[name], server.url)
    report.add(RESTART, f"`{name}`", outcome.exit_code, "", "")


@pytest.mark.parametrize("fault", ["reset_before", "reset_after", "half", "bad_gateway", "stall"])
def test_a_change_is_sent_once(fault: str, proxy: Proxy, server: LocalDagster, report: Report) -> None:
    """Counted on the real server; and whoever can't know whether it arrived says so."""
    tag = f"fault={fault}"
    launch = f"ops api run launch --job noisy_job --tag {tag} --json --timeout 5 --url {proxy.url} {HEADER}"
    proxy.plan(fault, FOREVER, "OpsLaunchRun")
    outcome = invoke(launch)
    assert "whether the change was made is not known; looking" in outcome.stderr
    listed = json.loads(invoke(f"ops api run list --tag {tag} --json --url {server.url}").stdout)
    report.add_work(FAULTS[fault][0], "`run launch`", outcome.exit_code, trouble(outcome.stderr, proxy.url))
    if fault in {"reset_after", "half"}:
        assert outcome.exit_code == 0, outcome
        assert [run["id"] for run in listed["items"]] == [json.loads(outcome.stdout)["id"]]
    else:
        assert outcome.exit_code == 5, outcome
        assert "Dagster has no such run: it was not launched" in outcome.stderr
        assert listed["total"] == 0


@pytest.fixture(scope="module")
def living() -> Iterator[LocalDagster]:
    """A Dagster whose runs go on."""
    with LocalDagster("dagster_ops_cli_tests.integration.definitions") as dagster:
        yield dagster


@pytest.fixture(scope="module")
def living_proxy(living: LocalDagster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxy_to(living.url, tmp_path_factory.mktemp("proxy")) as found:
        yield found


def wait_through(tag: str, lines: int, url: str, living: LocalDagster, go_wrong: Callable[[], None]) -> dict[str, str]:
    """Launch a run and wait for it, in three commands; ``go_wrong`` once they do. Return what each said first."""
    config = json.dumps({"ops": {"talk": {"config": {"lines": lines, "pause": 0.2}}}})
    options = f"--url {url} --timeout 8 {HEADER}"
    launch = f"ops api run launch --job slow_job --config-json '{config}' --tag fault={tag} --wait --interval 0.5"
    with spawn(f"{launch} --json {options}") as launching:
        listed: list[dict[str, str]] = []
        while not listed:
            assert launching.poll() is None, launching.communicate()
            # A webserver that is killed while it launches leaves a run behind that nobody will ever start.
            found = invoke(f"ops api run list --status STARTED --tag fault={tag} --json --url {living.url}")
            listed = json.loads(found.stdout)["items"]
        run_id = listed[0]["id"]
        with (
            spawn(f"ops api run watch {run_id} --interval 0.5 --json {options}") as watching,
            spawn(f"ops api run-events get {run_id} --follow --jsonl {options}") as following,
        ):
            first = begun(following)
            # Whoever has never been answered gives up sooner: more likely than not the address is wrong.
            assert watching.stderr
            os.read(watching.stderr.fileno(), 1)
            go_wrong()
            processes = {"run launch --wait": launching, "run watch": watching, "run-events get --follow": following}
            ended = {name: process.communicate(timeout=120) for name, process in processes.items()}
    for name, process in processes.items():
        assert process.returncode == 0, (name, ended[name])
        assert "Traceback" not in ended[name][1]
    assert json.loads(ended["run launch --wait"][0])["status"] == "SUCCESS"
    everything = invoke(f"ops api run-events get {run_id} --all --jsonl --url {living.url}").stdout
    assert first + ended["run-events get --follow"][0] == everything
    again = invoke(f"ops api run list --tag fault={tag} --json --url {living.url}")
    assert json.loads(again.stdout)["total"] == 1
    return {name: trouble(err, url) for name, (_, err) in ended.items()}


def trouble(err: str, url: str) -> str:
    """The first line that tells of a fault."""
    lines = [line for line in err.splitlines() if "; attempt " in line or "; looking" in line or "; asking" in line]
    return neutral(lines[0].rpartition("; ")[0], url) if lines else ""


@pytest.mark.parametrize("fault", PASSING)
def test_what_waits_outlives_a_fault(fault: str, living: LocalDagster, living_proxy: Proxy, report: Report) -> None:
    living_proxy.plan("none", 0)
    operations = "OpsListRuns|OpsFollowRunEvents"
    told_first = wait_through(fault, 20, living_proxy.url, living, lambda: living_proxy.plan(fault, 6, operations))
    assert any(told_first.values())
    for name, told_ in told_first.items():
        report.add_work(FAULTS[fault][0], f"`{name}`", 0, told_)


def test_what_waits_outlives_a_restart(living: LocalDagster, report: Report) -> None:
    def restart() -> None:
        living.stop("webserver", force=True)
        time.sleep(1)
        living.start("webserver")

    for name, told_first in wait_through("restart", 40, living.url, living, restart).items():
        report.add_work(RESTART, f"`{name}`", 0, told_first)


def statuses(server: LocalDagster, selection: str) -> dict[str, str]:
    listed = invoke(f"ops api run list --all {selection} --jsonl --url {server.url}").stdout.splitlines()
    return {run["id"]: run["status"] for run in map(json.loads, listed)}


@pytest.mark.parametrize("fault", BEFALLING)
def test_a_change_of_many_runs_befallen_by_a_fault(
    fault: str, proxy: Proxy, server: LocalDagster, report: Report
) -> None:
    """Of what was sent once, the first change is befallen; what did not arrive is said, and done the second time."""
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
        # What is terminated goes together; of the others the first is befallen.
        assert len(done) == (3 if arrives else 0 if verb == "terminate" else 2), outcome
        assert outcome.exit_code == (0 if arrives else 1 if done else 5)
        assert "; looking whether it arrived" in outcome.stderr
        report.add_work(FAULTS[fault][0], f"`run {verb}`", outcome.exit_code, trouble(outcome.stderr, proxy.url))
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
    """Run a command, and once it has done something, kill the webserver and start it again."""
    with spawn(f"{command} --url {server.url} {HEADER}") as process:
        while not effect():
            assert process.poll() is None, process.communicate()
        server.stop("webserver", force=True)
        time.sleep(1)
        server.start("webserver")
        out, err = process.communicate(timeout=120)
    assert "Traceback" not in err
    return Outcome(process.returncode, out, err)


def test_a_restart_while_many_runs_are_changed(server: LocalDagster, report: Report) -> None:
    """At most the changes that were under way are lost; they are named, and made the second time."""
    selection = "--tag bulk=restart"
    for _ in range(40):
        Ops(url=server.url).runs.launch(LOCATION, REPOSITORY, "noisy_job", None, {}, {"bulk": "restart"})
    launched = list(statuses(server, selection))
    # Dagster deletes too fast for 40.
    inserted = insert(server, "insert_runs", "400", "--logs")

    def terminated() -> set[str]:
        # Who is killed between the two leaves the run at the first.
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
        report.add_work(RESTART, f"`run {verb}`", "0, or 1 and what was lost", told)
        # What was left at the first of the two has to be told that nobody will stop it.
        force = "--force" if verb == "terminate" else ""
        now = statuses(server, selection)
        if left := [run_id for run_id in runs if run_id in lost or now.get(run_id) == "CANCELING"]:
            again = invoke(f"{command} {force} {' '.join(left)} --url {server.url}")
            assert again.exit_code == 0, again
        assert len(effect()) == len(runs)


def test_fifty_at_once(server: LocalDagster, run_id: str, truth: dict[str, str]) -> None:
    """Every answer right, none hanging."""
    command = f"{COMMANDS['run get'].format(run=run_id)} --url {server.url}"
    found: list[Outcome] = []
    threads = [threading.Thread(target=lambda: found.append(execute(command, timeout=110))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert [outcome.exit_code for outcome in found] == [0] * 50
    assert {neutral(outcome.stdout, server.url) for outcome in found} == {truth["run get"]}
