"""Paging through the runs returns each run once, even if runs change at the same time."""

from datetime import datetime, timezone
from typing import Any

import pytest

from dagster_ops_cli import times
from dagster_ops_cli.api.run import RunApi
from dagster_ops_cli.api.run import listing as run_list
from dagster_ops_cli.errors import ConflictError, InvalidRequestError, NotFoundError
from dagster_ops_cli.schemas.run.filter import RunFilter
from dagster_ops_cli_tests.cli.api.test_run import of_jobs
from dagster_ops_cli_tests.fake_dagster import CREATED, FakeDagster, fake_run

EVERY = RunFilter()


def dagster_of(count: int) -> FakeDagster:
    return FakeDagster.of(*(fake_run(f"run-{number:03}") for number in range(count)))


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_list, "PAGE_LIMIT", 4)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 9])
def test_all_runs_come_once(count: int) -> None:
    page = RunApi(dagster_of(count)).list(EVERY)
    assert [run.id for run in page.items] == [f"run-{number:03}" for number in reversed(range(count))]
    assert (page.count, page.cursor, page.has_more) == (count, None, False)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 9])
def test_pages_of_any_size_add_up_while_new_runs_arrive(limit: int) -> None:
    dagster = dagster_of(9)
    runs = RunApi(dagster)
    page = runs.list(EVERY, limit)
    seen = [run.id for run in page.items]
    while page.has_more:
        dagster.runs[f"new-{len(seen)}"] = fake_run(f"new-{len(seen)}")
        page = runs.list(EVERY, limit, page.cursor)
        seen += [run.id for run in page.items]
    assert seen == [f"run-{number:03}" for number in reversed(range(9))]
    assert page.cursor is None


def test_a_run_that_is_deleted_while_it_is_the_cursor_ends_nothing() -> None:
    dagster = dagster_of(12)
    seen = []
    for page in run_list.walk_runs(dagster, EVERY):
        seen += [run.id for run in page.items]
        dagster.runs.pop(page.items[-1].id)
    assert seen == [f"run-{number:03}" for number in reversed(range(12))]


def test_a_page_that_is_deleted_as_a_whole_is_not_taken_for_the_end() -> None:
    dagster = dagster_of(12)
    walk = run_list.walk_runs(dagster, EVERY)
    for run in next(walk).items:
        dagster.runs.pop(run.id)
    with pytest.raises(ConflictError, match="deleted faster"):
        next(walk)


def test_a_cursor_at_the_very_end_is_no_error() -> None:
    page = RunApi(dagster_of(3)).list(EVERY, 5, "run-000")
    assert (page.items, page.cursor, page.has_more) == ([], None, False)


def test_a_cursor_that_is_no_run_is_refused() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        RunApi(dagster_of(3)).list(EVERY, 5, "elsewhere")
    assert caught.value.code == "INVALID_CURSOR"


def dagster_of_durations(*durations: float | None) -> FakeDagster:
    """Runs that took so many seconds, the oldest first; None is one that has never started."""
    return FakeDagster.of(
        *(
            fake_run(
                f"run-{number}", startTime=seconds and CREATED, endTime=None if seconds is None else CREATED + seconds
            )
            for number, seconds in enumerate(durations)
        )
    )


@pytest.mark.parametrize("limit", [None, 1, 2, 3, 4, 9])
def test_longer_runs_come_once_in_pages_of_any_size(limit: int | None) -> None:
    runs = RunApi(dagster_of_durations(9, 1, None, 8, 5, 7, 1, 1, 1, 1, 1, 6, 1))
    seen, page = [], runs.list(RunFilter(longer_than=5), limit)
    while True:
        assert limit is None or len(page.items) == limit or not page.has_more
        seen += [run.id for run in page.items]
        if not page.has_more:
            break
        page = runs.list(RunFilter(longer_than=5), limit, page.cursor)
    assert seen == ["run-11", "run-5", "run-3", "run-0"]
    assert page.cursor is None


def test_a_run_that_still_runs_is_as_long_as_it_has_run_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "now", lambda: datetime.fromtimestamp(CREATED + 7200, timezone.utc))
    dagster = FakeDagster.of(fake_run("long", "STARTED", startTime=CREATED), fake_run("queued", "QUEUED"))
    (run,) = RunApi(dagster).list(RunFilter(longer_than=7199)).items
    assert (run.id, run.duration) == ("long", 7200)
    assert RunApi(dagster).list(RunFilter(longer_than=7200)).items == []


def test_where_nothing_is_longer_the_list_is_empty() -> None:
    page = RunApi(dagster_of_durations(*[1.0] * 9)).list(RunFilter(longer_than=5), 3)
    assert (page.items, page.cursor, page.has_more) == ([], None, False)


def in_location(run_id: str, location: str | None, **fields: Any) -> dict[str, Any]:
    return fake_run(run_id, repositoryOrigin=location and {"repositoryLocationName": location}, **fields)


@pytest.mark.parametrize("limit", [None, 1, 2, 3, 9])
def test_runs_of_a_location_come_once_in_pages_of_any_size(limit: int | None) -> None:
    places = ("here", "there", None, "here", "there", "there", "here", "there")
    runs = RunApi(FakeDagster.of(*(in_location(f"run-{number}", place) for number, place in enumerate(places))))
    here = RunFilter(location_name="here")
    seen, page = [], runs.list(here, limit)
    while True:
        assert limit is None or len(page.items) == limit or not page.has_more
        seen += [(run.id, run.location_name) for run in page.items]
        if not page.has_more:
            break
        page = runs.list(here, limit, page.cursor)
    assert seen == [("run-6", "here"), ("run-3", "here"), ("run-0", "here")]


def test_a_location_without_runs_is_looked_up() -> None:
    dagster = FakeDagster.of(in_location("one", "elsewhere"))
    dagster.answers["OpsListJobs"] = of_jobs("nightly")
    assert RunApi(dagster).list(RunFilter(location_name="here")).items == []
    with pytest.raises(NotFoundError, match="no code location 'hree'") as caught:
        RunApi(dagster).list(RunFilter(location_name="hree"))
    assert caught.value.code == "LOCATION_NOT_FOUND"
    assert "here" in (caught.value.hint or "")


def test_every_run_has_its_page_in_the_ui() -> None:
    (run,) = RunApi(FakeDagster.of(fake_run("one"))).list(EVERY).items
    assert run.url == "http://localhost:3000/runs/one"
