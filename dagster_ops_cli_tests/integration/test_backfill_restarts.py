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

FILE = """
job_name: months_job
tags: {name: restarts, partitions: [{name: month, start_date: 2024-01-01, end_date: 2024-03-01}]}
"""


@pytest.fixture(scope="module")
def fragile() -> Iterator[LocalDagster]:
    with QuickDagster(DEFINITIONS, INSTANCE, parts=("code", "webserver")) as server:
        yield server


def test_daemon_and_webserver_away_in_the_middle(fragile: LocalDagster, tmp_path: Path) -> None:
    path = tmp_path / "restarts.yaml"
    path.write_text(FILE)
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
            # A daemon that is stopped before it has queued all runs fails the backfill.
            if ("QUEUED" in line or "START" in line) and "NOT_STARTED" not in line:
                break
        # Running runs continue without it, and queued ones once it is back.
        fragile.stop("daemon")
        time.sleep(3)
        fragile.start("daemon")
        out, err = process.communicate(timeout=200)
    err = "".join(told) + err
    assert process.returncode == 0, err
    assert json.loads(out)["counts"] == {"SUCCESS": 3}
    assert "All daemons that the backfill needs are running again" in err
    assert "Traceback" not in err
    listed = json.loads(invoke(f"ops api backfill list --json --url {fragile.url}").stdout)["items"]
    assert len(listed) == 1, "launched once"
