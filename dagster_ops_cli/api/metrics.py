"""The state of a Dagster as metrics."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dagster_ops_cli import times
from dagster_ops_cli.adapters.metrics import get_metrics, get_queued_time
from dagster_ops_cli.adapters.pool import list_all_pools
from dagster_ops_cli.api.run.listing import walk_runs
from dagster_ops_cli.errors import NotFoundError, OpsError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.daemon import Daemon
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.metrics import DaemonState, EndedRuns, Fault, Metrics, PoolUse
from dagster_ops_cli.schemas.run.filter import RunFilter

# Rows of runs are small, and a page of them takes the server less than a second.
_PAGE_LIMIT = 1000


@dataclass(frozen=True)
class MetricsApi:
    """The state of one Dagster, in as few requests as possible. ``mask`` hides the secrets in messages."""

    client: GraphQLClient
    mask: Callable[[str], str] = str

    def get(self, since: datetime) -> Metrics:
        """Return the state of Dagster, and what happened since ``since``.

        It takes three requests, one more if runs are queued, and one more for each further 1,000 runs that ended. If
        only the runs, the queue or the pools can't be read, they are left out and ``faults`` says so. Raises OpsError
        if Dagster does not answer.
        """
        now = times.now()
        reading = get_metrics(self.client, since)
        faults: list[Fault] = []
        found: dict[str, Any] = {}
        with self._collecting(faults, "queue"):
            found["oldest_queued_age"] = self._oldest_queued_age(reading.queued_run_ids, now)
        with self._collecting(faults, "pools"):
            found["pools"] = self._pools()
        with self._collecting(faults, "runs"):
            found["runs_ended"] = self._runs_ended(since)
        return Metrics(
            up=True,
            url=self.client.url,
            version=reading.version,
            taken_at=now,
            duration=_seconds_since(now),
            window=(now - since).total_seconds(),
            runs_unfinished=reading.runs_unfinished,
            queued=len(reading.queued_run_ids),
            max_concurrent_runs=reading.max_concurrent_runs,
            backfills_unfinished=reading.backfills_unfinished,
            ticks_failed=sorted(reading.ticks_failed, key=lambda each: -each.failed),
            daemons=[_daemon(each, now) for each in reading.daemons if each.required],
            code_locations=sorted(reading.code_locations, key=lambda each: each.loaded),
            faults=faults,
            **found,
        )

    def get_unanswered(self, since: datetime, asked_at: datetime, error: OpsError) -> Metrics:
        """Return the metrics of a Dagster that did not answer."""
        return Metrics(
            up=False,
            url=self.client.url,
            taken_at=asked_at,
            duration=_seconds_since(asked_at),
            window=(asked_at - since).total_seconds(),
            faults=[self._fault("dagster", error)],
        )

    @contextmanager
    def _collecting(self, faults: list[Fault], part: str) -> Iterator[None]:
        """Add an error to ``faults`` instead of raising it."""
        try:
            yield
        except OpsError as error:
            faults.append(self._fault(part, error))

    def _fault(self, part: str, error: OpsError) -> Fault:
        return Fault(part=part, code=error.code, message=self.mask(error.message))

    def _oldest_queued_age(self, run_ids: list[str], now: datetime) -> float | None:
        if not run_ids:
            return None
        try:
            queued_at = get_queued_time(self.client, run_ids[-1])
        except NotFoundError:
            return None
        return None if queued_at is None else max(0.0, now.timestamp() - queued_at)

    def _pools(self) -> list[PoolUse]:
        return [
            PoolUse(name=each.name, limit=each.limit, claimed=len(each.slots), pending=len(each.waiting_steps))
            for each in list_all_pools(self.client).items
        ]

    def _runs_ended(self, since: datetime) -> list[EndedRuns]:
        """Count the runs that ended, those that failed first."""
        wanted = RunFilter(statuses=sorted(FINISHED_RUN_STATUSES), updated_after=since)
        pages = walk_runs(self.client, wanted, page_limit=_PAGE_LIMIT)
        counts = Counter(
            (run.job_name, run.location_name, run.status)
            for page in pages
            for run in page.items
            # Dagster may update a run that ended before the window.
            if run.ended_at is None or run.ended_at >= since
        )
        order = sorted(counts, key=lambda key: (key[2] != "FAILURE", -counts[key], key[0], key[1] or "", key[2]))
        return [
            EndedRuns(job_name=job, location_name=location, status=status, count=counts[job, location, status])
            for job, location, status in order
        ]


def _daemon(daemon: Daemon, now: datetime) -> DaemonState:
    age = max(0.0, (now - daemon.last_heartbeat).total_seconds()) if daemon.last_heartbeat else None
    return DaemonState(
        type=daemon.type, healthy=daemon.healthy, last_heartbeat=daemon.last_heartbeat, heartbeat_age=age
    )


def _seconds_since(time: datetime) -> float:
    return max(0.0, (times.now() - time).total_seconds())
