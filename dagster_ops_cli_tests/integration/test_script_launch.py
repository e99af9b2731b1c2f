"""`ops script launch` by several pipelines at once, on a real Dagster."""

import json
from pathlib import Path

import pytest

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.invoke import invoke, spawn

pytestmark = pytest.mark.integration

FILE = """
job_name: strict_job
run_config: {ops: {count: {config: {amount: 1}}}}
tags: {launched: once}
"""


def test_three_pipelines_at_the_same_moment_launch_one_run(dagster: LocalDagster, tmp_path: Path) -> None:
    path = tmp_path / "launch.yaml"
    path.write_text(FILE)
    command = f"ops script launch {path} --json --interval 0.5 --url {dagster.url}"
    processes = [spawn(command) for _ in range(3)]
    outcomes = [process.communicate(timeout=240) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], outcomes
    (run_id,) = {json.loads(out)["id"] for out, _ in outcomes}
    listed = json.loads(invoke(f"ops api run list --tag launched=once --json --url {dagster.url}").stdout)["items"]
    assert [each["id"] for each in listed if each["status"] != "CANCELED"] == [run_id]
    assert json.loads(invoke(command).stdout)["id"] == run_id
    again = json.loads(invoke(f"{command} --again").stdout)
    assert again["id"] != run_id
    assert (again["status"], again["tags"]["ops/attempt"]) == ("SUCCESS", "2")
