"""Launched once: several commands, in any order, against a model of Dagster, and each sequence ends as promised.

Commands are killed, stopped, continued and interrupted anywhere; requests are refused, lost, answered to nobody, or
arrive late; runs are deleted, canceled and launched again by others. A few hundred sequences; ``make fuzz`` tries more.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, pairwise
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
import yaml
from hypothesis import given, note, settings
from hypothesis import strategies as st

from dagster_ops_cli.cli.api.backfill.retry import retry_backfill
from dagster_ops_cli.cli.waiting import cancel_backfill
from dagster_ops_cli.errors import ConflictError, OpsError
from dagster_ops_cli.schemas.backfill import Backfill
from dagster_ops_cli.schemas.backfill.config import BackfillConfig
from dagster_ops_cli.scripts.backfill import run
from dagster_ops_cli.scripts.script import Options, Outcome
from dagster_ops_cli_tests.launchers import Fault, Launcher, ModelSession, Sent, World
from dagster_ops_cli_tests.model_dagster import DAILY_JOB, GRID_JOB, ModelBackfill, ModelRun

pytestmark = pytest.mark.slow

# A sequence has many commands, so these tests together try as many as other tests try inputs of one kind.
SEQUENCES = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "fuzz" else 300
# How many runs are launched with one request: what a pause, or a request that arrives late, can launch twice.
BATCH = 10
# How many more runs two commands may launch twice at the end of a launch without any pause.
WHERE_THEY_MEET = BATCH
# Seconds for which a cancel waits, because it would wait forever if no command launches any more.
PATIENCE = 600.0

Action = tuple[Any, ...]
Work = Callable[[Launcher], Outcome]


def some(share: float) -> settings:
    """Settings for a test that tries its share of the sequences."""
    return settings(max_examples=int(SEQUENCES * share), print_blob=False)


# The launched file.


@dataclass(frozen=True)
class File:
    """A configuration file and its partitions."""

    job: str = DAILY_JOB
    strategy: str = "runs"
    values: str = "all"
    days: int = 12
    has_config: bool = False

    def config(self, max_concurrent: int = 20) -> BackfillConfig:
        dates = {"start": "2024-01-01", "end": f"2024-01-{self.days:02}"}
        entries: list[dict[str, Any]] = [{"name": "day", "values": "all" if self.values == "all" else dates}]
        if self.job == GRID_JOB:
            entries.append({"name": "zone", "values": ["a", "b"]})
        content: dict[str, Any] = {
            "job_name": self.job,
            "tags": {"name": "#1", "partitions": entries},
            "strategy": self.strategy,
            "run_tags": {"team": "air"},
        }
        if self.strategy == "runs":
            content["max_concurrent"] = max_concurrent
        if self.has_config:
            content["run_config"] = RUN_CONFIG
        if self.values == "missing":
            content["backfill_policy"] = {"policy": "missing"}
        return BackfillConfig.model_validate(content)


RUN_CONFIG = {"ops": {"fetch": {"config": {"retries": 3}}}}

FILES = st.builds(
    File,
    job=st.sampled_from([DAILY_JOB, DAILY_JOB, GRID_JOB]),
    values=st.sampled_from(["range", "all", "missing"]),
    days=st.integers(1, 14),
    has_config=st.booleans(),
)


# The state of a launch in the model.


def number_of_attempt(tags: Mapping[str, str]) -> tuple[int, str]:
    """Return the attempt of a run; launches of earlier versions only have the backfill that they retry."""
    return int(tags.get("ops/attempt", "1")), tags.get("ops/retry-of", "")


@dataclass
class Launches:
    """The members of a file in the model by attempt and partition, oldest first."""

    world: World
    config_hash: str

    def members(self, attempt: tuple[int, str] | None = None) -> dict[tuple[tuple[int, str], str], list[ModelRun]]:
        found: dict[tuple[tuple[int, str], str], list[ModelRun]] = {}
        for each in self.world.dagster.with_tags({"ops/config": self.config_hash}):
            if is_member(each) and attempt in (None, number_of_attempt(each.tags)):
                found.setdefault((number_of_attempt(each.tags), str(each.partition)), []).append(each)
        return found

    def keys(self, attempt: tuple[int, str] | None = None) -> set[str]:
        return {key for _, key in self.members(attempt)}

    def duplicates(self) -> list[ModelRun]:
        return [run for runs in self.members().values() for run in runs[1:]]

    def is_first(self, run: ModelRun) -> bool:
        runs = self.members().get((number_of_attempt(run.tags), str(run.partition)), [])
        return bool(runs) and runs[0] is run

    def latest(self) -> dict[str, ModelRun]:
        """Return the run that counts for each partition: the last re-execution of the first run of the last attempt."""
        latest: dict[str, ModelRun] = {}
        for (_, key), runs in sorted(self.members().items(), key=lambda each: each[0]):
            family = [each for each in self.world.dagster.runs.values() if runs[0].id in (each.id, each.root)]
            latest[key] = max(family, key=lambda each: each.number)
        return latest

    def canceled(self) -> list[ModelRun]:
        """Return the canceled members of the last attempt, without duplicates."""
        members = self.members()
        last = max((attempt for attempt, _ in members), default=None)
        firsts = [runs[0] for (attempt, _), runs in members.items() if attempt == last]
        return [run for run in firsts if run.status in ("CANCELED", "CANCELING")]


def is_member(run: ModelRun) -> bool:
    return "ops/launch" in run.tags and run.parent is None and "dagster/backfill" not in run.tags


# Sequences.


@dataclass
class Play:
    """A sequence of actions on a world: which commands start, which one continues, and what happens to them."""

    world: World
    file: File
    max_concurrent: int = 20
    began: list[Launcher] = field(default_factory=list)
    was_disturbed: bool = False
    broken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.launches = Launches(self.world, self.file.config().config_hash)
        self.world.on_stop = self._check_stop

    # Commands.

    def launch(self, wait: bool = True, again: bool = False) -> Launcher:
        config = self.file.config(self.max_concurrent)
        return self._begin(lambda launcher: run(config, session(launcher, wait, again)), "launch")

    def retry(self, of: str) -> Launcher:
        limit = self.max_concurrent
        return self._begin(lambda launcher: retry_backfill(session(launcher), of, limit), "retry")

    def cancel(self, of: str, wait: bool = True) -> Launcher:
        return self._begin(lambda launcher: cancel_backfill(session(launcher, wait, timeout=PATIENCE), of), "cancel")

    def _begin(self, work: Work, name: str) -> Launcher:
        self.began.append(self.world.add(work, name))
        self.world.tell(f"{self.began[-1].name} is started")
        return self.began[-1]

    def ids(self) -> list[str]:
        """The ids of all attempts, the first one first."""
        dagster, config_hash = self.world.dagster, self.launches.config_hash
        members = [run for run in dagster.with_tags({"ops/config": config_hash}) if is_member(run)]
        native = [each.id for each in dagster.backfills.values() if each.tags.get("ops/config") == config_hash]
        return list(dict.fromkeys([*(run.tags["ops/launch"] for run in members), *native]))

    # Invariants.

    def _check_stop(self, stopped: ModelRun | ModelBackfill) -> None:
        sent = stopped.canceled_by
        if not isinstance(sent, Sent) or sent.by.name.startswith("cancel") or not isinstance(stopped, ModelRun):
            return
        last = max((attempt for attempt, _ in self.launches.members()), default=None)
        if self.launches.canceled() or number_of_attempt(stopped.tags) != last:
            # Then each worker stops what it has launched since.
            return
        if stopped.parent is not None:
            self.broken.append(f"{sent.by.name} stopped {stopped.id[:8]}, which somebody launched again")
        elif self.launches.is_first(stopped):
            self.broken.append(f"{sent.by.name} stopped {stopped.id[:8]}, the run of {stopped.partition}")

    # Actions.

    def act(self, action: Action) -> None:
        getattr(self, f"_{action[0]}")(*action[1:])
        for launcher in self.began:
            check_end(launcher)

    def _some(self, number: int) -> Launcher | None:
        """Return a command that can continue now; if none can, the one that continues first."""
        alive = self.world.alive()
        free = [each for each in alive if each.paused_until <= self.world.now]
        if free:
            return free[number % len(free)]
        return min(alive, key=lambda each: each.paused_until, default=None)

    def _start(self, wait: bool) -> None:
        if len(self.world.alive()) < 3 and len(self.began) < 6:
            self.launch(wait)

    def _again(self) -> None:
        if len(self.world.alive()) < 3:
            self.launch(again=True)

    def _retry(self, number: int) -> None:
        if (known := self.ids()) and len(self.world.alive()) < 3:
            self.retry(known[number % len(known)])

    def _cancel(self, wait: bool, number: int) -> None:
        if (known := self.ids()) and len(self.world.alive()) < 3:
            self.cancel(known[number % len(known)], wait)

    def _turns(self, number: int, turns: int) -> None:
        for _ in range(turns):
            if launcher := self._some(number):
                self.world.take_turn(launcher)

    def _pause(self, number: int, stops: int, seconds: float) -> None:
        if launcher := self._some(number):
            self.world.pause(launcher, stops, seconds)

    def _kill(self, number: int, stops: int) -> None:
        if launcher := self._some(number):
            self._go(launcher, stops)
            self.world.tell(f"{launcher.name} is killed: it {launcher.at.value}")
            launcher.kill()

    def _kill_late(self, number: int, stops: int, after: float) -> None:
        if launcher := self._some(number):
            self._go(launcher, stops)
            self.world.tell(f"{launcher.name} is killed: it {launcher.at.value}")
            launcher.kill_with_request_on_its_way(after)

    def _interrupt(self, number: int, stops: int) -> None:
        if launcher := self._some(number):
            self.was_disturbed = True
            self._go(launcher, stops)
            self.world.tell(f"{launcher.name} is interrupted: it {launcher.at.value}")
            launcher.interrupt()
            if not launcher.is_over:
                self.world.take_turn(launcher)

    def _go(self, launcher: Launcher, stops: int) -> None:
        left = [stops]

        def lets_pass(at: object) -> bool:
            left[0] -= 1
            return left[0] > 0

        if stops:
            launcher.resume(lets_pass)

    def _fault(self, number: int, fault: Fault, after: float) -> None:
        if launcher := self._some(number):
            self.was_disturbed = True
            self.world.tell(f"{launcher.name}: the next request: {fault.value}")
            launcher.fault = (fault, after)

    def _pass(self, seconds: float) -> None:
        self.world.advance(self.world.now + seconds)

    def _end(self, number: int, count: int) -> None:
        for each in self.world.dagster.unfinished()[number % 5 :][:count]:
            self.world.dagster.end(each, self.world.outcome_of(each))

    def _starting(self, number: int) -> None:
        if queued := [each for each in self.world.dagster.unfinished() if each.status == "QUEUED"]:
            self.world.dagster.start(queued[number % len(queued)], "STARTING")

    def _delete(self, number: int) -> None:
        """Delete a run without re-executions that is the only one of its partition."""
        parents = {each.parent for each in self.world.dagster.runs.values()}
        alone = [runs[0] for runs in self.launches.members().values() if len(runs) == 1]
        if self.file.values == "missing":
            # The missing partitions are then looked up again.
            return
        free = [each for each in alone if each.id not in parents and each.status not in ("CANCELED", "CANCELING")]
        if free:
            deleted = free[number % len(free)]
            self.was_disturbed = True
            self.world.tell(f"{deleted.id[:8]} of {deleted.partition} is deleted")
            self.world.dagster.delete(deleted)

    def _reexecute(self, number: int) -> None:
        ended = [each for each in self.world.dagster.runs.values() if each.is_finished]
        if ended:
            self.world.dagster.reexecute(ended[number % len(ended)])

    def _concurrency(self, most: int) -> None:
        self.max_concurrent = most

    def _partitions(self, days: int) -> None:
        """Add or remove partitions, but never those that the file names."""
        self.was_disturbed = True
        self.world.dagster.days = max(self.file.days, self.world.dagster.days + days)

    def _ui_cancel(self, number: int) -> None:
        firsts = [runs[0] for runs in self.launches.members().values()]
        if open_ := [each for each in firsts if not each.is_finished]:
            self.world.dagster.cancel(open_[number % len(open_)])

    def _repair(self, is_broken: bool) -> None:
        self.was_disturbed = True
        self.world.dagster.is_broken = is_broken

    # The end.

    def stop_faults(self) -> None:
        """Run all commands to their end, without further faults."""
        self.world.tell("faults stop")
        for launcher in self.began:
            launcher.fault = None
        self.world.dagster.is_broken = False
        self.world.end_by_themselves()
        self.world.finish()
        self.world.flush()
        for launcher in self.began:
            check_end(launcher)
            if launcher.name.startswith("launch") and not self.was_disturbed:
                assert launcher.error is None, f"{launcher.name} failed, and nothing disturbed it: {launcher.error}"

    def last(self, launcher: Launcher) -> Outcome:
        """Run one command alone to its end, and return its outcome."""
        self.world.finish([launcher])
        if launcher.error:
            raise launcher.error
        assert launcher.outcome
        return launcher.outcome


def session(launcher: Launcher, wait: bool = True, again: bool = False, timeout: float | None = None) -> ModelSession:
    return ModelSession(launcher, Options(wait=wait, again=again, wait_timeout=timeout, interval=5.0))


def check_end(launcher: Launcher) -> None:
    """No command ends with anything but an outcome or an error of ours; Ctrl-C is the caller's."""
    error = launcher.error
    if error is None or isinstance(error, OpsError):
        return
    if not (isinstance(error, KeyboardInterrupt) and launcher.was_interrupted):
        raise error


@contextmanager
def played(file: File, run_seconds: float | None = 3.0, fails: Mapping[str, int] | None = None) -> Iterator[Play]:
    """A world in which a file is launched. If a test fails, its history is shown."""
    world = World(file.days, run_seconds, fails)
    play = Play(world, file)
    numbers = count()
    try:
        # The same sequence makes the same values each time.
        with patch("uuid.uuid4", lambda: UUID(int=next(numbers) << 96)):
            yield play
    except BaseException:
        note("\n".join(world.told))
        for launcher in play.began:
            note(f"{launcher.name}: {launcher.notes} -> {launcher.outcome or repr(launcher.error)}")
        raise
    finally:
        world.close()


NUMBERS = st.integers(0, 4)
STOPS = st.integers(1, 40)
SECONDS = st.sampled_from([0.5, 3.0, 8.0, 20.0, 90.0, 900.0])
TURNS = st.tuples(st.just("turns"), NUMBERS, st.integers(1, 5))
START = st.tuples(st.just("start"), st.sampled_from([True, True, False]))
PAUSE = st.tuples(st.just("pause"), NUMBERS, STOPS, SECONDS)
KILL = st.tuples(st.just("kill"), NUMBERS, STOPS)
KILL_LATE = st.tuples(st.just("kill_late"), NUMBERS, STOPS, SECONDS)
INTERRUPT = st.tuples(st.just("interrupt"), NUMBERS, STOPS)
FAULT = st.tuples(st.just("fault"), NUMBERS, st.sampled_from(list(Fault)), SECONDS)
PASS = st.tuples(st.just("pass"), SECONDS)
END = st.tuples(st.just("end"), NUMBERS, st.integers(1, 10))
STARTING = st.tuples(st.just("starting"), NUMBERS)
DELETE = st.tuples(st.just("delete"), st.integers(0, 60))
REEXECUTE = st.tuples(st.just("reexecute"), st.integers(0, 60))
CONCURRENCY = st.tuples(st.just("concurrency"), st.sampled_from([1, 2, 4, 10, 50]))
PARTITIONS = st.tuples(st.just("partitions"), st.sampled_from([1, 2]))
FEWER_PARTITIONS = st.tuples(st.just("partitions"), st.sampled_from([-1, -2]))
UI_CANCEL = st.tuples(st.just("ui_cancel"), st.integers(0, 60))
CANCEL = st.tuples(st.just("cancel"), st.booleans(), st.just(0))
RETRY = st.tuples(st.just("retry"), st.just(0))
CANCEL_ANY = st.tuples(st.just("cancel"), st.booleans(), NUMBERS)
RETRY_ANY = st.tuples(st.just("retry"), NUMBERS)
AGAIN = st.tuples(st.just("again"))
REPAIR = st.tuples(st.just("repair"), st.booleans())

DISTURBED = (TURNS, TURNS, START, START, PAUSE, KILL, KILL_LATE, INTERRUPT, FAULT, PASS, END, CONCURRENCY)
RUN_SECONDS = st.sampled_from([0.0, 3.0, 30.0, None])
FAILS = st.dictionaries(st.sampled_from([f"2024-01-{day:02}" for day in range(1, 13)]), st.integers(1, 3), max_size=4)


def sequences(*actions: st.SearchStrategy[Action]) -> st.SearchStrategy[list[Action]]:
    """Sequences of actions; by themselves, lists would be short most of the time."""
    each = st.one_of(*actions)
    return st.lists(each, max_size=6) | st.lists(each, min_size=10, max_size=30)


# Promises.


def check_members(play: Play) -> None:
    """Each run has everything that the file and Dagster give it."""
    wanted = RUN_CONFIG if play.file.has_config else {}
    for (_, key), runs in play.launches.members().items():
        for each in runs:
            config = yaml.safe_load(each.config) if isinstance(each.config, str) else each.config
            assert (config or {}) == wanted, f"the run of {key} has the config {config}"
            own = play.world.dagster._partition_tags(play.file.job, key)
            assert {**own, "team": "air", "ops/backfill": "#1"}.items() <= each.tags.items()


def check_duplicates(play: Play, allowed: int = 0) -> None:
    """There are no more duplicates than allowed, none that a look could have prevented, and none is unfinished."""
    duplicates = play.launches.duplicates()
    for (_, key), runs in play.launches.members().items():
        for earlier, later in pairwise(runs):
            if not isinstance(later.by, Sent):
                continue
            name = later.by.by.name
            assert later.by.looked < earlier.launched_at, f"{name} launched {key}, of which it had seen the run"
            told = f"{name} launched others when there was a run of {key}, and then {key}, without a look in between"
            assert later.by.launched < earlier.launched_at, told
    assert len(duplicates) <= allowed, f"{len(duplicates)} duplicates; {allowed} can be explained"
    assert not play.broken, play.broken
    working = [each for each in duplicates if not (each.is_finished or each.status == "CANCELING")]
    assert not working, f"duplicates go on: {[each.partition for each in working]}"


def check_backfills(play: Play) -> list[ModelBackfill]:
    """Of each attempt, only the first native backfill is not canceled; return these backfills."""
    of_attempt: dict[tuple[int, str], list[ModelBackfill]] = {}
    for each in play.world.dagster.backfills.values():
        of_attempt.setdefault(number_of_attempt(each.tags), []).append(each)
    for first, *younger in of_attempt.values():
        if play.world.delayed == play.world.paused == 0:
            beside = [each.id for each in younger if each.status != "CANCELED"]
            assert not beside, f"{beside} go on beside {first.id}"
    return [first for first, *_ in of_attempt.values()]


def allowed_duplicates(world: World) -> int:
    return BATCH * (world.paused + world.delayed)


def check_document(play: Play, outcome: Outcome, keys: Sequence[str]) -> None:
    """State, counts and exit code are those of the latest run of each partition."""
    shown = outcome.model
    assert isinstance(shown, Backfill)
    latest = play.launches.latest()
    counts = Counter(latest[key].status if key in latest else "NOT_STARTED" for key in keys)
    states = expected_states(counts, bool(play.launches.canceled()))
    told = f"{shown.state}, {shown.counts}, exit {outcome.exit_code}; by the model {states}, {dict(counts)}"
    assert shown.state in states, told
    assert shown.counts == dict(counts), told
    assert shown.total == len(keys), told
    assert outcome.exit_code == (0 if shown.state == "succeeded" else 1), told
    bad = {key for key in keys if key not in latest or latest[key].status != "SUCCESS"}
    named = {each.partition for each in shown.failed}
    assert named == bad, f"{sorted(named)} are said not to have succeeded, not {sorted(bad)}"


def expected_states(counts: Mapping[str, int], was_canceled: bool) -> set[str]:
    if counts.keys() <= {"SUCCESS"}:
        return {"succeeded"}
    if counts.get("CANCELED") or counts.get("NOT_STARTED"):
        return {"canceled"}
    # A canceled launch was launched again, and a run has failed since.
    return {"failed", "canceled"} if was_canceled else {"failed"}


def keys_of(file: File) -> list[str]:
    """Return the partitions that a file had from the beginning."""
    return World(file.days).dagster.keys_of(file.job)


@some(0.25)
@given(FILES, FAILS, RUN_SECONDS, sequences(*DISTURBED, DELETE, REEXECUTE, PARTITIONS, STARTING))
def test_every_partition_is_run(
    file: File, fails: Mapping[str, int], run_seconds: float | None, actions: list[Action]
) -> None:
    with played(file, run_seconds, fails) as play:
        play.launch()
        for action in actions:
            play.act(action)
        play.stop_faults()
        outcome = play.last(play.launch())
        missing = set(keys_of(file)) - play.launches.keys()
        assert not missing, f"never launched: {sorted(missing)}"
        check_members(play)
        check_duplicates(play, allowed_duplicates(play.world))
        # Partitions that appeared later belong to this launch only if it started with them.
        launched = play.launches.keys()
        check_document(play, outcome, [key for key in play.world.dagster.keys_of(file.job) if key in launched])


@some(0.05)
@given(FILES, FAILS, st.sampled_from([0.0, 3.0, 30.0]), st.lists(st.tuples(SECONDS, CONCURRENCY), max_size=2))
def test_launchers_that_nothing_disturbs_launch_nothing_twice(
    file: File, fails: Mapping[str, int], run_seconds: float, others: list[tuple[float, Action]]
) -> None:
    with played(file, run_seconds, fails) as play:
        launchers = [play.launch()]
        most = play.max_concurrent
        for seconds, (_, max_concurrent) in others:
            until = play.world.now + seconds
            while early := [each for each in play.world.alive() if each.wakes < until]:
                play.world.take_turn(min(early, key=lambda each: each.wakes))
            play.world.advance(until)
            play.max_concurrent = max_concurrent
            most = max(most, max_concurrent)
            launchers.append(play.launch())
        play.world.finish()
        outcomes = [play.last(each) for each in launchers]
        assert play.launches.keys() == set(keys_of(file))
        check_members(play)
        check_duplicates(play)
        for outcome in outcomes:
            check_document(play, outcome, keys_of(file))


@some(0.05)
@given(FILES, st.integers(0, 10_000), st.lists(st.floats(1.0, 20.0), min_size=1, max_size=2))
def test_launchers_that_meet(file: File, seed: int, gaps: list[float]) -> None:
    """Requests are slow, so that two commands may launch the last partitions at the same moment."""
    random = Random(seed)
    with played(file, 10.0) as play:
        for gap in [0.0, *gaps]:
            play.world.advance(play.world.now + gap)
            play.launch().latency = lambda: random.uniform(0.01, 0.15)
            until = play.world.now + gap
            while early := [each for each in play.world.alive() if each.wakes < until]:
                play.world.take_turn(min(early, key=lambda each: each.wakes))
        play.world.finish()
        outcome = play.last(play.launch())
        assert play.launches.keys() == set(keys_of(file))
        check_duplicates(play, WHERE_THEY_MEET * len(gaps))
        check_document(play, outcome, keys_of(file))


@some(0.05)
@given(FILES, st.lists(st.integers(1, 12), min_size=1, max_size=3), st.sampled_from([0.0, 3.0, 30.0]))
def test_max_concurrent_counts_the_runs_of_all(file: File, limits: list[int], run_seconds: float) -> None:
    with played(file, run_seconds) as play:
        limit_of: dict[Launcher, int] = {}
        above: list[str] = []
        launched = play.world.dagster.launched

        def count_working(run: ModelRun | ModelBackfill) -> None:
            launched(run)
            working = len([each for each in play.world.dagster.unfinished() if each is not run]) + 1
            if isinstance(run.by, Sent) and working > limit_of[run.by.by]:
                above.append(f"{run.by.by.name} has {working}, and may have {limit_of[run.by.by]}")

        play.world.dagster.launched = count_working
        for limit in limits:
            play.max_concurrent = limit
            launcher = play.launch()
            limit_of[launcher] = limit
            play.world.take_turn(launcher)
        play.world.finish()
        assert not above, above
        check_duplicates(play)


@some(0.05)
@given(FILES, st.sets(st.integers(0, 13), min_size=1, max_size=4), st.integers(1, 2))
def test_what_is_rejected_has_no_run_and_the_others_go_on(file: File, numbers: set[int], launchers: int) -> None:
    with played(file) as play:
        keys = keys_of(file)
        rejected = {keys[number] for number in numbers if number < len(keys) - 1}
        play.world.dagster.rejected = rejected
        for _ in range(launchers):
            play.world.take_turn(play.launch())
        play.world.finish()
        outcomes = [play.last(each) for each in play.began]
        assert play.launches.keys() == set(keys) - rejected
        for outcome in outcomes:
            assert outcome.exit_code == (1 if rejected else 0)
            assert isinstance(outcome.model, Backfill)
            assert outcome.model.state == ("failed" if rejected else "succeeded")
            assert {each.partition for each in outcome.model.failed if each.run_id is None} == rejected


@some(0.15)
@given(
    FILES,
    FAILS,
    RUN_SECONDS,
    sequences(*DISTURBED, REEXECUTE, CANCEL, UI_CANCEL),
    st.one_of(CANCEL, UI_CANCEL),
    sequences(*DISTURBED, CANCEL),
)
def test_what_is_canceled_stays_canceled(
    file: File,
    fails: Mapping[str, int],
    run_seconds: float | None,
    before: list[Action],
    cancel: Action,
    after: list[Action],
) -> None:
    with played(file, run_seconds, fails) as play:
        play.launch()
        for action in [*before, cancel, *after]:
            play.act(action)
        play.stop_faults()
        was_canceled = bool(play.launches.canceled())
        instant = play.world.instant
        outcome = play.last(play.launch())
        check_members(play)
        check_duplicates(play, allowed_duplicates(play.world))
        for each in play.world.dagster.runs.values():
            canceled_at = min((one.ended_at for one in play.launches.canceled() if one.ended_at), default=None)
            if is_member(each) and canceled_at is not None and isinstance(each.by, Sent):
                told = f"{each.by.by.name} launched {each.partition} though it had seen that the launch is canceled"
                assert each.by.looked < canceled_at, told
        if was_canceled:
            late = [run.partition for run in play.world.dagster.runs.values() if run.launched_at > instant]
            assert not late, f"launched after the cancel: {late}"
        check_document(play, outcome, keys_of(file))


@some(0.2)
@given(
    FILES | st.builds(File, strategy=st.just("backfill"), values=st.just("range"), has_config=st.booleans()),
    FAILS,
    st.sampled_from([0.0, 3.0, 30.0]),
    st.lists(st.one_of(TURNS, UI_CANCEL, CANCEL, PASS), max_size=4),
    sequences(*DISTURBED, RETRY, RETRY),
)
def test_retry_launches_what_has_not_succeeded(
    file: File,
    fails: Mapping[str, int],
    run_seconds: float,
    before: list[Action],
    actions: list[Action],
) -> None:
    with played(file, run_seconds, fails) as play:
        play.launch()
        for action in before:
            play.act(action)
        play.stop_faults()
        if not play.ids():
            return
        known = play.ids()[0]
        runs = play.world.dagster.runs
        latest = play.launches.latest() if file.strategy == "runs" else {run.partition: run for run in runs.values()}
        wanted = {key for key in keys_of(file) if key not in latest or latest[key].status != "SUCCESS"}
        if not runs and file.has_config:
            # The run config of a native backfill that was canceled before it had a run is not known.
            with pytest.raises(ConflictError):
                play.last(play.retry(known))
            return
        instant = play.world.instant
        play.retry(known)
        for action in actions:
            play.act(action)
        play.stop_faults()
        play.last(play.retry(known))
        launched = {str(run.partition) for run in runs.values() if run.launched_at > instant}
        assert launched == wanted, f"retried {sorted(launched)}, not {sorted(wanted)}"
        check_backfills(play)
        check_members(play)
        check_duplicates(play, allowed_duplicates(play.world))
        if file.strategy == "runs":
            check_document(play, play.last(play.launch()), keys_of(file))


@some(0.1)
@given(FAILS, RUN_SECONDS, sequences(*DISTURBED, RETRY), st.booleans())
def test_native_backfills_are_launched_once(
    fails: Mapping[str, int], run_seconds: float | None, actions: list[Action], may_retry: bool
) -> None:
    file = File(strategy="backfill", values="range")
    with played(file, run_seconds, fails) as play:
        stopped: list[ModelBackfill] = []
        play.world.on_stop = lambda each: stopped.append(each) if isinstance(each, ModelBackfill) else None
        play.launch()
        for action in actions:
            if may_retry or action[0] != "retry":
                play.act(action)
        play.stop_faults()
        outcome = play.last(play.launch())
        firsts = check_backfills(play)
        assert not set(firsts) & set(stopped), "one that was first was canceled"
        sent = Counter(
            launcher.name
            for launcher in play.began
            for each in launcher.mutations
            if "launchPartitionBackfill" in [getattr(one, "name", "") for one in each.selections]
        )
        assert all(count == 1 for count in sent.values()), f"more than one mutation: {sent}"
        assert isinstance(outcome.model, Backfill)
        assert outcome.exit_code == (0 if outcome.model.state == "succeeded" else 1)
        if not may_retry:
            (first,) = firsts
            runs = play.world.dagster.with_tags({"dagster/backfill": first.id})
            assert outcome.model.id == first.id
            assert outcome.model.counts == dict(Counter(run.status for run in runs))


@some(0.1)
@given(
    FILES,
    FAILS,
    RUN_SECONDS,
    sequences(
        *DISTURBED,
        DELETE,
        REEXECUTE,
        CANCEL_ANY,
        UI_CANCEL,
        RETRY_ANY,
        AGAIN,
        PARTITIONS,
        FEWER_PARTITIONS,
        STARTING,
        REPAIR,
    ),
)
def test_whatever_happens_commands_end(
    file: File, fails: Mapping[str, int], run_seconds: float | None, actions: list[Action]
) -> None:
    with played(file, run_seconds, fails) as play:
        play.launch()
        for action in actions:
            play.act(action)
        play.stop_faults()
        outcome = play.last(play.launch())
        check_members(play)
        assert isinstance(outcome.model, Backfill)
        check_duplicates(play, allowed_duplicates(play.world))
        assert outcome.exit_code == (0 if outcome.model.state == "succeeded" else 1)
