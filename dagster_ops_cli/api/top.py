"""The current state of a Dagster, with one or two requests for each refresh."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from dagster_ops_cli import times
from dagster_ops_cli.adapters.top import get_top, get_top_details
from dagster_ops_cli.api.queue import priority_of, wait_for_pool, waits_for_queue
from dagster_ops_cli.api.run.first_failure import FailureSearch, error_line
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ServerFaultError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run_events import RunEventPage
from dagster_ops_cli.schemas.top import FailedRun, RunningRun, Top, TopDetails, TopReading, WaitingRun

# Runs and backfills of each kind that are listed.
_MOST = 20
# Runs that failed longer ago are not shown.
_RECENT = timedelta(hours=1)
# Logs that one request reads, and pages of one log that are read in all.
_MOST_LOGS, _MOST_PAGES = 5, 20


@dataclass(frozen=True)
class TopApi:
    """The current state of one Dagster."""

    client: GraphQLClient
    poll: Poll = field(default_factory=Poll)

    def get(self) -> Top:
        """Return the current state, with the first errors of the failed runs.

        It takes two requests, and more if there are many failed runs or their logs are long.
        """
        return _Observer(self.client).look(whole=True)

    def follow(self, interval: float) -> Iterator[Top]:
        """Yield the current state every ``interval`` seconds. Each takes one or two requests.

        The first errors of failed runs may only be in later ones. Raises the errors of ``Poll.ask``, and if the
        first request fails, its error at once.
        """
        observer = _Observer(self.client)
        return replace(self.poll, interval=interval).until(lambda _: False, observer.look)


@dataclass
class _Log:
    """How far the log of a failed run has been read."""

    search: FailureSearch = field(default_factory=FailureSearch)
    cursor: str | None = None
    pages: int = 0
    is_read: bool = False

    def read(self, page: RunEventPage | None) -> None:
        """Read the next page; None if Dagster can't."""
        self.pages += 1
        if page is not None:
            self.search.read(page.events)
            self.cursor = page.cursor
        # A full page may be the last one.
        ended = page is None or not page.has_more or not page.events
        self.is_read = ended or self.search.found is not None or self.pages >= _MOST_PAGES


@dataclass
class _Observer:
    """Asks Dagster, and remembers what does not change: the number of steps and the first error of a run."""

    client: GraphQLClient
    _is_old: bool = False
    _reads_pools: bool = True
    _plans: dict[str, int | None] = field(default_factory=dict)
    _logs: dict[str, _Log] = field(default_factory=dict)

    def look(self, whole: bool = False) -> Top:
        """Return the current state. With ``whole``, read all logs that are needed; else only some of them."""
        now = times.now()
        reading = get_top(self.client, now - _RECENT, _MOST, self._is_old)
        self._is_old = reading.is_old
        failed = sorted(reading.failed, key=lambda run: run.ended_at or now, reverse=True)
        # Forget runs that are no longer shown.
        self._plans = {run.id: self._plans[run.id] for run in reading.running if run.id in self._plans}
        self._logs = {run.id: self._logs.get(run.id) or _Log() for run in failed}
        details = self._learn(reading.queued_run_ids[-_MOST:], reading.running)
        while whole and self._unread:
            self._learn([], [])
        return Top(
            taken_at=now,
            url=self.client.url,
            version=reading.version,
            max_concurrent_runs=reading.queue.limit,
            running_count=reading.queue.going,
            running=[self._running(run, reading) for run in reading.running],
            queued_count=len(reading.queued_run_ids),
            waiting=[*_waiting(reading, details)] if details else [],
            failed_since=now - _RECENT,
            failed_count=reading.failed_count,
            failed=[self._failed(run) for run in failed],
            backfills=reading.backfills,
            daemons=[each for each in reading.daemons if each.required],
        )

    @property
    def _unread(self) -> list[str]:
        return [run_id for run_id, log in self._logs.items() if not log.is_read]

    def _learn(self, queued: Sequence[str], running: Sequence[RunRow]) -> TopDetails | None:
        """Return details of the queued runs; learn about running runs and logs. Send nothing if all is known."""
        # A run that has only just been launched may have no plan yet.
        plans = [run.id for run in running if self._plans.get(run.id) is None]
        logs = {run_id: self._logs[run_id].cursor for run_id in self._unread[:_MOST_LOGS]}
        if not (queued or plans or logs):
            return None
        try:
            details, pages = get_top_details(self.client, queued, plans, logs, self._reads_pools)
        except ServerFaultError:
            if not (queued and self._reads_pools):
                raise
            # Dagster's list of pools may be broken; the rest of the answer stands.
            details, pages = get_top_details(self.client, queued, plans, logs, pools=False)
            self._reads_pools = False
        self._plans |= details.plans
        for run_id, page in pages.items():
            self._logs[run_id].read(page)
        return details

    def _running(self, run: RunRow, reading: TopReading) -> RunningRun:
        succeeded, failed = reading.steps.get(run.id, (None, None))
        return RunningRun(
            id=run.id,
            status=run.status,
            job_name=run.job_name,
            partition=run.partition,
            started_at=run.started_at,
            steps_succeeded=succeeded,
            steps_failed=failed,
            steps_total=self._plans.get(run.id),
            url=run.url,
        )

    def _failed(self, run: RunRow) -> FailedRun:
        log = self._logs[run.id]
        event = log.search.best if log.is_read else None
        error = None
        if event:
            error = error_line(event.error) if event.error else event.message.strip()
        return FailedRun(
            id=run.id,
            job_name=run.job_name,
            partition=run.partition,
            ended_at=run.ended_at,
            step_key=event.step_key if event else None,
            error=error,
            url=run.url,
        )


def _waiting(reading: TopReading, details: TopDetails) -> Iterator[WaitingRun]:
    """Yield queued runs in the order in which Dagster starts them: by priority, then the oldest."""
    needs = {each.run_id: each for each in details.needs}
    pools = {each.name: each for each in details.pools}
    # Dagster lists the newest first; sorting keeps the order of equals.
    runs = details.queued[::-1]
    runs.sort(key=priority_of, reverse=True)
    for run in runs:
        # It may have left the queue between the two requests.
        if run.status != "QUEUED":
            continue
        waits = [*waits_for_queue(reading.queue, run)]
        need = needs[run.id]
        if not need.has_other_steps:
            waits += [wait_for_pool(pools[name]) for name in need.pools if name in pools and pools[name].is_full]
        yield WaitingRun(
            id=run.id,
            job_name=run.job_name,
            partition=run.partition,
            queued_at=run.queued_at,
            priority=priority_of(run),
            waiting_for=waits,
            url=run.url,
        )
