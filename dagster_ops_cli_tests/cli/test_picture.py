"""Pictures that change while a command waits."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.picture import show_backfill_map
from dagster_ops_cli.cli.progress import _BackfillPicture
from dagster_ops_cli.errors import UnreachableError
from dagster_ops_cli.formatters.terminal.canvas import PLAIN, plain
from dagster_ops_cli.schemas.backfill import Backfill
from dagster_ops_cli.schemas.partition import PartitionState
from dagster_ops_cli_tests.fake_dagster import CREATED, FakeDagster, fake_run
from dagster_ops_cli_tests.invoke import invoke

WINDOW = (80, 24)


def dagster_of(status: str) -> FakeDagster:
    step = {"stepKey": "extract", "status": "IN_PROGRESS", "startTime": CREATED + 1, "endTime": None, "attempts": []}
    dagster = FakeDagster.of(fake_run("r", status, startTime=CREATED, stepStats=[step]))
    plan = {
        "__typename": "Run",
        "stepKeysToExecute": ["extract"],
        "executionPlan": {"steps": [{"key": "extract", "inputs": []}]},
    }
    dagster.answers["OpsGetRunPlan"] = lambda variables: {"runOrError": plan}
    return dagster


def end(dagster: FakeDagster) -> None:
    dagster.runs["r"] |= {"status": "SUCCESS", "endTime": CREATED + 9}
    attempt = {"startTime": CREATED + 1, "endTime": CREATED + 8}
    dagster.runs["r"]["stepStats"][0] |= {"status": "SUCCESS", "endTime": CREATED + 8, "attempts": [attempt]}


def test_a_pipe_gets_the_picture_once_when_the_run_has_ended() -> None:
    dagster = dagster_of("STARTED")
    ops = Ops(connect=lambda settings, observe: dagster, sleep=lambda seconds: end(dagster))
    outcome = invoke("ops api run timeline r --follow", ops)
    assert outcome.exit_code == 0
    assert outcome.stdout.count("Run r nightly") == 1
    assert "+ SUCCESS, took 9.0s" in outcome.stdout


def test_a_terminal_shows_each_look_and_keeps_the_last() -> None:
    dagster = dagster_of("STARTED")
    ops = Ops(connect=lambda settings, observe: dagster, sleep=lambda seconds: end(dagster))
    outcome = invoke("ops api run timeline r --follow --no-color", ops, WINDOW)
    assert outcome.exit_code == 0
    assert "● STARTED" in outcome.stdout
    kept = outcome.stdout[outcome.stdout.rindex("\x1b[2K") :]
    assert "✓ SUCCESS, took 9.0s" in kept
    assert outcome.stdout.count("\x1b[?25l") == outcome.stdout.count("\x1b[?25h") == 1


def interrupted(seconds: float) -> None:
    raise KeyboardInterrupt


def test_ctrl_c_says_that_the_run_goes_on() -> None:
    dagster = dagster_of("STARTED")
    ops = Ops(connect=lambda settings, observe: dagster, sleep=interrupted)
    outcome = invoke("ops api run timeline r --follow", ops, WINDOW)
    assert outcome.exit_code == 130
    assert "Interrupted; run r is still running" in outcome.stderr
    assert "ops api run watch r" in outcome.stderr


def test_ctrl_c_leaves_the_last_known_document() -> None:
    dagster = dagster_of("STARTED")
    ops = Ops(connect=lambda settings, observe: dagster, sleep=interrupted)
    outcome = invoke("ops api run timeline r --follow --json", ops)
    assert outcome.exit_code == 130
    assert json.loads(outcome.stdout)["status"] == "STARTED"
    assert json.loads(outcome.stderr)["code"] == "INTERRUPTED"


def test_the_runs_of_jobs_are_followed_until_ctrl_c() -> None:
    dagster = dagster_of("STARTED")
    left = iter([None, None])

    def sleep(seconds: float) -> None:
        if next(left, KeyboardInterrupt) is KeyboardInterrupt:
            raise KeyboardInterrupt

    ops = Ops(connect=lambda settings, observe: dagster, sleep=sleep)
    outcome = invoke("ops api run timeline --since 1h --follow", ops, WINDOW)
    assert outcome.exit_code == 130
    # Each look asks for the runs that were updated, and for those that are unfinished.
    assert len(dagster.asked) == 2 * 3


@dataclass
class Backfills:
    """What the picture of a backfill asks; ``fails`` has Dagster unreachable."""

    fails: bool = False
    asked: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    drawer: bool = True

    def note(self, text: str) -> None:
        self.notes.append(text)

    @property
    def backfills(self) -> "Backfills":
        return self

    def list_partitions(self, backfill_id: str) -> Sequence[PartitionState]:
        self.asked.append(backfill_id)
        if self.fails:
            raise UnreachableError("Dagster is away")
        return [PartitionState(partition=key, status="SUCCESS") for key in ("a", "b")]


def backfill(total: int = 2, **counts: int) -> Backfill:
    return Backfill(id="b1", state="running", strategy="backfill", total=total, counts=counts, tags={}, url="")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    times = [100.0]
    monkeypatch.setattr("dagster_ops_cli.cli.progress.time.monotonic", lambda: times[0])
    return times


def picture_of(known: Backfills) -> _BackfillPicture:
    return _BackfillPicture(cast("Any", known))


def test_the_partitions_of_a_backfill_are_read_again_only_after_a_change(clock: list[float]) -> None:
    known = Backfills()
    picture = picture_of(known)
    assert "b1: 2 partitions" in plain(picture.update(backfill(SUCCESS=1))(PLAIN))
    picture.update(backfill(SUCCESS=1))
    assert len(known.asked) == 1
    picture.update(backfill(SUCCESS=2))
    assert len(known.asked) == 2


def test_reading_takes_at_most_a_tenth_of_the_time(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    known = Backfills()
    picture = picture_of(known)
    read = Backfills.list_partitions

    def slowly(self: Backfills, backfill_id: str) -> Sequence[PartitionState]:
        clock[0] += 5
        return read(self, backfill_id)

    monkeypatch.setattr(Backfills, "list_partitions", slowly)
    for second in range(100):
        clock[0] = max(clock[0], 100.0 + second)
        picture.update(backfill(SUCCESS=second))
    assert len(known.asked) == 2


def test_a_failure_keeps_the_picture_and_the_wait_goes_on(clock: list[float]) -> None:
    known = Backfills()
    picture = picture_of(known)
    before = plain(picture.update(backfill(SUCCESS=1))(PLAIN))
    known.fails = True
    assert plain(picture.update(backfill(SUCCESS=2))(PLAIN)) == before
    known.fails = False
    picture.update(backfill(SUCCESS=2))
    assert len(known.asked) == 3


@pytest.mark.parametrize("total", [1, 10_001])
def test_backfills_of_one_partition_or_of_very_many_have_no_live_picture(clock: list[float], total: int) -> None:
    known = Backfills()
    assert picture_of(known).update(backfill(total, SUCCESS=1))(PLAIN) == ()
    assert not known.asked


def test_a_picture_that_can_not_be_drawn_does_not_change_the_outcome() -> None:
    known = Backfills(fails=True)
    show_backfill_map(cast("Any", known), backfill(20_000, SUCCESS=1))
    assert known.notes == [
        "Reading the runs of 20,000 partitions for their picture (--plain leaves it out) ...",
        "No picture: Dagster is away",
    ]
