"""`ops metrics` and `ops top` on a Dagster with something to see, and on one that goes away."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.monitored import monitored_dagster
from dagster_ops_cli_tests.integration.terminal import Terminal
from dagster_ops_cli_tests.invoke import invoke

pytestmark = [pytest.mark.integration, pytest.mark.thorough]


@pytest.fixture(scope="module")
def dagster() -> Iterator[LocalDagster]:
    with monitored_dagster() as server:
        yield server


def series(path: Path) -> dict[tuple[str, ...], float]:
    """The series by their name and the values of their labels."""
    families = text_string_to_metric_families(path.read_text())
    samples = [sample for family in families for sample in family.samples]
    return {(each.name, *sorted(each.labels.values())): each.value for each in samples}


def is_well(frame: str) -> bool:
    return "DAEMONS" in frame and "has not answered" not in frame


def test_metrics(dagster: LocalDagster, tmp_path: Path) -> None:
    path = tmp_path / "dagster.prom"
    outcome = invoke(f"ops metrics --output {path} --url {dagster.url}")
    assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (0, "", "")
    found = series(path)
    assert found["ops_up",] == 1
    assert found["ops_runs_ended", "FAILURE", "etl", "survey_job"] == 1
    assert found["ops_runs_unfinished", "STARTED"] >= 2
    assert found["ops_queue_runs",] >= 1
    assert found["ops_queue_oldest_run_age_seconds",] > 0
    assert found["ops_queue_max_concurrent_runs",] == 4
    assert found["ops_backfills_unfinished", "REQUESTED"] == 1
    assert found["ops_ticks_failed", "SENSOR", "__repository__", "etl", "failing_sensor"] >= 1
    assert found["ops_daemon_healthy", "SENSOR"] == 1
    assert found["ops_pool_slots", "printer"] == 1
    assert found["ops_pool_slots_claimed", "printer"] == 1
    assert found["ops_pool_steps_pending", "printer"] == 1
    assert (found["ops_code_location_loaded", "etl"], found["ops_code_location_loaded", "broken"]) == (1, 0)
    assert not [name for name, *_ in found if name == "ops_scrape_faults"]


def test_a_short_window_has_fewer_runs(dagster: LocalDagster) -> None:
    ended = json.loads(invoke(f"ops metrics --since 1s --json --url {dagster.url}").stdout)["runs_ended"]
    assert "survey_job" not in {each["job_name"] for each in ended}


def test_top_once(dagster: LocalDagster) -> None:
    found = json.loads(invoke(f"ops top --json --url {dagster.url}").stdout)
    assert {"hold_job", "wait_job", "sleepy_job"} <= {run["job_name"] for run in found["running"]}
    (wait,) = [run for run in found["running"] if run["job_name"] == "wait_job"]
    assert (wait["steps_succeeded"], wait["steps_total"]) == (1, 2)
    (held,) = [run for run in found["waiting"] if run["job_name"] == "hold_job"]
    assert "pool printer: 1 of 1 slots held" in [each["message"] for each in held["waiting_for"]]
    errors = {run["job_name"]: run["error"] for run in found["failed"]}
    assert errors["survey_job"].startswith("CalibrationError: factor 0")
    (backfill,) = found["backfills"]
    assert (backfill["name"], backfill["job_name"], backfill["total"]) == ("#issue1234", "still_job", 90)
    assert sum(backfill["counts"].values()) == 90


def test_top_goes_on_after_a_restart_and_metrics_say_that_dagster_is_down(
    dagster: LocalDagster, tmp_path: Path
) -> None:
    path = tmp_path / "dagster.prom"
    with Terminal(f"ops top --interval 0.5s --timeout 10s --url {dagster.url}") as top:
        top.read_until("survey_job")
        dagster.stop("webserver")
        top.read_until("has not answered for")
        outcome = invoke(f"ops metrics --timeout 2s --output {path} --url {dagster.url}")
        assert (outcome.exit_code, series(path)["ops_up",]) == (5, 0)
        dagster.start("webserver")
        # A frame begins at the top left corner.
        top.screen = ""
        top.read_while(lambda: not any(map(is_well, top.screen.split("\x1b[H")[1:-1])))
        top.type("q")
        assert top.wait() == 0
    assert invoke(f"ops metrics --output {path} --url {dagster.url}").exit_code == 0
    assert series(path)["ops_up",] == 1
