"""The true state of a backfill, where Dagster's own word is stale or misleads.

The servers that say so are old, or need a daemon to be killed at the right moment: their answers are written by hand.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from dagster_ops_cli.api.backfill.state import BackfillView
from dagster_ops_cli_tests.replay import operation_name

KEYS = ("a", "b")


@dataclass
class FakeDagster:
    """A Dagster with one backfill and its runs. The backfill has two partitions, unless a test gives others."""

    status: str
    runs: list[dict[str, Any]]
    retries: list[dict[str, Any]] = field(default_factory=list)
    healthy: bool = True
    # The numbers of materialized and failed partitions that Dagster tells of a backfill of assets.
    asset_counts: tuple[int, int] | None = None
    assets: int = 1
    keys: Sequence[str] = KEYS
    url: str = "http://dagster"

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        given = dict(variables or {})
        answers: dict[str, Callable[[], dict[str, Any]]] = {
            "OpsPollBackfill": self._poll,
            "OpsListRuns": lambda: self._runs(given),
            "OpsListRunEvents": lambda: {
                "logsForRun": {"__typename": "EventConnection", "events": [], "cursor": None, "hasMore": False}
            },
            "OpsGetAsset": lambda: {"assetNodes": []},
            "OpsListBackfillPartitions": lambda: {
                "partitionBackfillOrError": {"__typename": "PartitionBackfill", "partitionNames": list(self.keys)}
            },
        }
        return answers[operation_name(query)]()

    def _poll(self) -> dict[str, Any]:
        record = {
            "__typename": "PartitionBackfill",
            "id": "abcdefgh",
            "status": self.status,
            "timestamp": 1795192369.0,
            "numPartitions": len(self.keys),
            "isAssetBackfill": False,
            "partitionSetName": "job_partition_set",
            "tags": [],
        }
        if self.asset_counts:
            done, failed = self.asset_counts
            numbers = {"Targeted": len(self.keys), "InProgress": 0, "Materialized": done, "Failed": failed}
            status = {f"numPartitions{name}": number for name, number in numbers.items()}
            selection = [{"path": [f"asset{number}"]} for number in range(self.assets)]
            record |= {"isAssetBackfill": True, "partitionSetName": None, "assetSelection": selection}
            record["assetBackfillData"] = {"assetBackfillStatuses": [status]}
        counts = Counter(run["status"] for run in self.runs)
        daemons = [{"daemonType": "BACKFILL", "required": True, "healthy": self.healthy}]
        return {
            "partitionBackfillOrError": record,
            **{status: {"count": count} for status, count in counts.items()},
            "instance": {"daemonHealth": {"allDaemonStatuses": daemons}},
        }

    def _runs(self, given: dict[str, Any]) -> dict[str, Any]:
        wanted = given["filter"].get("runIds")
        runs = [run for run in self.retries if run["runId"] in wanted] if wanted else self.runs
        return {"runsOrError": {"__typename": "Runs", "results": runs}}


def run(status: str, key: str = "a", run_id: str | None = None, **tags: str) -> dict[str, Any]:
    tags = {
        "dagster/partition": key,
        "dagster/backfill": "abcdefgh",
        **{name.replace("__", "/"): value for name, value in tags.items()},
    }
    return {
        "runId": run_id or f"run-{key}-{status}",
        "status": status,
        "jobName": "job",
        "tags": [{"key": name, "value": value} for name, value in tags.items()],
    }


@pytest.mark.parametrize(
    ("status", "runs", "state", "counts"),
    [
        ("REQUESTED", [], "waiting", {"NOT_STARTED": 2}),
        ("REQUESTED", [run("QUEUED"), run("QUEUED", "b")], "waiting", {"QUEUED": 2}),
        ("REQUESTED", [run("STARTED")], "running", {"STARTED": 1, "NOT_STARTED": 1}),
        # Its daemon is up to half a minute behind.
        ("REQUESTED", [run("SUCCESS"), run("SUCCESS", "b")], "succeeded", {"SUCCESS": 2}),
        ("REQUESTED", [run("FAILURE"), run("SUCCESS", "b")], "failed", {"FAILURE": 1, "SUCCESS": 1}),
        # Old servers say so when all runs are submitted.
        ("COMPLETED", [run("STARTED"), run("SUCCESS", "b")], "running", {"STARTED": 1, "SUCCESS": 1}),
        ("COMPLETED", [run("SUCCESS"), run("SUCCESS", "b")], "succeeded", {"SUCCESS": 2}),
        # Free text in dagster/backfill makes Dagster lose the runs, and call it a success.
        ("COMPLETED_SUCCESS", [], "failed", {"NOT_STARTED": 2}),
        ("CANCELING", [run("STARTED"), run("CANCELED", "b")], "canceling", {"STARTED": 1, "CANCELED": 1}),
        ("CANCELED", [run("CANCELED")], "canceled", {"CANCELED": 1, "NOT_STARTED": 1}),
        ("CANCELED", [run("FAILURE"), run("CANCELED", "b")], "canceled", {"FAILURE": 1, "CANCELED": 1}),
        # Somebody canceled what had finished.
        ("CANCELED", [run("SUCCESS"), run("SUCCESS", "b")], "succeeded", {"SUCCESS": 2}),
        ("FAILED", [run("SUCCESS")], "failed", {"SUCCESS": 1, "NOT_STARTED": 1}),
        ("FAILED", [run("SUCCESS"), run("SUCCESS", "b")], "failed", {"SUCCESS": 2}),
        ("NEWLY_INVENTED", [run("STARTED"), run("SUCCESS", "b")], "running", {"STARTED": 1, "SUCCESS": 1}),
    ],
)
def test_state(status: str, runs: list[dict[str, Any]], state: str, counts: dict[str, int]) -> None:
    backfill = BackfillView(FakeDagster(status, runs), "abcdefgh").look()
    assert (backfill.state, backfill.counts, backfill.status) == (state, counts, status)
    if state in ("failed", "canceled"):
        succeeded = {each["tags"][0]["value"] for each in runs if each["status"] == "SUCCESS"}
        assert {each.partition for each in backfill.failed} == set(KEYS) - succeeded
    else:
        assert backfill.failed == []


RETRIED = run("FAILURE", "a", dagster__will_retry="true", dagster__auto_retry_run_id="second")


@pytest.mark.parametrize(
    ("runs", "retries", "state"),
    [
        ([run("FAILURE", "a", dagster__will_retry="true")], [], "running"),
        ([RETRIED], [run("STARTED", "a", "second")], "running"),
        ([RETRIED], [run("SUCCESS", "a", "second")], "succeeded"),
        ([RETRIED], [run("FAILURE", "a", "second", dagster__will_retry="false")], "failed"),
        (
            [RETRIED],
            [run("FAILURE", "a", "second", dagster__auto_retry_run_id="third"), run("SUCCESS", "a", "third")],
            "succeeded",
        ),
    ],
)
def test_a_run_that_dagster_retries_has_not_ended(
    runs: list[dict[str, Any]], retries: list[dict[str, Any]], state: str
) -> None:
    backfill = BackfillView(FakeDagster("REQUESTED", [*runs, run("SUCCESS", "b")], retries), "abcdefgh").look()
    assert backfill.state == state
    if state == "failed":
        assert [each.run_id for each in backfill.failed] == ["second"]


def test_a_later_run_of_a_partition_counts() -> None:
    runs = [run("SUCCESS", "a", "later"), run("FAILURE", "a"), run("SUCCESS", "b")]
    backfill = BackfillView(FakeDagster("COMPLETED_FAILED", runs), "abcdefgh").look()
    assert (backfill.state, backfill.counts) == ("succeeded", {"SUCCESS": 2})


def test_retries_do_not_count_as_runs_of_other_partitions() -> None:
    """There are as many runs as partitions, but Dagster has yet to launch one of these."""
    runs = [run("SUCCESS", "a", "second"), run("FAILURE", "a", dagster__auto_retry_run_id="second")]
    backfill = BackfillView(FakeDagster("REQUESTED", runs, runs), "abcdefgh").look()
    assert (backfill.state, backfill.counts) == ("running", {"SUCCESS": 1, "NOT_STARTED": 1})


@pytest.mark.parametrize("status", ["SUCCESS", "FAILURE"])
def test_a_run_of_a_job_for_a_range_counts_for_each_of_its_partitions(status: str) -> None:
    backfill = BackfillView(FakeDagster("COMPLETED_SUCCESS", [range_run(status)]), "abcdefgh").look()
    assert backfill.counts == {status: 2}
    assert backfill.state == ("succeeded" if status == "SUCCESS" else "failed")
    assert [each.partition for each in backfill.failed] == ([] if status == "SUCCESS" else ["a", "b"])


def range_run(status: str, **fields: Any) -> dict[str, Any]:
    edges = {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "b"}
    tags = [{"key": name, "value": value} for name, value in edges.items()]
    return {**run(status), "tags": tags, **fields}


@pytest.mark.parametrize(
    ("runs", "assets", "state", "counts"),
    [
        # Dagster does not count again when somebody launches a run of an ended backfill again.
        (
            [{**run("SUCCESS", "a", "x"), "parentRunId": "y"}, run("FAILURE"), run("SUCCESS", "b")],
            1,
            "succeeded",
            (2, 0),
        ),
        ([range_run("SUCCESS", runId="x", parentRunId="y"), range_run("FAILURE")], 1, "succeeded", (2, 0)),
        ([run("FAILURE"), run("SUCCESS", "b")], 1, "failed", (1, 1)),
        # Dagster's UI launched the whole backfill again, as another one.
        (
            [run("SUCCESS", "a", "x", dagster__backfill="another"), run("FAILURE"), run("SUCCESS", "b")],
            1,
            "succeeded",
            (2, 0),
        ),
        # The runs succeeded, but one materialized nothing.
        ([run("SUCCESS"), run("SUCCESS", "b")], 1, "failed", (1, 1)),
        # The other asset may never have been materialized.
        ([{**run("SUCCESS", "a", "x"), "parentRunId": "y"}, run("FAILURE"), run("SUCCESS", "b")], 2, "failed", (1, 1)),
    ],
)
def test_a_run_of_an_asset_that_was_launched_again_counts(
    runs: list[dict[str, Any]], assets: int, state: str, counts: tuple[int, int]
) -> None:
    dagster = FakeDagster("COMPLETED_FAILED", runs, asset_counts=(1, 1), assets=assets)
    backfill = BackfillView(dagster, "abcdefgh").look()
    wanted = {"SUCCESS": counts[0], "FAILURE": counts[1]}
    assert (backfill.state, backfill.counts) == (state, {name: number for name, number in wanted.items() if number})


def test_a_failed_run_of_an_asset_that_was_deleted_leaves_its_partition_without_one() -> None:
    """Dagster still counts it, but does not say which partition failed."""
    dagster = FakeDagster("COMPLETED_FAILED", [run("SUCCESS", "b")], asset_counts=(1, 1))
    backfill = BackfillView(dagster, "abcdefgh").look()
    assert [(each.partition, each.status) for each in backfill.failed] == [("a", "NOT_STARTED")]


def test_a_partition_of_a_range_that_ran_is_not_among_those_that_never_ran() -> None:
    """Each run of the backfill has one partition. The backfill stopped after its first run."""
    edges = {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "a"}
    first = {**run("SUCCESS"), "tags": [{"key": name, "value": value} for name, value in edges.items()]}
    backfill = BackfillView(FakeDagster("FAILED", [first], asset_counts=(1, 0)), "abcdefgh").look()
    assert backfill.counts == {"SUCCESS": 1, "NOT_STARTED": 1}
    assert [(each.partition, each.status) for each in backfill.failed] == [("b", "NOT_STARTED")]


def test_the_only_range_covers_all_partitions_of_an_asset_whose_code_does_not_load() -> None:
    """The order of the partitions is unknown then."""
    edges = {"dagster/asset_partition_range_start": "t1", "dagster/asset_partition_range_end": "t10"}
    tags = {"dagster/backfill": "abcdefgh", **edges}
    only = {**run("FAILURE"), "tags": [{"key": name, "value": value} for name, value in tags.items()]}
    keys = [f"t{number}" for number in range(1, 11)]
    backfill = BackfillView(FakeDagster("COMPLETED_FAILED", [only], asset_counts=(0, 10), keys=keys), "abcdefgh").look()
    assert [(each.partition, each.status) for each in backfill.failed] == [("t1...t10", "FAILURE")]


@pytest.mark.parametrize("healthy", [True, False])
def test_missing_daemons_are_named(healthy: bool) -> None:
    view = BackfillView(FakeDagster("REQUESTED", [], healthy=healthy), "abcdefgh")
    view.look()
    assert view.missing_daemons == ([] if healthy else ["BACKFILL"])
