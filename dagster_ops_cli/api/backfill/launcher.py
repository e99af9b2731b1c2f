"""Launch one attempt at a file, or one retry, and follow it. Several commands may launch it at the same time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dagster_ops_cli.api.backfill.attempts import Attempt, file_tags, find_attempts
from dagster_ops_cli.api.backfill.cancel import stop_unfinished_runs
from dagster_ops_cli.api.backfill.members import NOT_STARTED, launch_runs
from dagster_ops_cli.api.backfill.native import cancel_younger, launch_native, newest_of
from dagster_ops_cli.api.backfill.state import (
    BackfillView,
    LaunchedPlan,
    Shown,
    missing_daemons,
    open_state,
    runs_backfill,
    with_not_started,
)
from dagster_ops_cli.api.backfill.watch import DaemonNotices
from dagster_ops_cli.api.backfill.worker import Worker
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.backfill import ENDED_STATES, Backfill, BackfillRecord
from dagster_ops_cli.schemas.backfill.config import STRATEGY_BACKFILL, STRATEGY_RUNS
from dagster_ops_cli.schemas.backfill.launch import Launch, launch_value
from dagster_ops_cli.schemas.ops_tags import TAG_ATTEMPT, TAG_CONFIG, TAG_LAUNCH, TAG_NAME, TAG_RETRY_OF


@dataclass(frozen=True)
class Launcher:
    """Launches and follows one attempt. ``announce`` is called with the id of each backfill as it becomes known.

    ``native_value`` is BackfillApi's ``launch_value``; ``spread`` and ``answer_timeout`` are BackfillApi's too. ``end``
    is when to give up, by the clock of ``poll``. With ``wait``, follow the attempt until it has ended.
    """

    client: GraphQLClient
    poll: Poll
    native_value: Callable[[], str]
    spread: Callable[[], float]
    answer_timeout: float
    max_concurrent: int
    wait: bool
    end: float | None
    announce: Callable[[str], None]

    def value(self, strategy: str, name: str, config_hash: str, attempt: int) -> str:
        """Return the launch value of an attempt."""
        return launch_value(name, config_hash, attempt) if strategy == STRATEGY_RUNS else self.native_value()

    def launch(self, launch: Launch) -> Iterator[Backfill]:
        """Launch a new attempt and yield its state at each poll; the last state is its outcome."""
        if launch.strategy == STRATEGY_RUNS:
            yield from self._work(launch)
            return
        launched = launch_native(self.client, self.poll, launch)
        self.announce(launched)
        yield from self.follow(self._first(launch, launched), launch)

    def _first(self, launch: Launch, launched: str) -> Attempt:
        """Return the attempt as Dagster has it now. Another command may have launched it first."""
        if launch.config_hash:
            for attempt in self.poll.ask(lambda: find_attempts(self.client, launch.name, launch.config_hash), self.end):
                if attempt.number == launch.attempt:
                    return attempt
        others = self.poll.ask(lambda: newest_of(self.client, _identity(launch)), self.end)
        oldest = others[-1] if others else None
        return Attempt(launch.attempt, oldest.id if oldest else launched, STRATEGY_BACKFILL, oldest, tuple(others[:-1]))

    def follow(self, attempt: Attempt, launch: Launch | None, announce: bool = True) -> Iterator[Backfill]:
        """Follow an existing attempt and yield its state. If ``launch`` is given, launch the missing partitions."""
        if attempt.strategy == STRATEGY_RUNS and launch is not None:
            if attempt.duplicates:
                cancel_younger(self.client, self.poll, attempt.id, attempt.duplicates)
            as_runs = {"strategy": STRATEGY_RUNS, "value": attempt.id}
            yield from self._work(launch.model_copy(update=as_runs), attempt.id)
            return
        if announce:
            self.announce(attempt.id)
        self._stop_lost(attempt)
        tags = _identity_of(attempt)
        others: Sequence[BackfillRecord] = attempt.duplicates
        view = BackfillView(self.client, attempt.id)
        notices = DaemonNotices(self.poll)
        while True:
            if others:
                cancel_younger(self.client, self.poll, attempt.id, others)
            backfill = self.poll.ask(lambda: view.look(exact=False), self.end)
            notices.update(backfill, view.missing_daemons)
            yield backfill
            if not self.wait or backfill.state in ENDED_STATES:
                return
            self.poll.pause(self.poll.interval, self.end)
            if tags:
                others = self.poll.ask(lambda: newest_of(self.client, tags), self.end)

    def stop_duplicates(self, attempt: Attempt) -> None:
        """Cancel what other commands launched for the same attempt; a command that was killed may have left it."""
        cancel_younger(self.client, self.poll, attempt.id, attempt.duplicates)
        self._stop_lost(attempt)

    def _stop_lost(self, attempt: Attempt) -> None:
        if attempt.lost_value and (stopped := stop_unfinished_runs(self.client, self.poll, attempt.lost_value)):
            runs = "1 duplicate run" if len(stopped) == 1 else f"{len(stopped)} duplicate runs"
            self.poll.tell(f"Backfill {attempt.id} of the same file was launched first; canceling {runs}.")

    def _work(self, launch: Launch, known: str = "") -> Iterator[Backfill]:
        """Work on a launch of strategy ``runs``, together with other commands, and yield its state."""
        worker = Worker(
            self.client,
            self.poll,
            launch,
            self.max_concurrent,
            self.native_value().rpartition("-")[2],
            self.answer_timeout,
            self.spread,
        )
        notices = DaemonNotices(self.poll)
        if known:
            self.announce(known)
        while True:
            for _ in worker.work(self.end):
                if winner := self._native_winner(worker):
                    stop_unfinished_runs(self.client, self.poll, launch.value)
                    yield from self.follow(winner, None)
                    return
                if worker.board.first and not known:
                    known = launch.value
                    self.announce(known)
                backfill = self._snapshot(worker)
                notices.update(backfill, missing_daemons(worker.daemons, is_native=False))
                yield backfill
            yield (backfill := self._current(worker))
            if backfill.state in ENDED_STATES and not worker.open_duplicates:
                return
            if not self.wait or (worker.stopped and not worker.active):
                return
            self._wait_for_more(worker, backfill)

    def _wait_for_more(self, worker: Worker, backfill: Backfill) -> None:
        """Wait for the next look. If runs of the launch were deleted, make the worker read all runs again."""
        self.poll.pause(self.poll.interval, self.end)
        given_up = len(worker.rejected) + len(worker.vanished)
        if not worker.active and backfill.counts.get(NOT_STARTED, 0) > given_up and not worker.missing:
            worker.forget()

    def _native_winner(self, worker: Worker) -> Attempt | None:
        """Return the native backfill of the same attempt if it was launched first; otherwise cancel it."""
        if not worker.rivals:
            return None
        oldest = worker.rivals[-1]
        began = next((run.created_at for run in worker.board.first.values()), None)
        launch = worker.launch
        if began is None or (oldest.created_at is not None and oldest.created_at <= began):
            self.poll.tell(f"Backfill {oldest.id} of the same file was launched first; following it instead.")
            return Attempt(launch.attempt, oldest.id, STRATEGY_BACKFILL, oldest, tuple(worker.rivals[:-1]))
        cancel_younger(self.client, self.poll, launch.value, worker.rivals)
        return None

    def _shown(self, worker: Worker) -> Shown:
        launch = worker.launch.model_copy(update={"partitions": worker.keys})
        first = next(iter(worker.board.first.values()), None)
        return Shown(
            self.client.url,
            launch.value,
            STRATEGY_RUNS,
            launch.written_tags,
            worker.total,
            created_at=first and first.created_at,
            job_name=launch.job_name,
            asset_keys=launch.asset_keys,
        )

    def _snapshot(self, worker: Worker) -> Backfill:
        counts = with_not_started(worker.runs, worker.total)
        return self._shown(worker).backfill(open_state(None, counts), counts)

    def _current(self, worker: Worker) -> Backfill:
        if worker.active and self.wait:
            return self._snapshot(worker)
        rejected = {**worker.rejected}
        mine = {TAG_LAUNCH: worker.launch.value}
        runs = self.poll.ask(lambda: launch_runs(self.client, mine, worker.keys), self.end)
        fields = {
            **worker.launch.model_dump(include={"job_name", "asset_keys", "location_name", "repository_name"}),
            "partitions": worker.keys,
        }
        return self.poll.ask(
            lambda: runs_backfill(
                self.client, self._shown(worker), runs, LaunchedPlan(None, fields), rejected=rejected
            ),
            self.end,
        )


def _identity(launch: Launch) -> dict[str, str]:
    """The tags that all launches of the same attempt have."""
    if launch.config_hash:
        return {**file_tags(launch.name, launch.config_hash), TAG_ATTEMPT: str(launch.attempt)}
    return {TAG_RETRY_OF: launch.tags[TAG_RETRY_OF], TAG_ATTEMPT: str(launch.attempt)}


def _identity_of(attempt: Attempt) -> dict[str, str]:
    """The tags that all launches of an existing attempt have; empty before version 0.2, which wrote none."""
    tags = attempt.record.tags if attempt.record else {}
    if TAG_ATTEMPT not in tags:
        return {}
    names = (TAG_NAME, TAG_CONFIG) if TAG_CONFIG in tags else (TAG_RETRY_OF,)
    return {name: tags[name] for name in (*names, TAG_ATTEMPT) if name in tags}
