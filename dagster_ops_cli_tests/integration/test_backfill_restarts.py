"""Backfills while parts of Dagster are away, on a Dagster of their own."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.servers import DEFINITIONS, INSTANCE, QuickDagster
from dagster_ops_cli_tests.invoke import invoke, spawn

pytestmark = [pytest.mark.integration, pytest.mark.thorough]

# A daemon that is stopped while it queues or launches runs can fail them, so it launches one, which waits for a file.
INSTANCE_WITH_ONE_RUN = {**INSTANCE, "concurrency": {"runs": {"max_concurrent_runs": 1}}}
FILE = """
job_name: nap_job
tags: {name: restarts, partitions: [{name: day, start_date: 2024-01-01, end_date: 2024-01-03}]}
run_config: {ops: {nap: {config: {seconds: 0, until: END}}}}
"""


@pytest.fixture(scope="module")
def fragile() -> Iterator[LocalDagster]:
    with QuickDagster(DEFINITIONS, INSTANCE_WITH_ONE_RUN, parts=("code", "webserver")) as server:
        yield server


def test_daemon_and_webserver_away_in_the_middle(fragile: LocalDagster, tmp_path: Path) -> None:
    path, end = tmp_path / "restarts.yaml", tmp_path / "end"
    path.write_text(FILE.replace("END", str(end)))
    command = f"ops api backfill launch {path} --wait --interval 0.5 --json --url {fragile.url}"
    with spawn(command) as process:
        assert process.stderr
        told = []
        for line in process.stderr:
            told.append(line)
            if "is waiting for daemons" in line:
                break
        assert len(told) < 6, "it says so at once"
        fragile.stop("webserver", force=True)
        time.sleep(3)
        fragile.start("webserver")
        fragile.start("daemon")
        for line in process.stderr:
            told.append(line)
            if line.endswith(": 2 QUEUED, 1 STARTED\n"):
                break
        else:
            pytest.fail("".join(told))
        # Running runs continue without it, and queued ones once it is back.
        fragile.stop("daemon")
        time.sleep(3)
        fragile.start("daemon")
        end.touch()
        out, err = process.communicate(timeout=200)
    err = "".join(told) + err
    assert process.returncode == 0, err
    assert json.loads(out)["counts"] == {"SUCCESS": 3}
    assert "All daemons that the backfill needs are running again" in err
    assert "Traceback" not in err
    listed = json.loads(invoke(f"ops api backfill list --json --url {fragile.url}").stdout)["items"]
    assert len(listed) == 1, "launched once"
