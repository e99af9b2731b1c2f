"""Launch 100 runs in turn with strategy `runs`, with a bare loop of the same mutation and with Dagster's own client.

    python benchmarks/backfill_runs.py [RUNS]

The time of `ops` includes its start and its checks before the first launch. Targets, medians of 3 rounds: at most 1.1
of the bare loop, whose start is not counted, and no more than a whole script that loops over the client; the loop alone
is shown too. The daemon is stopped, so that the runs stay in the queue.
"""

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from dagster_ops_cli.adapters.run.launch import LAUNCH_PARTITION_RUNS
from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster

ROUNDS = 3
JOB = "thousand_job"
CONFIG = """
job_name: thousand_job
strategy: runs
max_concurrent: 1000000
tags: {{name: round {round}, partitions: [{{name: key, start: key-000000, end: key-{last:06}}}]}}
"""
SCRIPT = """
import sys, time, warnings
from dagster_graphql import DagsterGraphQLClient
started = time.perf_counter()
warnings.simplefilter("ignore")
_, host, port, job, location, repository, runs = sys.argv
client = DagsterGraphQLClient(host, port_number=int(port))
for number in range(int(runs)):
    key = f"key-{number:06}"
    tags = {"dagster/partition": key, "dagster/partition_set": f"{job}_partition_set", "ops/launch": "client"}
    client.submit_job_execution(job, location, repository, run_config={}, tags=tags)
print(time.perf_counter() - started)
"""


def main(runs: int) -> None:
    parts = ("code", "webserver")
    with LocalDagster("dagster_ops_cli_tests.integration.definitions_many", parts=parts) as dagster:
        rounds = []
        with_bare_loop(dagster.url, 5)
        for number in range(ROUNDS):
            bare = with_bare_loop(dagster.url, runs)
            client, loop = with_dagsters_client(dagster.url, runs)
            ours = with_ops(dagster.url, runs, number)
            rounds.append((ours / bare, ours / client, ours / loop))
            print(
                f"{runs} runs: ops {ours:.2f} s, bare loop {bare:.2f} s, client {client:.2f} s, its loop {loop:.2f} s"
            )
    to_bare, to_client, to_loop = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(
        f"median of {ROUNDS}: ops / bare loop {to_bare:.3f}, ops / client {to_client:.3f}, ops / its loop {to_loop:.3f}"
    )


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
        body = json.dumps({"query": LAUNCH_PARTITION_RUNS, "variables": {"params0": params}})
        connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
        assert json.loads(connection.getresponse().read())["data"]["run0"]["__typename"] == "LaunchRunSuccess"
    connection.close()
    return time.perf_counter() - started


def with_dagsters_client(url: str, runs: int) -> tuple[float, float]:
    """Return the seconds of the script, and those of its loop alone."""
    address = urlsplit(url)
    arguments = [str(address.hostname), str(address.port), JOB, LOCATION, REPOSITORY, str(runs)]
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=True)
    return time.perf_counter() - started, float(done.stdout)


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
