"""A log of 100,000 events, inserted through Dagster's storage."""

import json
import subprocess
import sys

import pytest

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.inserting import insert
from dagster_ops_cli_tests.secret_scan import look

pytestmark = pytest.mark.integration

EVENTS = 100_000
# Started, connected and with a page or two in hand, `ops` takes about 55 MB; all the events would take 250.
MOST_MEMORY_KB = 110_000


@pytest.fixture(scope="module")
def long_run(dagster: LocalDagster) -> str:
    return insert(dagster, "insert", EVENTS)[-1]


# The child's peak counts what it shares with us until it has become `ops`: the shell in between is small.
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
