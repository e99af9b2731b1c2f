"""Which runs retention keeps, and how fast the others are deleted."""

from datetime import datetime, timezone
from typing import Any

from dagster_ops_cli.api.run.bulk import RunBulkApi
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.schemas.run.filter import RunFilter
from dagster_ops_cli_tests.api.clock import Clock
from dagster_ops_cli_tests.fake_dagster import CREATED, FakeDagster, fake_run


def run(number: int, job: str = "nightly", **fields: Any) -> dict[str, Any]:
    return fake_run(str(number), jobName=job, creationTime=CREATED + number, repositoryOrigin=None, **fields)


class TimedDagster(FakeDagster):
    """Applies the filter for the time of creation as well."""

    def _listed(self, wanted: dict[str, Any], cursor: str | None, limit: int | None) -> list[dict[str, Any]]:
        before = wanted.get("createdBefore")
        found = super()._listed(wanted, cursor, None)
        return [each for each in found if before is None or each["creationTime"] < before][: limit or None]


def selected(dagster: FakeDagster, run_filter: RunFilter, keep_last: int) -> list[str]:
    return [each.id for each in RunBulkApi(dagster).select(run_filter, keep_last=keep_last).runs]


def test_the_newest_of_each_job_are_kept() -> None:
    runs = [run(1), run(2), run(3, "hourly"), run(4), run(5, "hourly"), run(6, "hourly"), run(7, "weekly")]
    assert selected(FakeDagster.of(*runs), RunFilter(), 2) == ["3", "1"]
    assert selected(FakeDagster.of(*runs), RunFilter(), 0) == ["7", "6", "5", "4", "3", "2", "1"]


def test_a_job_of_the_same_name_elsewhere_is_another_one() -> None:
    here, there = ({"repositoryLocationName": name} for name in ("here", "there"))
    runs = [run(number) | {"repositoryOrigin": here if number % 2 else there} for number in range(1, 5)]
    assert selected(FakeDagster.of(*runs), RunFilter(), 1) == ["2", "1"]


def test_the_newest_are_counted_before_times_apply() -> None:
    runs = [run(number) for number in range(1, 7)]
    old = RunFilter(created_before=datetime.fromtimestamp(CREATED + 4, timezone.utc))
    assert selected(TimedDagster.of(*runs), old, 1) == ["3", "2", "1"]
    assert selected(TimedDagster.of(*runs), old, 5) == ["1"]
    assert selected(TimedDagster.of(*runs), old, 6) == []


def test_deleting_is_no_faster_than_asked_for() -> None:
    runs = [run(number) for number in range(1, 6)]
    dagster = FakeDagster.of(*runs)
    clock = Clock()

    def delete(variables: dict[str, Any]) -> dict[str, Any]:
        del dagster.runs[variables["runId"]]
        clock.now += 0.05
        return {"deletePipelineRun": {"__typename": "DeletePipelineRunSuccess", "runId": variables["runId"]}}

    dagster.answers["OpsDeleteRun"] = delete
    bulk = RunBulkApi(dagster, Poll(sleep=clock.sleep, clock=clock.time))
    results = [each for batch in bulk.delete(bulk.select(RunFilter()).runs, per_second=5) for each in batch]
    assert all(each.done for each in results)
    assert [round(each, 2) for each in clock.slept] == [0.15] * 4
