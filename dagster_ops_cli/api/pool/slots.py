"""Free slots of pools whose runs have ended."""

from collections.abc import Callable, Iterator, Sequence

from dagster_ops_cli.adapters.pool import free_slots
from dagster_ops_cli.api.waiting.lost_answer import may_be_made
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ForbiddenError, OpsError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.pool import Pools, Slot, SlotResult


def stuck_slots(slots: Sequence[Slot]) -> Sequence[Slot]:
    """Return the slots that are stuck."""
    return [slot for slot in slots if slot.is_stuck]


def free_all(
    client: GraphQLClient, poll: Poll, slots: Sequence[Slot], look: Callable[[], Pools]
) -> Iterator[SlotResult]:
    """Free slots one after another, and read back which are free; see ``PoolApi.free``."""
    # A step can hold slots of several pools: Dagster frees them together.
    steps = dict.fromkeys((slot.run_id, slot.step_key) for slot in slots)
    errors = {step: _free(client, *step, is_first=not number) for number, step in enumerate(steps)}
    held = {(slot.pool, slot.run_id, slot.step_key) for pool in poll.ask(look).items for slot in pool.slots}
    for slot in slots:
        freed = (slot.pool, slot.run_id, slot.step_key) not in held
        raised = errors[slot.run_id, slot.step_key]
        yield SlotResult(
            pool=slot.pool,
            run_id=slot.run_id,
            step_key=slot.step_key,
            run_status=slot.run_status,
            freed=freed,
            error=None if freed else raised.message if raised else "Dagster accepted it, but the slot is still held",
            code=None if freed else raised.code if raised else "INTERNAL_ERROR",
        )


def _free(client: GraphQLClient, run_id: str, step_key: str, is_first: bool) -> OpsError | None:
    """Free the slots of a step. Return an error that leaves the other steps' slots worth trying; raise any other."""
    try:
        free_slots(client, run_id, step_key)
    except OpsError as error:
        if may_be_made(error) or (isinstance(error, ForbiddenError) and not is_first):
            return error
        raise
    return None
