"""Real faults between ops and a real Dagster, by mitmproxy; their table in docs/faults.md is written by this run.

A fault comes once (it passes) or for ever. Whatever comes, a complete answer is the true one, nothing is asked that was
not needed, and nobody sees a traceback or a secret.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import pytest
import trustme

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.invoke import Outcome, begun, execute, invoke, spawn
from dagster_ops_cli_tests.secret_scan import TOKEN

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("faults")]

ROOT = Path(__file__).parent.parent.parent
MITMDUMP = ROOT / ".venv" / "mitmproxy" / "bin" / "mitmdump"
TABLE = ROOT / "docs" / "faults.md"
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


@dataclass
class Proxy:
    """mitmproxy in front of a Dagster."""

    folder: Path
    url: str

    def plan(self, fault: str, times: int, operation: str = "") -> None:
        (self.folder / "plan.json").write_text(json.dumps({"fault": fault, "times": times, "operation": operation}))
        (self.folder / "requests.txt").write_text("")

    @property
    def requests(self) -> int:
        return len((self.folder / "requests.txt").read_text().splitlines())


@dataclass
class Report:
    """The rows of the table, in order."""

    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        self.rows.append(tuple(str(cell) for cell in cells))

    def write(self) -> None:
        lines = [
            "# What goes wrong on the way, and what comes of it",
            "",
            "Written by the test run (`dagster_ops_cli_tests/integration/test_faults.py`): each fault between `ops`",
            "and a real Dagster, once, or for ever with a short `--timeout`, and the exit codes. In every row the",
            "answer, where there is one, is complete and the same as without the fault.",
            "",
            "| fault | command | once | for ever | what the user is told first |",
            "|---|---|---|---|---|",
            *(f"| {' | '.join(cells)} |" for cells in sorted(self.rows)),
            "",
        ]
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text("\n".join(lines))


@pytest.fixture(scope="module")
def report() -> Iterator[Report]:
    found = Report()
    yield found
    # Only a whole run makes a table.
    if len(found.rows) == len(FAULTS) * len(COMMANDS) + 4:
        found.write()


@pytest.fixture(scope="module")
def server() -> Iterator[LocalDagster]:
    """A webserver that can be killed without disturbing other tests."""
    with LocalDagster(parts=("code", "webserver")) as dagster:
        yield dagster


@pytest.fixture(scope="module")
def run_id(server: LocalDagster) -> str:
    command = [sys.executable, "-m", "dagster_ops_cli_tests.integration.insert", str(EVENTS)]
    environment = {**os.environ, "DAGSTER_HOME": str(server.home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


@pytest.fixture(scope="module")
def start(server: LocalDagster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Proxy]]:
    if not MITMDUMP.exists():
        pytest.skip("mitmproxy is installed by: make test")
    running = []

    def begin(*options: str) -> Proxy:
        folder = tmp_path_factory.mktemp("proxy")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        proxy = Proxy(folder, f"http://localhost:{port}")
        proxy.plan("none", 0)
        command = [
            MITMDUMP,
            "-q",
            "--mode",
            f"reverse:{server.url}",
            "--listen-host",
            "127.0.0.1",
            "-p",
            str(port),
            "-s",
            Path(__file__).with_name("faults.py"),
            "--set",
            f"confdir={folder}/conf",
            *options,
        ]
        environment = {**os.environ, "OPS_FAULTS": str(folder)}
        running.append(
            subprocess.Popen(
                [str(word) for word in command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return proxy
            time.sleep(0.1)
        raise AssertionError("mitmproxy did not start")

    yield begin
    for process in running:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def proxy(start: Callable[..., Proxy]) -> Proxy:
    return start()


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
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
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


def test_a_certificate_of_the_past(start: Callable[..., Proxy], run_id: str, tmp_path: Path, report: Report) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", not_after=datetime(2020, 1, 1, tzinfo=timezone.utc))
    issued.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "old.pem"))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    proxy = start("--certs", f"*={tmp_path}/old.pem")
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
    report.add("the webserver killed and started again", f"`{name}`", outcome.exit_code, "", "")


@pytest.mark.parametrize("fault", ["reset_before", "reset_after", "half", "bad_gateway", "stall"])
def test_a_change_is_sent_once(fault: str, proxy: Proxy, server: LocalDagster) -> None:
    """Counted on the real server; and whoever can't know whether it arrived says so."""
    tag = f"fault={fault}"
    launch = f"ops api run launch --job noisy_job --tag {tag} --json --timeout 5 --url {proxy.url} {HEADER}"
    proxy.plan(fault, FOREVER, "OpsLaunchRun")
    outcome = invoke(launch)
    assert outcome.exit_code == 5, outcome
    assert "whether the change was made is not known" in outcome.stderr
    listed = json.loads(invoke(f"ops api run list --tag {tag} --json --url {server.url}").stdout)
    assert listed["total"] == (1 if fault in {"reset_after", "half"} else 0)


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
