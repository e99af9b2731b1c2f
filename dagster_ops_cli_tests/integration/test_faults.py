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

pytestmark = pytest.mark.integration

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
# What passes while something is waited for, and what may befall a change.
PASSING = ("reset_before", "reset_after", "half", "stall", "too_many", "bad_gateway")
BEFALLING = ("reset_before", "reset_after", "half")
BULK = {"terminate": "OpsTerminateRuns", "reexecute --all-steps": "OpsReexecuteRun", "delete": "OpsDeleteRun"}
ROWS_OF_WORK = 3 * (len(PASSING) + 1) + 3 * len(BEFALLING) + 1 + 5


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
    work: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        self.rows.append(tuple(str(cell) for cell in cells))

    def add_work(self, *cells: object) -> None:
        self.work.append(tuple(str(cell) for cell in cells))

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
            "In the middle of a command that waits or changes something: faults that pass, and a webserver that is",
            "killed and started again. Whatever the exit code, what was reported as done was done, once, as counted on",
            "the real server, and nothing else was.",
            "",
            "| fault | command | exit code | what the user is told first |",
            "|---|---|---|---|",
            *(f"| {' | '.join(cells)} |" for cells in sorted(self.work)),
            "",
        ]
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text("\n".join(lines))


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
    command = [sys.executable, "-m", "dagster_ops_cli_tests.integration.insert", str(EVENTS)]
    environment = {**os.environ, "DAGSTER_HOME": str(server.home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


@pytest.fixture(scope="module")
def start(server: LocalDagster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Proxy]]:
    if not MITMDUMP.exists():
        pytest.skip("mitmproxy is installed by: make test")
    running = []

    def begin(*options: str, to: str = server.url) -> Proxy:
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
            f"reverse:{to}",
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
def living_proxy(start: Callable[..., Proxy], living: LocalDagster) -> Proxy:
    return start(to=living.url)


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
        report.add_work("the webserver killed and started again", f"`{name}`", 0, told_first)


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
        assert "; looking whether it was" in outcome.stderr
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


def test_a_restart_while_many_runs_are_deleted(server: LocalDagster, report: Report) -> None:
    command = [sys.executable, "-m", "dagster_ops_cli_tests.integration.insert_runs", "400", "--logs"]
    environment = {**os.environ, "DAGSTER_HOME": str(server.home)}
    subprocess.run(command, env=environment, capture_output=True, check=True)
    delete = f"ops api run delete --tag inserted=yes --yes --json --url {server.url} {HEADER}"
    with spawn(delete) as process:
        while len(statuses(server, "--tag inserted=yes")) == 400:
            assert process.poll() is None
        server.stop("webserver", force=True)
        time.sleep(1)
        server.start("webserver")
        out, err = process.communicate(timeout=120)
    results = json.loads(out)["items"]
    left = statuses(server, "--tag inserted=yes")
    assert len(results) == 400
    assert [result["id"] for result in results if not result["done"]] == [*left]
    # At most the one that was under way.
    assert len(left) <= 1
    assert process.returncode == len(left)
    assert "Traceback" not in err
    report.add_work(
        "the webserver killed and started again", "`run delete`", process.returncode, trouble(err, server.url)
    )
    assert invoke(delete).exit_code == 0
    assert statuses(server, "--tag inserted=yes") == {}


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
