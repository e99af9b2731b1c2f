"""Launch 100 runs in strategy `runs`, with a bare loop of the same mutation, and with Dagster's own client, in turn.

    python benchmarks/backfill_runs.py [RUNS]

What `ops` does before its first launch, and its start, are part of its time. Targets, median of 3 rounds: at most 1.1
of the bare loop, and no more than the client. The daemon is down, so that the runs stay in the queue.
"""

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from urllib.parse import urlsplit

from dagster_graphql import DagsterGraphQLClient

from dagster_ops_cli.adapters.run_launch import LAUNCH_PARTITION_RUN
from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster

ROUNDS = 3
JOB = "thousand_job"
CONFIG = """
job_name: thousand_job
strategy: runs
max_concurrent: 1000000
tags: {{name: round {round}, partitions: [{{name: key, start: key-000000, end: key-{last:06}}}]}}
"""


def main(runs: int) -> None:
    parts = ("code", "webserver")
    with LocalDagster("dagster_ops_cli_tests.integration.definitions_many", parts=parts) as dagster:
        rounds = []
        with_bare_loop(dagster.url, 5)
        for number in range(ROUNDS):
            bare, client = with_bare_loop(dagster.url, runs), with_dagsters_client(dagster.url, runs)
            ours = with_ops(dagster.url, runs, number)
            rounds.append((ours / bare, ours / client))
            print(f"{runs} runs: ops {ours:.2f} s, bare loop {bare:.2f} s, Dagster's client {client:.2f} s")
    to_bare, to_client = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"median of {ROUNDS}: ops / bare loop {to_bare:.3f}, ops / Dagster's client {to_client:.3f}")


def tags(number: int) -> dict[str, str]:
    key = f"key-{number:06}"
    return {"dagster/partition": key, "dagster/partition_set": f"{JOB}_partition_set", "ops/launch": "bare"}


def with_bare_loop(url: str, runs: int) -> float:
    started = time.perf_counter()
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    selector = {"repositoryLocationName": LOCATION, "repositoryName": REPOSITORY, "jobName": JOB}
    for number in range(runs):
        pairs = [{"key": key, "value": value} for key, value in tags(number).items()]
        params = {"selector": selector, "runConfigData": {}, "executionMetadata": {"tags": pairs}}
        body = json.dumps({"query": LAUNCH_PARTITION_RUN, "variables": {"params": params}})
        connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
        assert json.loads(connection.getresponse().read())["data"]["launchRun"]["__typename"] == "LaunchRunSuccess"
    connection.close()
    return time.perf_counter() - started


def with_dagsters_client(url: str, runs: int) -> float:
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        address = urlsplit(url)
        client = DagsterGraphQLClient(str(address.hostname), port_number=address.port)
        for number in range(runs):
            client.submit_job_execution(JOB, LOCATION, REPOSITORY, run_config={}, tags=tags(number))
    return time.perf_counter() - started


def with_ops(url: str, runs: int, number: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.yaml"
        path.write_text(CONFIG.format(round=number, last=runs - 1))
        command = [sys.executable, "-m", "dagster_ops_cli", "api", "backfill", "launch", str(path), "--url", url]
        started = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        return time.perf_counter() - started


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 100)
