"""Set and remove the limits of pools, and read each change back."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from dagster_ops_cli.adapters.pool import delete_pool_limit, list_all_pools, set_pool_limit
from dagster_ops_cli.api.waiting.lost_answer import may_be_made
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ForbiddenError, OpsError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.pool import PoolChange, Pools, PoolState


def plan_changes(
    pools: Pools, limits: Mapping[str, int | None], prune: bool, find_defined: Callable[[], set[str] | None]
) -> Sequence[PoolChange]:
    """Return the changes that give the pools these limits; see ``PoolApi.plan``."""
    known = {pool.name: pool for pool in pools.items}
    wanted = dict(limits)
    if prune:
        wanted |= {name: None for name, pool in known.items() if pool.own_limit is not None and name not in limits}
    changes = [_plan(pools, known.get(name), name, limit) for name, limit in wanted.items()]
    if all(change.is_used or change.limit is None for change in changes):
        return changes
    # Looking names up in the code locations takes longer, so do it only for names that no run has used yet.
    defined = find_defined()
    return [
        change.model_copy(update={"is_used": None if defined is None else change.name in defined})
        if not change.is_used
        else change
        for change in changes
    ]


def _plan(pools: Pools, pool: PoolState | None, name: str, limit: int | None) -> PoolChange:
    own = pool.own_limit if pool else None
    in_use = bool(pool and (pool.slots or pool.waiting_steps))
    change = PoolChange(name=name, previous_limit=own, limit=limit, state="planned", is_used=in_use or None)
    if own == limit:
        return change.model_copy(update={"state": "unchanged"})
    if limit is None and pool and pool.slots:
        runs = ", ".join(sorted({slot.run_id for slot in pool.slots}))
        error = f"the limit of pool {name!r} can't be removed while runs hold its slots: {runs}"
        return change.model_copy(update={"state": "failed", "error": error, "code": "CONFLICT"})
    if limit is not None and not pools.least <= limit <= pools.most:
        error = f"the limit of pool {name!r} must be {pools.least} to {pools.most}, not {limit}"
        return change.model_copy(update={"state": "failed", "error": error, "code": "INVALID_REQUEST"})
    return change


def apply_changes(client: GraphQLClient, poll: Poll, changes: Sequence[PoolChange]) -> Iterator[PoolChange]:
    """Make the planned changes, and yield the result of each; see ``PoolApi.apply``."""
    has_sent = False
    for planned in changes:
        change = planned
        if change.state == "planned" and change.limit is None:
            # A run may have begun to hold a slot since the plan, while the user was asked.
            now = list_all_pools(client)
            now_planned = _plan(now, _find(now, change.name), change.name, None)
            change = now_planned.model_copy(update={"is_used": planned.is_used})
        if change.state != "planned":
            yield change
            continue
        error: OpsError | None = None
        try:
            if change.limit is None:
                delete_pool_limit(client, change.name)
            else:
                set_pool_limit(client, change.name, change.limit)
        except ForbiddenError as refusal:
            if not has_sent:
                raise
            error = refusal
        except OpsError as raised:
            if not may_be_made(raised):
                raise
            error = raised
        has_sent = True
        pool = _find(poll.ask(lambda: list_all_pools(client)), change.name)
        limit = pool.own_limit if pool else None
        if limit == change.limit:
            yield change.model_copy(update={"state": "changed"})
        else:
            message = error.message if error else f"Dagster accepted the change, but the limit is {limit}"
            code = error.code if error else "INTERNAL_ERROR"
            yield change.model_copy(update={"state": "failed", "error": message, "code": code})


def _find(pools: Pools, name: str) -> PoolState | None:
    return next((pool for pool in pools.items if pool.name == name), None)
