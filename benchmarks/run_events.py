"""Read a long log with `ops` and with a bare loop over http.client, in turn, and print the ratio of their wall times.

    python benchmarks/run_events.py [EVENTS]

The time that `ops` takes to start, measured on an empty log, is subtracted. Target: at most 1.15, median of 5 pairs.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from urllib.parse import urlsplit

from dagster_ops_cli.adapters.run_events import LIST_RUN_EVENTS
from dagster_ops_cli.demo.server import LocalDagster

PAIRS = 5


def main(events: int) -> None:
    with LocalDagster() as dagster:
        # The daemon polls the same storage, which would slow down the webserver.
        dagster.stop("daemon")
        long, empty = insert(dagster, events), insert(dagster, 1)
        read_bare(dagster.url, long)
        ratios = []
        for _ in range(PAIRS):
            bare = read_bare(dagster.url, long)
            start = read_with_ops(dagster.url, empty)
            ours = read_with_ops(dagster.url, long) - start
            ratios.append(ours / bare)
            print(f"bare {bare:.3f} s, ops {ours:.3f} s (and {start:.3f} s to start): {ours / bare:.3f}")
    print(f"{events} events, wall time ops / bare loop: median {statistics.median(ratios):.3f} of {PAIRS} pairs")


def insert(dagster: LocalDagster, events: int) -> str:
    command = [sys.executable, "-m", "dagster_ops_cli_tests.integration.insert", str(events)]
    environment = {**os.environ, "DAGSTER_HOME": str(dagster.home)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()[-1]


def read_bare(url: str, run_id: str) -> float:
    started = time.perf_counter()
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    cursor, more = None, True
    while more:
        variables = {"runId": run_id, "limit": 1000, "cursor": cursor}
        body = json.dumps({"query": LIST_RUN_EVENTS, "variables": variables})
        connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
        page = json.loads(connection.getresponse().read())["data"]["logsForRun"]
        cursor, more = page["cursor"], page["hasMore"]
    connection.close()
    return time.perf_counter() - started


def read_with_ops(url: str, run_id: str) -> float:
    command = [sys.executable, "-m", "dagster_ops_cli", "api", "run-events", "get", run_id, "--all", "--jsonl"]
    started = time.perf_counter()
    subprocess.run([*command, "--url", url], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 20_000)
