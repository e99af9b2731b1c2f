"""Commands that use one model of Dagster at the same time, with their steps in the order that a test chooses.

Every command has a thread, and only one thread runs at a time. A command stops before and after each request, and when
it sleeps. All commands share one clock, which advances only while they sleep.
"""

import heapq
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import inf
from typing import Any, TypeVar

from dagster_ops_cli.api.backfill import BackfillApi, Following
from dagster_ops_cli.api.pool import PoolApi
from dagster_ops_cli.api.run import RunApi
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.cli.waiting import follow_backfill, follow_run
from dagster_ops_cli.errors import NoAnswerError, OpsError, UnreachableError
from dagster_ops_cli.schemas.backfill import Backfill
from dagster_ops_cli.schemas.run import Run
from dagster_ops_cli.scripts.script import Options, Outcome
from dagster_ops_cli_tests.model_dagster import ModelDagster, ModelRun
from dagster_ops_cli_tests.projection import Document, read

T = TypeVar("T")

# A command counts as hanging after this many requests and pauses of all commands of a test.
MOST_STEPS = 20_000
# It also counts as hanging if it needs this many seconds without further faults.
MOST_SECONDS = 10_000.0
# Seconds until a client gives up on an answer, and seconds between two iterations of the daemon.
REQUEST_TIMEOUT, TICK = 60.0, 30.0
BEGIN = 1000.0
LAUNCHES = ("launchRun", "launchMultipleRuns", "launchPartitionBackfill", "launchRunReexecution")


class Killed(BaseException):
    """Ends a thread as kill -9 ends a process: it has no effects any more."""


class Hang(AssertionError):  # noqa: N818
    """A command does not end."""


class At(Enum):
    """The place where a command is stopped."""

    BEGIN = "begins"
    ASKING = "is about to ask"
    BETWEEN = "waits for the rest of a mutation"
    ANSWERED = "is about to be answered"
    SLEEPING = "sleeps"
    TRAVELING = "waits for a request on its way"
    ENDED = "has ended"


WAITING = (At.SLEEPING, At.TRAVELING)


class Fault(Enum):
    """What happens to one request."""

    REFUSED = "it is refused: nothing was sent"
    LOST = "it is lost on its way there"
    ANSWER_LOST = "it is done, and the answer is lost"
    DELAYED = "the client gives up, and it arrives later"


@dataclass(eq=False)
class Launcher:
    """One command. It ends with an ``outcome`` or an ``error``, or with neither if it is killed."""

    world: "World"
    name: str
    work: Callable[["Launcher"], Outcome]
    at: At = At.BEGIN
    wakes: float = 0.0
    paused_until: float = 0.0
    outcome: Outcome | None = None
    error: BaseException | None = None
    was_interrupted: bool = False
    was_killed: bool = False
    notes: list[str] = field(default_factory=list)
    fault: tuple[Fault, float] | None = None
    mutations: list[Document] = field(default_factory=list)
    # When the command last saw which runs exist.
    looked: int = 0
    launched: int = 0
    has_launched: bool = False
    # Seconds that a request takes, and each launch in it.
    latency: Callable[[], float] | None = None
    is_on_its_way: bool = False
    _pending: bool = False
    _asked: tuple[str, Mapping[str, Any] | None] = ("", None)
    _interrupt: bool = False
    _lets_pass: Callable[[At], bool] = lambda at: False
    _thread: threading.Thread | None = None
    _go: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_over(self) -> bool:
        return self.at is At.ENDED

    def resume(self, lets_pass: Callable[[At], bool]) -> None:
        """Run the command until it stops at a place where ``lets_pass`` is false."""
        if self.is_over:
            return
        if not self.was_killed:
            self.world.advance(max(self.wakes, self.paused_until))
        self._lets_pass = lets_pass
        if self._thread is None:
            self._go.acquire()
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        else:
            self._go.release()
        self.world.turn.acquire()

    def kill(self) -> None:
        """Kill the command now."""
        if not self.is_over:
            self.was_killed = True
            if self._thread is None:
                self.at = At.ENDED
            else:
                self.resume(lambda at: True)
        if self._thread is not None:
            self._thread.join()

    def interrupt(self) -> None:
        """Press Ctrl-C at the place where the command is stopped."""
        if self.at is not At.BEGIN and not self.is_over:
            self.was_interrupted = self._interrupt = True

    def is_to_mutate(self) -> bool:
        """Whether the command is about to send a request that launches or stops something."""
        return self.at is At.ASKING and self._pending

    def _run(self) -> None:
        try:
            self.outcome = self.work(self)
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test looks at it
            self.error = error
        self.at = At.ENDED
        self.world.turn.release()

    def stop(self, at: At) -> None:
        """Stop this thread until it is its turn again."""
        if not self.was_killed:
            self.at = at
            self.world.count_step()
            if not self._lets_pass(at):
                self.world.turn.release()
                self._go.acquire()
            elif at in WAITING:
                self.world.advance(self.wakes)
        if self.is_on_its_way:
            # The server continues even if its client is killed.
            return
        if self.was_killed:
            raise Killed
        if self._interrupt:
            self._interrupt = False
            raise KeyboardInterrupt

    def sleep(self, seconds: float) -> None:
        self.wakes = self.world.now + seconds
        self.has_launched = False
        self.stop(At.SLEEPING)

    # The methods of a GraphQLClient.

    @property
    def url(self) -> str:
        return "http://localhost:3000"

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        document = read(query)
        self._pending, self._asked = document.is_mutation, (query, variables)
        self.stop(At.ASKING)
        self.has_launched = False
        fault, after = self.fault or (None, 0.0)
        if fault and (fault is not Fault.DELAYED or document.is_mutation):
            self.fault = None
        if fault is Fault.REFUSED:
            raise UnreachableError("connection refused")
        if fault is Fault.LOST or (fault is Fault.ANSWER_LOST and not document.is_mutation):
            raise self._no_answer(document)
        if fault is Fault.DELAYED and document.is_mutation:
            self.send_later(query, variables, after)
            self.sleep(min(after / 2, REQUEST_TIMEOUT))
            raise self._no_answer(document)
        sent = self._send(query)
        self._travel()
        answer = self._arrive(query, variables, sent)
        self._pending = False
        self._travel()
        self.stop(At.ANSWERED)
        if fault is Fault.ANSWER_LOST:
            raise self._no_answer(document)
        self.has_launched = any(each in query for each in LAUNCHES)
        return answer

    def kill_with_request_on_its_way(self, after: float) -> None:
        """Kill the command while its mutation is on its way; the mutation arrives a little later."""
        if self.is_to_mutate():
            query, variables = self._asked
            self.send_later(query, variables, after)
        self.kill()

    def send_later(self, query: str, variables: Mapping[str, Any] | None, after: float) -> None:
        """Deliver a request after its client has given up on it."""
        self.world.delayed += 1
        sent = self._send(query, is_late=True)
        self.world.later(after, lambda: self._arrive(query, variables, sent))

    def _send(self, query: str, is_late: bool = False) -> "Sent":
        sent = Sent(self, self.looked, self.launched, is_late)
        if any(each in query for each in LAUNCHES):
            self.launched = self.world.instant
        return sent

    def _arrive(self, query: str, variables: Mapping[str, Any] | None, sent: "Sent") -> dict[str, Any]:
        document = read(query)
        if document.is_mutation:
            self.mutations.append(document)
        dagster = self.world.dagster
        dagster.actor = sent
        self.is_on_its_way = not sent.is_late
        answer = dagster.execute(query, variables, (lambda: None) if sent.is_late else self._between)
        self.is_on_its_way = False
        # Further queries of a look, such as for canceled runs, don't show new runs.
        if "OpsLookAtLaunch" in query:
            self.looked = self.world.instant
        return answer

    def _between(self) -> None:
        self._travel()
        self.stop(At.BETWEEN)

    def _travel(self) -> None:
        if self.latency:
            self.wakes = self.world.now + self.latency()
            self.stop(At.TRAVELING)

    def _no_answer(self, document: Document) -> OpsError:
        error = NoAnswerError("no answer in time")
        error.in_doubt = document.is_mutation
        return error


@dataclass(frozen=True)
class Sent:
    """A mutation on its way: its sender, when the sender last looked and launched, and whether the mutation arrived
    late."""

    by: Launcher
    looked: int
    launched: int
    is_late: bool


def _who(actor: Any) -> str:
    return f"{actor.by.name}{' (late)' if actor.is_late else ''}" if isinstance(actor, Sent) else str(actor or "the UI")


@dataclass(frozen=True)
class ModelSession:
    """The session of a script."""

    launcher: Launcher
    options: Options
    launch_tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def backfills(self) -> BackfillApi:
        return BackfillApi(client=self.launcher, poll=self._poll())

    @property
    def pools(self) -> PoolApi:
        return PoolApi(client=self.launcher, poll=self._poll())

    @property
    def runs(self) -> RunApi:
        return RunApi(client=self.launcher, poll=self._poll())

    def _poll(self) -> Poll:
        launcher = self.launcher
        options = self.options
        return Poll(
            interval=options.interval,
            timeout=options.wait_timeout,
            tell=launcher.notes.append,
            sleep=launcher.sleep,
            clock=lambda: launcher.world.now,
        )

    asks = False
    confirm_above = 0

    def confirm(self, *_: object) -> None:
        raise AssertionError("nobody is asked")

    def note(self, text: str) -> None:
        self.launcher.notes.append(text)

    def command(self, line: str) -> str:
        return line

    def progress(self, polls: Iterable[T]) -> Iterable[T]:
        return polls

    def follow_backfill(self, start: Callable[[Following], Iterator[Backfill]]) -> Outcome:
        return follow_backfill(self, start)

    def follow_run(self, run: Run) -> Outcome:
        return follow_run(self, run)

    def progress_of_runs(self, polls: Iterable[T]) -> Iterable[T]:
        return polls


class World:
    """A Dagster, the commands that use it, and the clock.

    ``run_seconds`` is how long a run takes, or None if the test ends runs; ``fails`` is how many runs of each partition
    fail. ``delayed`` and ``paused`` count events that may cause duplicates.
    """

    def __init__(self, days: int = 12, run_seconds: float | None = 3.0, fails: Mapping[str, int] | None = None) -> None:
        self.now = BEGIN
        self.dagster = ModelDagster(lambda: self.now, days)
        self.dagster.launched = self._launched
        self.dagster.stopped = self._stopped
        self.dagster.ended = self._ended
        self.launchers: list[Launcher] = []
        self.turn = threading.Lock()
        self.turn.acquire()
        self.run_seconds = run_seconds
        self.fails = dict(fails or {})
        self.delayed = self.paused = self.steps = self.instant = 0
        self.told: list[str] = []
        self._events: list[tuple[float, int, Callable[[], Any]]] = []
        self._numbers = 0
        self._next_tick = self.now + TICK
        self.daemon_lives = True
        self.on_stop: Callable[[Any], None] | None = None

    # Time.

    def later(self, seconds: float, event: Callable[[], Any]) -> None:
        self._numbers += 1
        heapq.heappush(self._events, (self.now + seconds, self._numbers, event))

    def advance(self, to: float) -> None:
        """Advance the clock, with everything that happens in that time."""
        while min(self._next_event(), self._next_tick) <= to:
            if self._next_event() <= self._next_tick:
                at, _, event = heapq.heappop(self._events)
                self.now = max(self.now, at)
                event()
            else:
                self.now, self._next_tick = max(self.now, self._next_tick), self._next_tick + TICK
                if self.daemon_lives:
                    self.dagster.tick()
        self.now = max(self.now, to)

    def _next_event(self) -> float:
        return self._events[0][0] if self._events else inf

    def flush(self) -> None:
        """Deliver all requests that are on their way."""
        while self._events:
            self.advance(max(self.now + 1, self._events[0][0]))

    def end_by_themselves(self, seconds: float = 3.0) -> None:
        """Make all runs end by themselves from now on."""
        self.run_seconds = seconds if self.run_seconds is None else self.run_seconds
        for run in self.dagster.unfinished():
            self._go_on(run, self.run_seconds)

    def outcome_of(self, run: ModelRun) -> str:
        """Return how a run ends if it is not canceled."""
        same = self.dagster.with_tags({"dagster/partition": run.partition or ""})
        before = sum(each.number < run.number and each.status == "FAILURE" for each in same)
        return "FAILURE" if before < self.fails.get(run.partition or "", 0) else "SUCCESS"

    def _launched(self, launched: Any) -> None:
        self.instant += 1
        launched.launched_at = self.instant
        of = launched.partition if isinstance(launched, ModelRun) else f"{len(launched.keys)} partitions"
        self.tell(f"{_who(launched.by)} launches {launched.id[:8]} of {of}")
        if isinstance(launched, ModelRun) and self.run_seconds is not None:
            self._go_on(launched, self.run_seconds)

    def _stopped(self, stopped: Any) -> None:
        self.instant += 1
        self.tell(f"{_who(stopped.canceled_by)} stops {stopped.id[:8]}")
        if self.on_stop:
            self.on_stop(stopped)

    def _ended(self, run: ModelRun) -> None:
        self.instant += 1
        run.ended_at = self.instant

    def tell(self, what: str) -> None:
        """Keep an event. The events are printed if the test fails."""
        self.told.append(f"{self.now - BEGIN:7.1f} {what}")

    def _go_on(self, run: ModelRun, seconds: float) -> None:
        if seconds == 0:
            self.dagster.end(run, self.outcome_of(run))
            return
        self.later(seconds / 3, lambda: self.dagster.start(run))
        self.later(seconds, lambda: self.dagster.end(run, self.outcome_of(run)))
        # A run that is asked to stop at the last moment stops a little later.
        self.later(seconds + 1, lambda: self.dagster.end(run))

    # Commands.

    def count_step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise Hang(f"{MOST_STEPS} steps, and no end")

    def add(self, work: Callable[[Launcher], Outcome], name: str = "") -> Launcher:
        """Add a command without starting it."""
        launcher = Launcher(self, f"{name or 'launcher'} {len(self.launchers)}", work, wakes=self.now)
        self.launchers.append(launcher)
        return launcher

    def alive(self) -> list[Launcher]:
        return [each for each in self.launchers if not each.is_over]

    def take_turn(self, launcher: Launcher) -> None:
        """Run the command up to the next place where other commands may act.

        It looks and launches without an interruption, and stops after a launch and when it sleeps.
        """
        launcher.resume(lambda at: at not in WAITING and not (at is At.ASKING and launcher.has_launched))

    def pause(self, launcher: Launcher, stops: int, seconds: float) -> None:
        """Run the command for some stops, and then pause it for a while, like SIGSTOP."""
        left = [stops]

        def lets_pass(at: At) -> bool:
            left[0] -= 1
            return left[0] > 0

        launcher.resume(lets_pass)
        launcher.paused_until = self.now + seconds
        self.paused += 1

    def finish(self, launchers: Sequence[Launcher] | None = None) -> None:
        """Run the commands until they have ended, in the order in which they wake up."""
        end = self.now + MOST_SECONDS
        while alive := [each for each in launchers or self.launchers if not each.is_over]:
            if self.now > end:
                raise Hang(f"{', '.join(each.name for each in alive)}: {MOST_SECONDS:.0f} s, and no end")
            self.take_turn(min(alive, key=lambda each: max(each.wakes, each.paused_until)))

    def close(self) -> None:
        """End the remaining threads."""
        for launcher in self.launchers:
            launcher.kill()
