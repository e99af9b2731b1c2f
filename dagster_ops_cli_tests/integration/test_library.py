"""A Python program that works with a real Dagster, without the command line."""

import json
import subprocess
import sys

import pytest

import dagster_ops_cli as ops
from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.invoke import execute

pytestmark = [pytest.mark.integration, pytest.mark.thorough]

PROGRAM = """
import sys
sys.modules["click"] = None  # importing it would fail
import dagster_ops_cli as ops

with ops.connect(sys.argv[1]) as dagster:
    run = dagster.runs.launch(
        job_name="ingestion_job", partition=["daily=2024-01-02", "stations=NL01912"], tags={"from": "a program"}
    )
    for (watched,) in dagster.runs.watch([run.id], interval=0.5, timeout=300):
        pass
    print(dagster.runs.get(watched.latest_id).model_dump_json(by_alias=True))
"""


def test_a_program_launches_a_run_and_the_command_line_shows_it(dagster: LocalDagster) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, dagster.url], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    run = json.loads(done.stdout)
    assert (run["status"], run["tags"]["from"]) == ("SUCCESS", "a program")
    shown = execute(f"ops run get {run['id']} --json --fields id,status,tags.from --url {dagster.url}")
    assert json.loads(shown.stdout) == {"id": run["id"], "status": "SUCCESS", "tags": {"from": "a program"}}


def test_what_is_there_and_what_is_not(dagster: LocalDagster) -> None:
    with ops.connect(dagster.url) as connected:
        assert "ingestion_job" in [job.name for job in connected.jobs.list().items]
        assert connected.doctor.get().url == dagster.url
        plan = connected.backfills.plan(
            ops.BackfillConfig.model_validate(
                {
                    "job_name": "ingestion_job",
                    "tags": {
                        "name": "a program",
                        "partitions": [
                            {"name": "daily", "start_date": "2024-01-01", "end_date": "2024-01-03"},
                            {"name": "stations", "values": ["NL01497", "NL01912"]},
                        ],
                    },
                }
            )
        )
        assert (plan.total, plan.existing_id) == (6, None)
        with pytest.raises(ops.NotFoundError) as error:
            connected.runs.get("00000000-0000-4000-8000-000000000000")
        assert error.value.code == "RUN_NOT_FOUND"
    with pytest.raises(ops.UnreachableError):
        ops.connect("http://127.0.0.1:9", timeout=1).runs.list(ops.RunFilter(), limit=1)
