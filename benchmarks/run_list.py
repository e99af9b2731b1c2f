"""List many runs with `ops` and with a bare loop over http.client, in turn: the ratio of their wall times, and memory.

    python benchmarks/run_list.py [RUNS]

The time that `ops` takes to start, measured on an empty list, is subtracted. Targets: at most 1.15,
median of 5 pairs, and a peak below 100 MB.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from urllib.parse import urlsplit

from dagster_ops_cli.adapters.run import LIST_RUNS
from dagster_ops_cli.api.run.listing import PAGE_LIMIT
from dagster_ops_cli.demo.server import LocalDagster

PAIRS = 5
# The shell keeps the memory of this process, which a child shares until it is `ops`, out of the measurement.
MEASURED = 'exec "$0" -m dagster_ops_cli api run list --all --jsonl --url "$1" $2'
CHILD = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def main(runs: int) -> None:
    with LocalDagster() as dagster:
        # The daemon polls the same storage, which would slow down the webserver.
        dagster.stop("daemon")
        insert(dagster, runs)
        assert read_bare(dagster.url)[1] == runs
        ratios, memory = [], 0
        for _ in range(PAIRS):
            bare, _ = read_bare(dagster.url)
            start, _ = read_with_ops(dagster.url, "--status QUEUED")
            whole, peak = read_with_ops(dagster.url)
            ours = whole - start
            memory = max(memory, peak)
            ratios.append(ours / bare)
            print(f"bare {bare:.3f} s, ops {ours:.3f} s (and {start:.3f} s to start): {ours / bare:.3f}")
    print(f"{runs} runs, wall time ops / bare loop: median {statistics.median(ratios):.3f} of {PAIRS} pairs")
    print(f"peak memory of ops: {memory / 1024:.0f} MB")


def insert(dagster: LocalDagster, runs: int) -> None:
    command = [sys.executable, "-m", "dagster_ops_cli_tests.integration.insert_runs", str(runs)]
    subprocess.run(command, env={**os.environ, "DAGSTER_HOME": str(dagster.home)}, capture_output=True, check=True)


def read_bare(url: str) -> tuple[float, int]:
    started = time.perf_counter()
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    cursor, count = None, 0
    while True:
        variables = {"filter": {}, "cursor": cursor, "limit": PAGE_LIMIT, "steps": False}
        body = json.dumps({"query": LIST_RUNS, "variables": variables})
        connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
        runs = json.loads(connection.getresponse().read())["data"]["runsOrError"]["results"]
        count += len(runs)
        if len(runs) < PAGE_LIMIT:
            break
        cursor = runs[-1]["runId"]
    connection.close()
    return time.perf_counter() - started, count


def read_with_ops(url: str, options: str = "") -> tuple[float, int]:
    command = [sys.executable, "-c", CHILD, "sh", "-c", MEASURED, sys.executable, url, options]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.perf_counter() - started, int(done.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10_000)
