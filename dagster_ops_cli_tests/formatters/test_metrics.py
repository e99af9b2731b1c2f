"""Prometheus text: read back by Prometheus' own parser."""

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from dagster_ops_cli.formatters.metrics import GAUGES, MOST_SERIES, format_metrics
from dagster_ops_cli.schemas.metrics import (
    DaemonState,
    EndedRuns,
    FailedTicks,
    Fault,
    LocationState,
    Metrics,
    PoolUse,
)
from dagster_ops_cli_tests.examples import EXAMPLES
from dagster_ops_cli_tests.replay import RECORDINGS

NOW = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
HOSTILE = 'a"} 1\nops_up 0\n# \\ \x1b[31m\u202e\ud800é'
BASE: dict[str, Any] = {"up": True, "url": "http://localhost:3000", "taken_at": NOW, "duration": 0.5, "window": 3600.0}
FULL = Metrics(
    **BASE,
    runs_ended=[EndedRuns(job_name="nightly", location_name=None, status="FAILURE", count=2)],
    runs_unfinished={"QUEUED": 3},
    queued=3,
    oldest_queued_age=90.5,
    max_concurrent_runs=10,
    backfills_unfinished={"REQUESTED": 1},
    ticks_failed=[FailedTicks(type="SENSOR", location_name="l", repository_name="r", name="s", failed=4)],
    daemons=[DaemonState(type="SENSOR", healthy=False, last_heartbeat=NOW, heartbeat_age=7.0)],
    pools=[PoolUse(name="database", limit=2, claimed=1, pending=5)],
    code_locations=[LocationState(name="l", loaded=False, error="x")],
    faults=[Fault(part="pools", code="SERVER_ERROR", message="x")],
)


def read(metrics: Metrics, **labels: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(format_metrics(metrics, labels) + "\n")
    samples = [sample for family in families for sample in family.samples]
    found = {(each.name, frozenset(each.labels.items())): each.value for each in samples}
    assert len(found) == len(samples), "Prometheus refuses a series that occurs twice"
    return found


def one(metrics: Metrics, name: str) -> dict[frozenset[tuple[str, str]], float]:
    return {labels: value for (each, labels), value in read(metrics).items() if each == name}


def test_what_is_written_is_what_is_read() -> None:
    found = {(name, *sorted(dict(labels).values())): value for (name, labels), value in read(FULL).items()}
    assert found == {
        ("ops_up",): 1,
        ("ops_scrape_timestamp_seconds",): NOW.timestamp(),
        ("ops_scrape_duration_seconds",): 0.5,
        ("ops_scrape_faults", "SERVER_ERROR", "pools"): 1,
        ("ops_runs_ended", "", "FAILURE", "nightly"): 2,
        ("ops_runs_unfinished", "QUEUED"): 3,
        ("ops_queue_runs",): 3,
        ("ops_queue_oldest_run_age_seconds",): 90.5,
        ("ops_queue_max_concurrent_runs",): 10,
        ("ops_backfills_unfinished", "REQUESTED"): 1,
        ("ops_ticks_failed", "SENSOR", "l", "r", "s"): 4,
        ("ops_daemon_healthy", "SENSOR"): 0,
        ("ops_daemon_heartbeat_age_seconds", "SENSOR"): 7,
        ("ops_pool_slots", "database"): 2,
        ("ops_pool_slots_claimed", "database"): 1,
        ("ops_pool_steps_pending", "database"): 5,
        ("ops_code_location_loaded", "l"): 0,
    }


def test_an_empty_queue_is_zero_seconds_old_and_an_unknown_one_is_left_out() -> None:
    empty = FULL.model_copy(update={"queued": 0, "oldest_queued_age": None})
    assert one(empty, "ops_queue_oldest_run_age_seconds") == {frozenset(): 0}
    unread = empty.model_copy(update={"faults": [Fault(part="queue", code="TIMEOUT", message="x")]})
    assert not one(unread, "ops_queue_oldest_run_age_seconds")


def test_a_dagster_that_is_down_has_no_state() -> None:
    down = Metrics(**{**BASE, "up": False}, faults=[Fault(part="dagster", code="UNREACHABLE", message="x")])
    assert {name for name, _ in read(down)} == {
        *("ops_up", "ops_scrape_timestamp_seconds", "ops_scrape_duration_seconds", "ops_scrape_faults"),
    }
    assert one(down, "ops_up") == {frozenset(): 0}


def test_a_text_from_dagster_stays_one_value() -> None:
    hostile = FULL.model_copy(update={"pools": [PoolUse(name=HOSTILE, limit=None, claimed=1, pending=0)]})
    ((labels, value),) = one(hostile, "ops_pool_slots_claimed").items()
    assert (dict(labels), value) == ({"pool": 'a"} 1\\nops_up 0\\n# \\ \\x1b[31m\\u202e\\ud800é'}, 1)
    assert one(hostile, "ops_up") == {frozenset(): 1}
    assert not any(char in format_metrics(hostile) for char in "\x1b\u202e")


def test_all_series_get_the_labels_of_the_command_line() -> None:
    assert all(("env", "prod") in labels for _, labels in read(FULL, env="prod"))


def test_there_is_a_limit_to_the_series_of_a_metric() -> None:
    pools = [PoolUse(name=f"pool{number}", limit=None, claimed=1, pending=0) for number in range(MOST_SERIES + 5)]
    many = FULL.model_copy(update={"pools": pools})
    assert len(one(many, "ops_pool_slots_claimed")) == MOST_SERIES
    assert one(many, "ops_scrape_dropped_series") == {
        frozenset({("metric", "ops_pool_slots_claimed")}): 5,
        frozenset({("metric", "ops_pool_steps_pending")}): 5,
    }


def test_long_names_are_cut_and_stay_different_series() -> None:
    pools = [PoolUse(name="x" * 300 + end, limit=None, claimed=1, pending=0) for end in "ab"]
    (labels,) = one(FULL.model_copy(update={"pools": pools}), "ops_pool_slots_claimed")
    assert len(dict(labels)["pool"]) == 200


@pytest.mark.parametrize("name", GAUGES)
def test_names_follow_the_conventions(name: str) -> None:
    assert not name.endswith(("_total", "_count", "_sum", "_bucket", "_info")), "these suffixes are for other types"
    assert not {"job", "instance"} & {*GAUGES[name].labels}, "Prometheus sets these itself"
    # Words for time are followed by the unit.
    assert name.endswith("_seconds") is any(word in name for word in ("age", "duration", "timestamp"))


RULES = [
    rule
    for group in yaml.safe_load((EXAMPLES / "prometheus-rules.yaml").read_text())["groups"]
    for rule in group["rules"]
]


def metrics_of(node: Any) -> set[str]:
    """Return the metrics that a PromQL expression selects."""
    names: set[str] = set()

    def visit(part: Any) -> bool:
        if isinstance(part, promql_parser.VectorSelector):
            names.add(str(part.name))
        return True

    promql_parser.walk(node, visit)
    return names


def test_each_metric_has_a_rule_and_each_rule_names_metrics_that_exist() -> None:
    assert len(RULES) == len({rule["alert"] for rule in RULES})
    assert set().union(*(metrics_of(promql_parser.parse(rule["expr"])) for rule in RULES)) == {*GAUGES}


def test_the_page_tells_all_metrics_and_alerts() -> None:
    page = Path(RECORDINGS.parent, "docs", "monitoring.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `ops_")]
    named = {row.split("`")[1] for row in rows}
    assert named == {*GAUGES}
    for name, gauge in GAUGES.items():
        (row,) = [row for row in rows if row.startswith(f"| `{name}`")]
        assert all(f"`{label}`" in row for label in gauge.labels), name
    assert {rule["alert"] for rule in RULES} == {
        word for row in rows for word in row.split("`") if word.startswith("Dagster")
    }
