"""The API for concurrency pools."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dagster_ops_cli.adapters.pool import list_all_pools, list_defined_pools, list_queued_needs, pool_url
from dagster_ops_cli.adapters.run import list_runs_by_id
from dagster_ops_cli.adapters.union import HINTS
from dagster_ops_cli.api.pool.limits import apply_changes, plan_changes
from dagster_ops_cli.api.pool.slots import free_all, stuck_slots
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ConflictError, NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.page import Page
from dagster_ops_cli.schemas.pool import PoolChange, PoolDetail, Pools, PoolState, Slot, SlotResult


@dataclass(frozen=True)
class PoolApi:
    """The concurrency pools of one Dagster."""

    client: GraphQLClient
    poll: Poll = field(default_factory=Poll)

    def list(self, stuck: bool = False, waiting: bool = False) -> Page[PoolState]:
        """Return the pools that have a limit or were used, by name.

        With ``stuck``, only those with stuck slots; with ``waiting``, only those that steps wait for.
        """
        pools = [
            pool
            for pool in pools_with_runs(self.client).items
            if (pool.stuck or not stuck) and (pool.waiting_steps or not waiting)
        ]
        return Page[PoolState](items=sorted(pools, key=lambda pool: pool.name))

    def get(self, name: str) -> PoolDetail:
        """Return a pool with its slots and what waits for it. Raises NotFoundError with the nearest names."""
        pools = pools_with_runs(self.client)
        known = {pool.name: pool for pool in pools.items}
        pool = known.get(name)
        if pool is None:
            defined = list_defined_pools(self.client) or set()
            if name not in defined:
                raise NotFoundError(
                    f"there is no pool {name!r}",
                    code="POOL_NOT_FOUND",
                    hint=did_you_mean(name, [*known, *defined]) or "`ops pool list` shows the pools.",
                    pool_name=name,
                )
            pool = PoolState(
                name=name,
                limit=pools.default_limit,
                is_default=True,
                slots=[],
                waiting_steps=[],
                url=pool_url(name, self.client.url),
            )
        needs = list_queued_needs(self.client)
        queued = [each.run_id for each in needs if name in each.pools and not each.has_other_steps]
        return PoolDetail(**dict(pool), queued_run_ids=queued)

    def plan(self, limits: Mapping[str, int | None], prune: bool = False) -> Sequence[PoolChange]:
        """Return what ``apply`` would change to give the pools these limits (null: none). Changes nothing.

        ``prune`` removes the limits of all other pools. A change that is not possible is ``failed``: a limit out of
        range, or one that would be removed while slots are held, which breaks Dagster's own list of pools.
        """
        return plan_changes(pools_with_runs(self.client), limits, prune, lambda: list_defined_pools(self.client))

    def apply(self, changes: Sequence[PoolChange]) -> Iterator[PoolChange]:
        """Make the changes, one after another, and yield each result: ``changed`` only if it was read back."""
        return apply_changes(self.client, self.poll, changes)

    def find(self, run_id: str | None = None, step_key: str | None = None) -> Sequence[Slot]:
        """Return the slots that a run or one of its steps holds; without a run, all stuck slots.

        Raises NotFoundError for a run that does not exist and a step without a slot, and ConflictError for a run that
        has not ended: without its slots, other steps could start while its own are still running.
        """
        slots = [slot for pool in pools_with_runs(self.client).items for slot in pool.slots]
        if run_id is None:
            return stuck_slots(slots)
        held = [slot for slot in slots if slot.run_id == run_id]
        if not held:
            if not list_runs_by_id(self.client, [run_id]):
                raise NotFoundError(
                    f"Run {run_id} not found", code="RUN_NOT_FOUND", hint=HINTS["RUN_NOT_FOUND"], run_id=run_id
                )
            return []
        if held[0].run_status is not None and held[0].run_status not in FINISHED_RUN_STATUSES:
            raise ConflictError(
                f"run {run_id} has not ended ({held[0].run_status}): without its slots, other steps would start "
                "while its own are still running",
                commands={"To terminate it first": ["ops", "run", "terminate", run_id]},
                run_id=run_id,
            )
        found = [slot for slot in held if step_key in (None, slot.step_key)]
        if not found:
            hint = did_you_mean(step_key or "", [slot.step_key for slot in held])
            raise NotFoundError(f"step {step_key!r} of run {run_id} holds no slot", hint=hint, run_id=run_id)
        return found

    def free(self, slots: Sequence[Slot]) -> Iterator[SlotResult]:
        """Free the slots, and yield each result: ``freed`` only if it was read back."""
        return free_all(self.client, self.poll, slots, lambda: pools_with_runs(self.client))


def pools_with_runs(client: GraphQLClient) -> Pools:
    """Return all pools, each slot with the status of its run."""
    pools = list_all_pools(client)
    ids = sorted({slot.run_id for pool in pools.items for slot in pool.slots})
    statuses = {run.id: run.status for run in list_runs_by_id(client, ids)}

    def with_run(slot: Slot) -> Slot:
        status = statuses.get(slot.run_id)
        is_stuck = status is None or status in FINISHED_RUN_STATUSES
        return slot.model_copy(update={"run_status": status, "is_stuck": is_stuck})

    items = [pool.model_copy(update={"slots": [with_run(slot) for slot in pool.slots]}) for pool in pools.items]
    return pools.model_copy(update={"items": items})
