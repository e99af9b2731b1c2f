"""Find out what an unfinished run is waiting for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dagster_ops_cli.adapters.run.queue import get_run_queue, list_pools
from dagster_ops_cli.api.run.step_history import RunHistory
from dagster_ops_cli.errors import ForbiddenError, ServerFaultError, UnsupportedError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.run import Run
from dagster_ops_cli.schemas.run.queue import Pool, RunQueue
from dagster_ops_cli.schemas.run.why import Wait
from dagster_ops_cli.schemas.run_events import RunEvent

# Some versions and storages of Dagster can't answer for queues and pools. Then the rest is still explained.
_UNAVAILABLE = (UnsupportedError, ForbiddenError, ServerFaultError)


@dataclass(frozen=True)
class RunWaits:
    """Finds out what runs are waiting for, as far as Dagster says."""

    client: GraphQLClient

    def get(self, run: Run, history: RunHistory) -> list[Wait]:
        """Return what the run is waiting for, the most important first."""
        if run.status == "QUEUED":
            return list(self._in_queue(run, history))
        if run.status in ("NOT_STARTED", "STARTING"):
            return list(self._at_start(history))
        steps = list(self._for_steps(run, history))
        if run.status == "CANCELING":
            return [Wait(kind="stop", message="The run is stopping; waiting for its process to end."), *steps]
        return steps or [Wait(kind="step", message="The run's process is running, but no step is in progress.")]

    def _in_queue(self, run: Run, history: RunHistory) -> Iterator[Wait]:
        since = history.enqueued.timestamp if history.enqueued else run.created_at
        try:
            yield from self._in_line(run, get_run_queue(self.client), since)
        except _UNAVAILABLE:
            yield Wait(kind="queue", message="The run is in the queue; Dagster gives no details.", since=since)
        for pool in self._pools(run):
            if pool.first and len(pool.run_ids) >= pool.slots:
                yield Wait(kind="concurrency", message=f"The run's first steps need {_slots(pool)}.")

    def _in_line(self, run: Run, queue: RunQueue, since: datetime | None) -> Iterator[Wait]:
        if queue.healthy is False:
            seen = f"; its last heartbeat was at {_time(queue.heartbeat)}" if queue.heartbeat else ""
            errors = "".join(f" Error: {error.strip()}" for error in queue.daemon_errors)
            message = f"The daemon that starts queued runs is not healthy{seen}.{errors}"
            yield Wait(kind="daemon", message=message)
        if queue.limit is None:
            message = f"{queue.going} run{' is' if queue.going == 1 else 's are'} in progress"
        else:
            message = f"{queue.going} of {queue.limit} run slots in use"
        if queue.limit is None or queue.going < queue.limit:
            message += "; waiting for the daemon"
        others = queue.queued - 1
        message += f". {others} other run{'s' if others > 1 else ''} in the queue." if others > 0 else "."
        yield Wait(kind="queue", message=message, since=since)
        if limits := queue.limits_for(run.tags):
            yield Wait(kind="concurrency", message=f"Concurrency limits apply to the run's tags: {limits}")

    def _at_start(self, history: RunHistory) -> Iterator[Wait]:
        said = history.engine[-1].message.strip() if history.engine else ""
        message = "The run's process is starting" + (f"; latest message: {said}" if said else ".")
        yield Wait(kind="start-up", message=message, since=history.engine[-1].timestamp if history.engine else None)

    def _for_steps(self, run: Run, history: RunHistory) -> Iterator[Wait]:
        for pool in self._pools(run):
            for step in pool.pending:
                if step.run_id == run.id and step.assigned_at is None:
                    message = f"{step.step_key} needs {_slots(pool)}."
                    yield Wait(kind="concurrency", message=message, step_key=step.step_key, since=step.enqueued_at)
        for key, event in history.unfinished.items():
            yield _step_wait(key, event, history.attempts[key])

    def _pools(self, run: Run) -> list[Pool]:
        try:
            return list_pools(self.client, run.id)
        except _UNAVAILABLE:
            return []


def _step_wait(key: str, event: RunEvent, attempts: int) -> Wait:
    attempt = f" (attempt {attempts})" if attempts > 1 else ""
    if event.type == "STEP_UP_FOR_RETRY":
        why = f": {event.error.raised.class_name}: {event.error.raised.said}" if event.error else ""
        after = f" after {event.seconds_to_wait:g} s" if event.seconds_to_wait is not None else ""
        return Wait(
            kind="retry",
            message=f"{key} failed and will be retried{after}{why}",
            step_key=key,
            since=event.timestamp,
        )
    if event.type == "STEP_WORKER_STARTING":
        return Wait(kind="start-up", message=f"The process of {key} is starting.", step_key=key, since=event.timestamp)
    return Wait(kind="step", message=f"{key} is in progress{attempt}.", step_key=key, since=event.timestamp)


def _slots(pool: Pool) -> str:
    slots = "the only slot" if pool.slots == 1 else f"one of the {pool.slots} slots"
    taken = f", taken by run {_names(pool.run_ids)}" if pool.run_ids else ""
    return f"{slots} of the pool {pool.name!r}{taken}"


def _names(run_ids: list[str]) -> str:
    shown = ", ".join(run_ids[:3])
    return f"{shown} and {len(run_ids) - 3} more" if len(run_ids) > 3 else shown  # noqa: PLR2004 - three are enough


def _time(time: datetime | None) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ") if time else "?"
