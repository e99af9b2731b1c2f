"""List 3,000 assets, and the schedules of 10 code locations, with `ops` and with a bare script, in turn.

    python benchmarks/lists.py [PAIRS]

Compared are the wall times of two processes, from their start to their end: `ops ... list --all --jsonl`, and a Python
script that sends the same documents with the same variables with `requests`, in one session, parses the answers and
prints them. Both start cold, against the same webserver, which was asked before. The ten code locations are ten names
of one code server, with fifty schedules each. Target: at most 1.2, median of 15 pairs.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli.http.client import HttpClient
from dagster_ops_cli.settings import Settings
from dagster_ops_cli_tests.integration.definitions_schedules import COUNT as SCHEDULES
from dagster_ops_cli_tests.integration.definitions_three_thousand import COUNT as ASSETS
from dagster_ops_cli_tests.invoke import invoke

DEFINITIONS = "dagster_ops_cli_tests.integration.definitions_"
LOCATIONS = 10
# The address and the bodies of the requests come from standard input.
BARE = """
import json, sys, requests
url, bodies = json.load(sys.stdin)
session = requests.Session()
for body in bodies:
    answer = session.post(url, json=body)
    answer.raise_for_status()
    print(json.dumps(answer.json()["data"]))
"""


class ManyLocations(LocalDagster):
    """A local Dagster whose code server is several code locations."""

    def _prepare(self) -> None:
        super()._prepare()
        path = self.home / "workspace.yaml"
        (entry,) = json.loads(path.read_text())["load_from"]
        entries = [{**entry["grpc_server"], "location_name": f"location_{number}"} for number in range(LOCATIONS)]
        path.write_text(json.dumps({"load_from": [{"grpc_server": each} for each in entries]}))


class Listening:
    """A client that keeps what is sent."""

    def __init__(self, url: str) -> None:
        self.client = HttpClient(Settings(url))
        self.url = url
        self.sent: list[Mapping[str, Any]] = []

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send one operation and return its data."""
        self.sent.append({"query": query, "variables": dict(variables or {})})
        return self.client.execute(query, variables)


def main(pairs: int) -> None:
    parts = ("code", "webserver")
    with LocalDagster(f"{DEFINITIONS}three_thousand", parts=parts) as dagster:
        compare("asset list", dagster.url, ASSETS, pairs)
    with ManyLocations(f"{DEFINITIONS}schedules", parts=parts) as dagster:
        compare("schedule list", dagster.url, LOCATIONS * SCHEDULES, pairs)


def compare(command: str, url: str, count: int, pairs: int) -> None:
    options = ["--all"] if command == "asset list" else []
    line = [*command.split(), *options, "--jsonl"]
    listening = Listening(url)
    outcome = invoke(["ops", *line], Ops(connect=lambda settings, observe: listening))
    assert (outcome.exit_code, len(outcome.stdout.splitlines())) == (0, count), outcome
    bodies = json.dumps([f"{url}/graphql", listening.sent])
    ratios = []
    for _ in range(pairs):
        bare = wall([sys.executable, "-c", BARE], bodies)
        ours = wall([sys.executable, "-m", "dagster_ops_cli", *line, "--url", url])
        ratios.append(ours / bare)
        print(f"bare {bare:.3f} s, ops {ours:.3f} s: {ours / bare:.3f}")
    requests = f"{len(listening.sent)} request{'' if len(listening.sent) == 1 else 's'}"
    print(f"{command}, {count} lines, {requests}: ops / bare script, median {statistics.median(ratios):.3f} of {pairs}")


def wall(command: Sequence[str], text: str = "") -> float:
    started = time.perf_counter()
    subprocess.run(command, input=text, text=True, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 15)
