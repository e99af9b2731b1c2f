"""Concurrency pools: their limits, the steps that hold their slots, and those that wait."""

from pydantic import Field

from dagster_ops_cli.schemas.model import Model, Time
from dagster_ops_cli.schemas.run.queue import PendingStep


class Slot(Model):
    """A slot of a pool that a step holds.

    ``run_status`` is null if the run no longer exists. ``is_stuck`` says that the run has ended but still holds the
    slot; Dagster never frees such a slot.
    """

    pool: str
    run_id: str
    step_key: str
    claimed_at: Time | None = None
    run_status: str | None = None
    is_stuck: bool = False


class PoolState(Model):
    """A pool. Source: ``ConcurrencyKeyInfo``.

    ``limit`` is how many steps (or runs) may use it at once; null for no limit. ``is_default`` says that this is the
    deployment's default limit; null if the server can't tell. ``waiting_steps`` wait for a slot.
    """

    name: str
    limit: int | None
    is_default: bool | None
    slots: list[Slot]
    waiting_steps: list[PendingStep]
    url: str

    @property
    def stuck(self) -> int:
        """The number of stuck slots."""
        return sum(each.is_stuck for each in self.slots)

    @property
    def own_limit(self) -> int | None:
        """The limit that was set for this pool, None if only the default applies."""
        return None if self.is_default else self.limit

    @property
    def is_full(self) -> bool:
        """Whether no slot is free."""
        return self.limit is not None and len(self.slots) >= self.limit


class PoolDetail(PoolState):
    """A pool, with the queued runs whose first steps need it."""

    queued_run_ids: list[str]


class Pools(Model):
    """All pools that have a limit or were used; ``default_limit`` applies to those without their own.

    ``least`` and ``most`` are the smallest and largest limit that the server accepts.
    """

    items: list[PoolState]
    default_limit: int | None = None
    least: int
    most: int


class PoolChange(Model):
    """A limit to set; with a null ``limit``, one to remove.

    ``state`` is ``planned``, ``unchanged`` (nothing to do), ``changed`` (and read back) or ``failed``; ``error`` and
    ``code`` say why. ``is_used`` says whether anything in the code locations uses the pool; null if not known.
    """

    name: str
    previous_limit: int | None
    limit: int | None
    state: str
    is_used: bool | None = None
    error: str | None = None
    code: str | None = None


class SlotResult(Model):
    """The result of freeing a slot; if it is not ``freed``, ``error`` and ``code`` say why."""

    pool: str
    run_id: str
    step_key: str
    run_status: str | None
    freed: bool
    error: str | None = None
    code: str | None = None


class QueuedNeeds(Model):
    """The pools that the first steps of a queued run need. It waits for them unless it has other first steps."""

    run_id: str = Field(validation_alias="runId")
    pools: list[str]
    has_other_steps: bool | None
