"""Backfills on a real Dagster with its daemon; the scenarios run side by side."""

import json
import os
import signal
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.invoke import Outcome, invoke, spawn, wait_for_line

if TYPE_CHECKING:
    import subprocess

pytestmark = pytest.mark.integration

STATIONS = "{name: stations, values: [NL01497, NL10001]}"
FILES = {
    "two_dimensions": f"""
job_name: ingestion_job
tags:
  name: '#issue1'
  partitions: [{{name: daily, start_date: '2024-01-11', end_date: '2024-01-12'}}, {STATIONS}]
run_tags: {{team: air-quality}}
run_config: {{ops: {{fetch: {{config: {{retries: 7}}}}}}}}
""",
    "hours": """
job_name: hours_job
tags: {name: hours, partitions: [{name: hour, start: 2024-01-01-22:00, end: 2024-01-02-01:00}]}
""",
    "weeks": """
job_name: weeks_job
tags: {name: weeks, partitions: [{name: week, start_date: 2024-01-07, end_date: 2024-01-14}]}
""",
    "months": """
job_name: months_job
tags: {name: months, partitions: [{name: month, start_date: 2024-01-15, end_date: 2024-03-15}]}
""",
    "single_run": """
asset_keys: [one_run_for_all]
tags: {name: one run, partitions: [{name: day, start_date: 2024-01-01, end_date: 2024-01-09}]}
""",
    "single_run_of_a_job": """
job_name: one_run_job
tags: {name: one run of a job, partitions: [{name: day, start_date: 2024-01-11, end_date: 2024-01-14}]}
""",
    "runs": """
job_name: odd_keys_job
strategy: runs
max_concurrent: 2
tags: {name: run by run, partitions: [{name: key, values: [NO, 'yes, no', 2024, ünïcode]}]}
""",
    "asset_runs": """
asset_keys: [air_quality_data]
strategy: runs
tags: {name: assets run by run, partitions: [{name: daily, values: [2024-02-01]}, {name: stations, values: [NL01912]}]}
""",
}


def launch(
    dagster: LocalDagster, folder: Path, name: str, text: str, options: str = "--wait"
) -> "subprocess.Popen[str]":
    path = folder / f"{name}.yaml"
    path.write_text(text)
    return spawn(f"ops api backfill launch {path} --json --interval 1 {options} --url {dagster.url}")


def ended(process: "subprocess.Popen[str]") -> Outcome:
    out, err = process.communicate(timeout=550)
    assert "Traceback" not in err
    return Outcome(process.returncode, out, err)


def runs_of(dagster: LocalDagster, tag: str) -> list[dict[str, Any]]:
    listed = invoke(f"ops api run list --tag '{tag}' --all --json --url {dagster.url}")
    items: list[dict[str, Any]] = json.loads(listed.stdout)["items"]
    return items


@pytest.fixture(scope="module")
def outcomes(dagster: LocalDagster, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    folder = tmp_path_factory.mktemp("backfills")
    started = {name: launch(dagster, folder, name, text) for name, text in FILES.items()}
    return {name: ended(process) for name, process in started.items()}


def test_two_dimensions_with_a_station_that_fails(outcomes: Mapping[str, Outcome], dagster: LocalDagster) -> None:
    outcome = outcomes["two_dimensions"]
    assert outcome.exit_code == 1
    backfill = json.loads(outcome.stdout)
    assert backfill["state"] == "failed"
    assert backfill["counts"] == {"FAILURE": 2, "SUCCESS": 2}
    assert [each["partition"] for each in backfill["failed"]] == ["2024-01-11|NL10001", "2024-01-12|NL10001"]
    assert backfill["failed"][0]["error"].startswith("StationOfflineError: station NL10001")
    assert backfill["tags"]["ops/backfill"] == "#issue1"
    assert f"ops backfill retry {backfill['id']}" in outcome.stderr
    runs = runs_of(dagster, f"ops/launch={backfill['tags']['ops/launch']}")
    assert len(runs) == 4
    assert all(run["tags"]["team"] == "air-quality" for run in runs)
    good = next(run["id"] for run in runs if run["status"] == "SUCCESS")
    assert "retries: 7" in invoke(f"ops api run-events get {good} --type LOG --all --json --url {dagster.url}").stdout


@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("hours", 4),
        ("weeks", 2),
        ("months", 2),
        ("runs", 4),
        ("asset_runs", 1),
        ("single_run", 9),
        ("single_run_of_a_job", 4),
    ],
)
def test_succeeds(outcomes: Mapping[str, Outcome], name: str, total: int) -> None:
    outcome = outcomes[name]
    assert outcome.exit_code == 0, outcome.stderr
    backfill = json.loads(outcome.stdout)
    assert (backfill["state"], backfill["total"], backfill["counts"]) == ("succeeded", total, {"SUCCESS": total})
    assert backfill["failed"] == []


@pytest.mark.parametrize(
    ("name", "keys"),
    [("single_run", "2024-01-01...2024-01-09"), ("single_run_of_a_job", "2024-01-11...2024-01-14")],
)
def test_a_single_run_takes_all(outcomes: Mapping[str, Outcome], dagster: LocalDagster, name: str, keys: str) -> None:
    backfill = json.loads(outcomes[name].stdout)
    (run,) = runs_of(dagster, f"dagster/backfill={backfill['id']}")
    assert run["partition"] == keys


def test_launched_twice_is_launched_once(
    outcomes: Mapping[str, Outcome], dagster: LocalDagster, tmp_path: Path
) -> None:
    # The same content, written differently.
    for name, code in (("hours", 0), ("runs", 0), ("two_dimensions", 1)):
        first = json.loads(outcomes[name].stdout)
        text = "strategy: backfill\n" + FILES[name].replace("strategy: runs\nmax_concurrent: 2\n", "")
        again = ended(launch(dagster, tmp_path, name, text, ""))
        assert again.exit_code == code
        assert json.loads(again.stdout)["id"] == first["id"]
        assert "--again" in again.stderr


def test_policy_missing_skips_what_is_materialized(
    outcomes: Mapping[str, Outcome], dagster: LocalDagster, tmp_path: Path
) -> None:
    text = """
asset_keys: [air_quality_data]
tags:
  name: missing
  partitions: [{name: daily, values: [2024-02-01]}, {name: stations, values: [NL01912, NL01497]}]
backfill_policy: {policy: missing}
"""
    first = launch(dagster, tmp_path, "missing", text)
    outcome = ended(first)
    assert outcome.exit_code == 0, outcome.stderr
    assert json.loads(outcome.stdout)["total"] == 1
    nothing = ended(launch(dagster, tmp_path, "nothing", text.replace("name: missing\n", "name: nothing\n")))
    assert nothing.exit_code == 0
    assert json.loads(nothing.stdout)["skipped"] == {"materialized": 2, "not_failed": 0}
    assert "Nothing to do" in nothing.stderr


def test_retry_launches_what_failed(outcomes: Mapping[str, Outcome], dagster: LocalDagster) -> None:
    failed = json.loads(outcomes["two_dimensions"].stdout)
    outcome = invoke(f"ops api backfill retry {failed['id']} --wait --interval 0.5 --json --url {dagster.url}")
    assert outcome.exit_code == 0
    retried = json.loads(outcome.stdout)
    assert retried["id"] != failed["id"]
    assert retried["tags"]["ops/retry-of"] == failed["id"]
    assert retried["counts"] == {"SUCCESS": 2}
    runs = runs_of(dagster, f"dagster/backfill={retried['id']}")
    assert sorted(run["partition"] for run in runs) == ["2024-01-11|NL10001", "2024-01-12|NL10001"]
    run = runs[0]["id"]
    config = Ops(url=dagster.url).client.execute(
        f'query OpsX {{ runOrError(runId: "{run}") {{ ... on Run {{ runConfig }} }} }}'
    )
    assert config["runOrError"]["runConfig"]["ops"]["fetch"]["config"]["retries"] == 7


def test_killed_and_started_again(dagster: LocalDagster, tmp_path: Path) -> None:
    text = """
job_name: seeded_job
strategy: runs
max_concurrent: 3
tags: {name: killed, partitions: [{name: day, values: all}]}
"""
    killed = launch(dagster, tmp_path, "killed", text)
    launch_id = wait_for_line(killed, "^Backfill ").split()[1].rstrip(":")
    while len(runs_of(dagster, f"ops/launch={launch_id}")) < 2:
        assert killed.poll() is None, killed.communicate()
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    outcome = ended(launch(dagster, tmp_path, "killed", text))
    assert outcome.exit_code == 0, outcome.stderr
    backfill = json.loads(outcome.stdout)
    assert (backfill["id"], backfill["counts"]) == (launch_id, {"SUCCESS": 7})
    partitions = Counter(run["partition"] for run in runs_of(dagster, f"ops/launch={launch_id}"))
    assert partitions == {f"2024-01-0{day}": 1 for day in range(1, 8)}


@pytest.mark.parametrize("strategy", ["backfill", "runs"])
def test_cancel_and_ctrl_c(dagster: LocalDagster, tmp_path: Path, strategy: str) -> None:
    text = f"""
job_name: nap_job
strategy: {strategy}
tags: {{name: cancel {strategy}, partitions: [{{name: day, start_date: 2024-01-01, end_date: 2024-01-06}}]}}
"""
    waiting = launch(dagster, tmp_path, strategy, text)
    backfill_id = wait_for_line(waiting, "^Backfill ").split()[1].rstrip(":")
    if strategy == "backfill":
        wait_for_line(waiting, "^(waiting|running): ")
        waiting.send_signal(signal.SIGINT)
        interrupted = ended(waiting)
        assert interrupted.exit_code == 130
        error = json.loads(interrupted.stderr.splitlines()[-1])
        assert (error["code"], error["backfill_id"]) == ("INTERRUPTED", backfill_id)
        assert "the backfill is still running" in error["error"]
        gave_up = invoke(
            f"ops api backfill watch {backfill_id} --wait-timeout 1 --interval 0.5 --json --url {dagster.url}"
        )
        assert gave_up.exit_code == 6
        assert json.loads(gave_up.stdout)["id"] == backfill_id
    else:
        while not runs_of(dagster, f"ops/launch={backfill_id}"):
            assert waiting.poll() is None, waiting.communicate()
    canceled = invoke(f"ops api backfill cancel {backfill_id} --wait --interval 0.5 --yes --json --url {dagster.url}")
    assert canceled.exit_code == 0, canceled.stderr
    assert json.loads(canceled.stdout)["state"] == "canceled"
    assert "STARTED" not in json.loads(canceled.stdout)["counts"]
    if strategy == "runs":
        # The command that launched it stops, and shows how it ended.
        outcome = ended(waiting)
        assert outcome.exit_code == 1
        assert json.loads(outcome.stdout)["state"] == "canceled"
    again = invoke(f"ops api backfill cancel {backfill_id} --yes --url {dagster.url}")
    assert again.exit_code == 7


def test_a_closed_stderr_keeps_no_partition_from_being_launched(dagster: LocalDagster, tmp_path: Path) -> None:
    path = tmp_path / "unheard.yaml"
    path.write_text("""
job_name: seeded_job
strategy: runs
tags: {name: unheard, partitions: [{name: day, values: [2024-01-02, 2024-01-03]}]}
""")
    reader, writer = os.pipe()
    os.close(reader)
    process = spawn(f"ops script backfill {path} --json --interval 0.5 --url {dagster.url}", stderr=writer)
    os.close(writer)
    out, _ = process.communicate(timeout=550)
    assert process.returncode == 0
    assert json.loads(out)["counts"] == {"SUCCESS": 2}


def test_two_that_race_end_as_one(dagster: LocalDagster, tmp_path: Path) -> None:
    text = FILES["weeks"].replace("{name: weeks", "{name: race")
    both = [launch(dagster, tmp_path, f"race{number}", text, "") for number in range(2)]
    outcomes = [ended(process) for process in both]
    assert [outcome.exit_code for outcome in outcomes] == [0, 0], outcomes
    ids = {json.loads(outcome.stdout)["id"] for outcome in outcomes}
    assert len(ids) == 1
    listed = json.loads(invoke(f"ops api backfill list --name race --json --url {dagster.url}").stdout)["items"]
    assert len([each for each in listed if each["state"] not in ("canceling", "canceled")]) == 1


def test_script_in_a_pipeline_tags_what_it_launches(dagster: LocalDagster, tmp_path: Path) -> None:
    path = tmp_path / "launch.yaml"
    path.write_text("job_name: ingestion_job\npartition: {daily: 2024-01-09, stations: NL01912}\ntags: {a: b}\n")
    environment = {**os.environ, "GITHUB_SHA": "abc123", "GITHUB_ACTOR": "me"}
    process = spawn(f"ops script launch {path} --json --interval 0.5 --url {dagster.url}", env=environment)
    outcome = ended(process)
    assert outcome.exit_code == 0, outcome.stderr
    tags = json.loads(outcome.stdout)["tags"]
    assert (tags["ops/commit"], tags["ops/triggered-by"], tags["a"]) == ("abc123", "me", "b")
    assert tags["dagster/partition/stations"] == "NL01912"


def test_very_many_partitions_have_to_be_meant(dagster: LocalDagster, tmp_path: Path) -> None:
    text = """
job_name: ingestion_job
skip_checks: true
tags:
  name: very many
  partitions:
    - {name: daily, start_date: 1900-01-01, end_date: 2099-12-31}
    - {name: stations, values: [NL01497, NL01912]}
"""
    outcome = ended(launch(dagster, tmp_path, "many", text, ""))
    assert outcome.exit_code == 2
    error = json.loads(outcome.stderr)
    assert "146,098 partitions are more than the limit of 100,000" in error["error"]
    assert "--yes" in error["hint"]
    listed = invoke(f"ops api backfill list --name 'very many' --json --url {dagster.url}")
    assert json.loads(listed.stdout)["items"] == []
