"""A log of 100,000 events, inserted through Dagster's storage."""

import json
import subprocess
import sys

import pytest

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.inserting import insert
from dagster_ops_cli_tests.secret_scan import look

pytestmark = [pytest.mark.integration, pytest.mark.thorough]

EVENTS = 100_000
# `ops` takes about 55 MB with one or two pages in memory; all events would take 250 MB.
MOST_MEMORY_KB = 110_000


@pytest.fixture(scope="module")
def long_run(dagster: LocalDagster) -> str:
    return insert(dagster, "insert", EVENTS)[-1]


# Until it executes `ops`, the child shares its parent's memory, which would count: so a small shell is its parent.
MEASURED = 'exec "$0" -m dagster_ops_cli api run-events get "$1" --jsonl --all --url "$2"'
CHILD = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=sys.stdout)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(done.returncode)
"""


def test_streams_without_being_held_in_memory(dagster: LocalDagster, long_run: str) -> None:
    command = [sys.executable, "-c", CHILD, "sh", "-c", MEASURED, sys.executable, long_run, dagster.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        lines = list(process.stdout)
        told = process.stderr.read()
    look("".join(lines) + told, "a long log")
    messages = [json.loads(line)["message"] for line in lines]
    memory = int(told.split()[-1])
    assert process.returncode == 0
    assert messages == [f"reading {number}" for number in range(EVENTS)]
    assert memory < MOST_MEMORY_KB
