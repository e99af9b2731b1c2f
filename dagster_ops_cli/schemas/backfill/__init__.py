"""A backfill: what would be launched, how one stands, and how it ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from dagster_ops_cli.schemas.asset import keys_of_paths
from dagster_ops_cli.schemas.model import Model, Time
from dagster_ops_cli.schemas.ops_tags import TAG_NAME
from dagster_ops_cli.schemas.run import RunRow, Tags
from dagster_ops_cli.schemas.selectors import job_of_partition_set

ENDED_STATES = frozenset({"succeeded", "failed", "canceled"})


class Skipped(Model):
    """How many of the chosen partitions a policy leaves out."""

    materialized: int = 0
    not_failed: int = 0


class DimensionChoice(Model):
    """What was chosen of one dimension."""

    dimension: str
    count: int
    first: str
    last: str


class BackfillPlan(Model):
    """Exactly what a launch would do.

    ``partitions`` are the keys to launch, in Dagster's order; ``total`` is how many. ``existing_id`` is the newest
    launch of the same file; null where there is none. ``single_run`` says that one run takes all of the partitions.
    ``to_launch`` is how many of the partitions a launch would launch: none where the file was launched before, or those
    that its launch is missing.
    """

    name: str
    job_name: str | None
    asset_keys: list[str] | None
    repository_name: str | None
    location_name: str | None
    strategy: str
    partitions: list[str]
    total: int = Field(default_factory=lambda data: len(data.get("partitions", ())))
    skipped: Skipped = Skipped()
    config_hash: str
    existing_id: str | None = None
    dimensions: list[DimensionChoice] = Field(default_factory=list)
    single_run: bool = False
    to_launch: int = Field(default_factory=lambda data: data.get("total", 0))


class DuplicateRun(Model):
    """A run of a partition that another run had been launched for before, by a command that raced or was paused."""

    partition: str
    run_id: str
    status: str


class FailedPartition(Model):
    """A partition that has not succeeded at the end. ``error`` is its first error; ``run_id`` is null without a run."""

    partition: str
    run_id: str | None = None
    status: str
    error: str | None = None


class Backfill(Model):
    """How a backfill stands.

    ``id`` is Dagster's, or in strategy ``runs`` the launch value of its runs' tags. ``state`` is what is true, computed
    from the runs: waiting, running, canceling, succeeded, failed or canceled; ``status`` is Dagster's own word, null in
    strategy ``runs``. ``counts`` are partitions by the status of their latest run; ``failed`` lists, at the end, every
    partition that is not SUCCESS. ``error`` is what failed in the daemon. ``attempt`` numbers the launches of one file;
    where a file is asked for, ``attempts`` are the ids of all of them, oldest first, and what is told is the outcome of
    all their partitions. ``duplicates`` are runs that do not count: those that had ended before they could be canceled,
    and those still to be canceled.
    """

    id: str
    name: str | None = None
    state: str
    status: str | None = None
    strategy: str
    created_at: Time | None = None
    ended_at: Time | None = None
    job_name: str | None = None
    asset_keys: list[str] | None = None
    total: int
    counts: dict[str, int]
    failed: list[FailedPartition] = Field(default_factory=list)
    tags: dict[str, str]
    error: str | None = None
    url: str
    attempt: int = 1
    attempts: list[str] = Field(default_factory=list)
    duplicates: list[DuplicateRun] = Field(default_factory=list)


class BackfillFilter(Model):
    """Which backfills are meant; nothing given means all of them.

    ``statuses`` are states of ours or statuses of Dagster's, in any case; ``created_after`` is exclusive.
    """

    statuses: list[str] = Field(default_factory=list)
    name: str | None = None
    job_name: str | None = None
    created_after: Time | None = None

    def may_pass(self, tags: Mapping[str, str], job_name: str | None, created_at: datetime) -> bool:
        """Whether what is known without a look at its runs lets a backfill pass."""
        return (
            self.name in (None, tags.get(TAG_NAME))
            and self.job_name in (None, job_name)
            and (self.created_after is None or self.created_after < created_at)
        )

    def passes(self, backfill: Backfill) -> bool:
        """Whether a backfill is meant."""
        words = {backfill.state.upper(), (backfill.status or "").upper()}
        return (
            (not self.statuses or bool(words & {status.upper() for status in self.statuses}))
            and self.name in (None, backfill.name)
            and self.job_name in (None, backfill.job_name)
        )


class BackfillRecord(Model):
    """What Dagster stores of a backfill. Source: ``PartitionBackfill``.

    ``partition_set_name`` is null for backfills of assets, ``asset_keys`` for those of jobs. ``error`` is what failed
    in the daemon.
    """

    id: str
    status: str
    created_at: Time | None = Field(None, validation_alias="timestamp")
    ended_at: Time | None = Field(None, validation_alias="endTimestamp")
    total: int | None = Field(None, validation_alias="numPartitions")
    is_asset_backfill: bool = Field(validation_alias="isAssetBackfill")
    asset_keys: Annotated[list[str] | None, BeforeValidator(keys_of_paths)] = Field(
        None, validation_alias="assetSelection"
    )
    partition_set_name: str | None = Field(None, validation_alias="partitionSetName")
    tags: Tags
    error: Annotated[str | None, BeforeValidator(lambda value: value and value.get("message"))] = None

    @property
    def job_name(self) -> str | None:
        """The job; Dagster tells it by the name of its partition set, in every version."""
        return job_of_partition_set(self.partition_set_name) if self.partition_set_name else None


class Daemon(Model):
    """One of Dagster's daemons. Source: ``daemonHealth``."""

    type: str = Field(validation_alias="daemonType")
    healthy: bool | None = None
    required: bool = True


class BackfillPoll(Model):
    """One look at a backfill, as small for ten thousand partitions as for one.

    ``runs`` are numbers of runs by status; ``partitions`` of partitions, for backfills of assets, where one run may
    take several. ``record`` is null in strategy ``runs``.
    """

    record: BackfillRecord | None
    runs: dict[str, int]
    partitions: dict[str, int] | None = None
    daemons: list[Daemon] = Field(default_factory=list)


class LaunchLook(Model):
    """What a launcher sees of its launch: the newest runs of the file, newest first, and how many runs there are.

    ``runs`` are numbers of runs of this launch by status; ``backfills`` the newest backfills of all.
    """

    newest: list[RunRow]
    backfills: list[BackfillRecord]
    runs: dict[str, int]
    daemons: list[Daemon] = Field(default_factory=list)
