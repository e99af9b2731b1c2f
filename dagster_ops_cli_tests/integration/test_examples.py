"""The examples' configuration files on a real Dagster."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.examples import EXAMPLES, documents, steps
from dagster_ops_cli_tests.invoke import invoke

pytestmark = [pytest.mark.integration, pytest.mark.thorough]


def planned(dagster: LocalDagster, path: Path, script: str = "backfill") -> dict[str, Any]:
    outcome = invoke(["ops", "script", script, str(path), "--dry-run", "--json", "--url", dagster.url])
    assert outcome.exit_code == 0, outcome
    plan: dict[str, object] = json.loads(outcome.stdout)
    return plan


def test_a_backfill_of_a_job(dagster: LocalDagster) -> None:
    plan = planned(dagster, EXAMPLES / "backfill.yaml")
    assert (plan["name"], plan["strategy"], plan["total"]) == ("#issue1234", "backfill", 9)
    assert plan["partitions"] == [
        f"2024-01-0{day}|{station}" for day in (1, 2, 3) for station in ("NL01497", "NL01912", "NL10001")
    ]


def test_a_backfill_of_an_asset(dagster: LocalDagster) -> None:
    plan = planned(dagster, EXAMPLES / "backfill-assets.yaml")
    assert (plan["job_name"], plan["asset_keys"]) == (None, ["air_quality_data"])
    # Other tests have materialized some of its partitions.
    assert plan["total"] + plan["skipped"]["materialized"] == 10


def test_the_file_in_the_config_map(dagster: LocalDagster, tmp_path: Path) -> None:
    config_map, _ = documents("kubernetes.yaml")
    path = tmp_path / "backfill.yaml"
    path.write_text(config_map["data"]["backfill.yaml"])
    assert planned(dagster, path)["total"] == 9


def test_one_run(dagster: LocalDagster) -> None:
    outcome = invoke(["ops", "script", "launch", str(EXAMPLES / "launch.yaml"), "--json", "--url", dagster.url])
    assert outcome.exit_code == 0, outcome
    run = json.loads(outcome.stdout)
    assert (run["status"], run["job_name"]) == ("SUCCESS", "ingestion_job")
    assert run["tags"]["dagster/partition"] == "2024-01-15|NL01912"
    assert (run["tags"]["team"], run["tags"]["ticket"]) == ("air-quality", "#issue1236")


def test_the_step_of_the_workflow_launches_and_waits(dagster: LocalDagster, tmp_path: Path) -> None:
    """The steps that GitHub would run, run here; they launch two runs."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SCRIPT": "backfill",
        "CONFIG": str(EXAMPLES / "backfill-runs.yaml"),
        "OPS_URL": dagster.url,
        # A secret that is not set is an empty text.
        "OPS_HEADERS": "",
    }
    script = [step["run"] for step in steps() if "run" in step][-1]
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    listed = json.loads(
        invoke(["ops", "api", "run", "list", "--tag", "ops/backfill=#issue1235", "--json", "--url", dagster.url]).stdout
    )
    assert [run["status"] for run in listed["items"]] == ["SUCCESS", "SUCCESS"]
