"""Every partition is launched once, although connections break and commands are killed and stopped.

40 % of the exchanges break, two commands launch the same file, both are killed and stopped at random. When the faults
are over and one command has run to its end, every partition was run. `make chaos` does it twenty times.
"""

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.fault_proxy import Proxy, proxy_to
from dagster_ops_cli_tests.integration.raw import backfills_of, runs_of
from dagster_ops_cli_tests.invoke import Outcome, execute, spawn

if TYPE_CHECKING:
    import subprocess

pytestmark = [pytest.mark.integration, pytest.mark.thorough]

ROUNDS = int(os.environ.get("OPS_CHAOS_ROUNDS", "1"))
BROKEN_PERCENT, KILLS = 40, 5
# Runs per request: a command that was stopped, or a request that arrives late, can launch so many twice.
BATCH = 10
PARTITIONS = 30
FINISHED = {"SUCCESS", "FAILURE", "CANCELED"}
# The --timeout in seconds: long enough for a busy machine, short enough to notice a lost request.
TIMEOUT = 4


@pytest.fixture(scope="module")
def broken(instant: LocalDagster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxy_to(instant.url, tmp_path_factory.mktemp("proxy")) as proxy:
        yield proxy


@dataclass
class Chaos:
    """Two commands that launch the same, and are killed and stopped."""

    command: str
    proxy: Proxy
    dice: random.Random
    alive: "list[subprocess.Popen[str]]" = field(default_factory=list)
    pauses: int = 0

    def rage(self) -> None:
        """Start two, and five times kill one and start another; each time the remaining one is stopped for a while."""
        self.proxy.plan("chaos", BROKEN_PERCENT)
        self._start()
        self._start()
        for _ in range(KILLS):
            time.sleep(self.dice.uniform(0.5, 3))
            paused, killed = self.dice.sample(self.alive, 2)
            paused.send_signal(signal.SIGSTOP)
            self.pauses += 1
            time.sleep(self.dice.uniform(0.2, 1.5))
            self._kill(killed)
            self._start()
            time.sleep(self.dice.uniform(0.2, 1.5))
            paused.send_signal(signal.SIGCONT)
        self.proxy.plan("none", 0)
        for process in self.alive:
            process.communicate(timeout=300)

    def _start(self) -> None:
        self.alive.append(spawn(f"{self.command} --timeout {TIMEOUT} --interval 0.5 --url {self.proxy.url}"))

    def _kill(self, process: "subprocess.Popen[str]") -> None:
        process.kill()
        process.communicate()
        self.alive.remove(process)


Told = Callable[[str, Outcome, str], None]


@pytest.fixture(scope="module")
def table() -> Told:
    """Print a row for each round as it ends; `pytest -s` shows them."""
    print("\n| what | exit code | counted by a raw query |\n|---|---|---|", flush=True)  # noqa: T201

    def tell(what: str, outcome: Outcome, counted: str) -> None:
        print(f"| {what} | {outcome.exit_code} | {counted} |", flush=True)  # noqa: T201

    return tell


def file(folder: Path, name: str, strategy: str) -> Path:
    path = folder / "chaos.yaml"
    path.write_text(
        f"job_name: many_job\nstrategy: {strategy}\n"
        f"tags: {{name: {name}, partitions: [{{name: key, start: p000, end: p{PARTITIONS - 1:03}}}]}}\n"
        + ("max_concurrent: 8\n" if strategy == "runs" else "")
    )
    return path


def check_runs(url: str, name: str, attempt: int, expected: int, pauses: int) -> str:
    """Every partition has a run in the attempt, duplicates are few, and all runs have ended."""
    members = [
        run for run in runs_of(url, {"ops/backfill": name, "ops/attempt": str(attempt)}) if run["parentRunId"] is None
    ]
    counts = Counter(run["tags"]["dagster/partition"] for run in members)
    twice = sum(count - 1 for count in counts.values())
    assert len(counts) == expected, f"{len(counts)} of {expected} partitions have a run"
    # A killed command may leave a request that arrives later.
    assert twice <= BATCH * (pauses + KILLS), f"{twice} duplicates"
    assert all(run["status"] in FINISHED for run in members)
    return f"{len(members)} runs of {expected} partitions"


@pytest.mark.parametrize("number", range(ROUNDS))
def test_strategy_runs_and_its_retry(
    number: int, instant: LocalDagster, broken: Proxy, tmp_path: Path, table: Told
) -> None:
    name = f"runs-{number}-{time.time():.0f}"
    failing = [f"p{index:03}" for index in range(0, PARTITIONS, 2)]
    fail = instant.home / name / "fail"
    fail.parent.mkdir()
    fail.write_text("\n".join(failing))
    path = file(tmp_path, name, "runs")
    dice = random.Random(number)
    chaos = Chaos(f"ops api backfill launch {path} --wait", broken, dice)
    chaos.rage()
    command = f"ops script backfill {path} --interval 0.5 --json --url {instant.url}"
    outcome = execute(command, 300)
    counted = check_runs(instant.url, name, 1, PARTITIONS, chaos.pauses)
    table(f"runs, round {number}", outcome, counted)
    assert outcome.exit_code == 1, outcome
    assert outcome.stdout, outcome
    backfill = json.loads(outcome.stdout)
    assert backfill["counts"] == {"FAILURE": len(failing), "SUCCESS": PARTITIONS - len(failing)}
    fail.unlink()
    retry = Chaos(f"ops api backfill retry {backfill['id']} --wait", broken, dice)
    retry.rage()
    outcome = execute(f"ops api backfill retry {backfill['id']} --wait --interval 0.5 --url {instant.url}", 300)
    counted = check_runs(instant.url, name, 2, len(failing), retry.pauses)
    table(f"retry of runs, round {number}", outcome, counted)
    assert outcome.exit_code == 0, outcome
    whole = execute(command, 300)
    assert (whole.exit_code, json.loads(whole.stdout)["counts"]) == (0, {"SUCCESS": PARTITIONS}), whole


@pytest.mark.parametrize("number", range(ROUNDS))
def test_native_backfills(number: int, instant: LocalDagster, broken: Proxy, tmp_path: Path, table: Told) -> None:
    """The commands do not wait, since no daemon runs the backfills; the number of backfills is checked."""
    name = f"native-{number}-{time.time():.0f}"
    path = file(tmp_path, name, "backfill")
    chaos = Chaos(f"ops api backfill launch {path}", broken, random.Random(number))
    chaos.rage()
    outcome = execute(f"ops api backfill launch {path} --json --url {instant.url}", 60)
    found = backfills_of(instant.url, {"ops/backfill": name})
    live = [each for each in found if each["status"] == "REQUESTED"]
    table(f"native, round {number}", outcome, f"{len(found)} backfills, {len(live)} not canceled")
    assert outcome.exit_code == 0, outcome
    assert len(live) == 1
    # The oldest is the one that counts.
    assert live == found[-1:]
    assert json.loads(outcome.stdout)["id"] == live[0]["id"]
