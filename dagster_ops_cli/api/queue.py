"""The API for the run queue."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from dagster_ops_cli.adapters.pool import list_all_pools, list_queued_needs
from dagster_ops_cli.adapters.run.queue import get_run_queue
from dagster_ops_cli.api.run.listing import walk_runs
from dagster_ops_cli.errors import ServerFaultError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.pool import PoolState
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.filter import RunFilter
from dagster_ops_cli.schemas.run.queue import Queue, QueuedRun, RunQueue
from dagster_ops_cli.schemas.run.why import Wait


@dataclass(frozen=True)
class QueueApi:
    """The run queue of one Dagster."""

    client: GraphQLClient

    def get(self, limit: int | None = None) -> Queue:
        """Return the queue with the first ``limit`` runs in it (null: all), in the order in which Dagster starts them.

        This reads the whole queue, because Dagster can only list runs by age.
        """
        queue = get_run_queue(self.client)
        runs = [run for page in walk_runs(self.client, RunFilter(statuses=["QUEUED"])) for run in page.items]
        # Dagster lists the newest first. Sorting keeps the order of runs with the same priority.
        runs.reverse()
        runs.sort(key=priority_of, reverse=True)
        shown = runs[:limit]
        return Queue(
            max_concurrent_runs=queue.limit,
            tag_limits=queue.tag_limits,
            daemon_healthy=queue.healthy,
            daemon_heartbeat=queue.heartbeat,
            in_progress=queue.going,
            queued=len(runs),
            runs=[*self._explained(queue, shown)],
            has_more=len(shown) < len(runs),
        )

    def _explained(self, queue: RunQueue, runs: Sequence[RunRow]) -> Iterator[QueuedRun]:
        needs = {each.run_id: each for each in list_queued_needs(self.client, [run.id for run in runs])} if runs else {}
        pools = self._pools() if any(each.pools for each in needs.values()) else {}
        for run in runs:
            need = needs.get(run.id)
            waits = [*waits_for_queue(queue, run)]
            if need and not need.has_other_steps:
                waits += [wait_for_pool(pools[name]) for name in need.pools if name in pools and pools[name].is_full]
            yield QueuedRun(
                id=run.id,
                job_name=run.job_name,
                partition=run.partition,
                location_name=run.location_name,
                created_at=run.created_at,
                priority=priority_of(run),
                pools=need.pools if need else [],
                waiting_for=waits,
                url=f"{self.client.url}/runs/{run.id}",
            )

    def _pools(self) -> dict[str, PoolState]:
        # Dagster's list of pools may fail; the rest of the answer is still useful.
        with suppress(ServerFaultError):
            return {pool.name: pool for pool in list_all_pools(self.client).items}
        return {}


def priority_of(run: RunRow) -> int:
    """Return the priority of a run: Dagster starts the highest first."""
    try:
        return int(run.tags.get(dagster_tags.PRIORITY, 0))
    except ValueError:
        return 0


def waits_for_queue(queue: RunQueue, run: RunRow) -> Iterator[Wait]:
    """Yield what keeps a run in the queue, apart from pools."""
    if queue.healthy is False:
        yield Wait(kind="daemon", message="the queue daemon is not healthy", since=queue.heartbeat)
    if queue.limit is not None and queue.going >= queue.limit:
        yield Wait(kind="queue", message=f"{queue.going} of {queue.limit} run slots in use")
    if limits := queue.limits_for(run.tags):
        yield Wait(kind="concurrency", message=f"limits for its tags: {limits}")


def wait_for_pool(pool: PoolState) -> Wait:
    """Return what a run says that waits for a pool."""
    held = f"{len(pool.slots)} of {pool.limit} slots held"
    return Wait(kind="concurrency", message=f"pool {pool.name}: {held}")
