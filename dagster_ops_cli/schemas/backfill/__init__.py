"""A backfill: its plan and its state."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from dagster_ops_cli.schemas.asset import keys_of_paths
from dagster_ops_cli.schemas.asset_check import FailedCheck
from dagster_ops_cli.schemas.daemon import Daemon
from dagster_ops_cli.schemas.dynamic_partition import MissingKeys
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.model import Model, Time
from dagster_ops_cli.schemas.ops_tags import TAG_NAME
from dagster_ops_cli.schemas.run import RunRow, Tags
from dagster_ops_cli.schemas.selectors import job_of_partition_set

ENDED_STATES = frozenset({"succeeded", "failed", "canceled"})


class Skipped(Model):
    """How many of the chosen partitions the policy leaves out."""

    materialized: int = 0
    not_failed: int = 0


class DimensionChoice(Model):
    """The keys that were chosen in one dimension."""

    dimension: str
    count: int
    first: str
    last: str


class BackfillPlan(Model):
    """Exactly what a launch would do.

    ``partitions`` are the file's keys in Dagster's order, ``total`` is their number. ``existing_id`` is the newest
    launch of the same file; null if there is none. ``single_run`` says that one run takes all partitions. ``to_launch``
    is how many partitions would be launched: all; those that an interrupted launch is missing; or none.
    ``keys_to_add`` are keys of dynamic dimensions that the launch adds first.
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
    keys_to_add: list[MissingKeys] = Field(default_factory=list)


class DuplicateRun(Model):
    """A second run of a partition, launched by a command that ran at the same time or was paused."""

    partition: str
    run_id: str
    status: str


class FailedPartition(Model):
    """A partition that did not succeed. ``error`` is its run's first error; ``run_id`` is null without a run."""

    partition: str
    run_id: str | None = None
    status: str
    error: str | None = None


class Backfill(Model):
    """The state of a backfill.

    ``id`` is Dagster's, or with strategy ``runs`` the launch value. ``state`` is computed from the runs: waiting,
    running, canceling, succeeded, failed or canceled; ``status`` is Dagster's own, null with strategy ``runs``.
    ``counts`` are partitions by the status of their latest run; ``failed`` lists, at the end, every partition that did
    not succeed. ``error`` is an error of the daemon. ``attempt`` numbers the launches of one file. For a file,
    ``attempts`` are the ids of all its launches, oldest first, and the rest is the outcome of all its partitions.
    ``duplicates`` are second runs of a partition; they do not count, and unfinished ones are canceled.
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

    @property
    def unfinished_runs(self) -> int:
        """How many partitions have a run that has not ended."""
        not_running = FINISHED_RUN_STATUSES | {"NOT_STARTED"}
        return sum(count for status, count in self.counts.items() if status not in not_running)


class BackfillWithChecks(Backfill):
    """A backfill with the checks that failed in the latest run of each partition.

    These failed with severity ERROR, or have no result although the run has ended.
    """

    failed_checks: list[FailedCheck]


class BackfillFilter(Model):
    """A filter for backfills; an empty one matches all.

    ``statuses`` are states or Dagster's statuses, in any case; ``created_after`` is exclusive.
    """

    statuses: list[str] = Field(default_factory=list)
    name: str | None = None
    job_name: str | None = None
    created_after: Time | None = None

    def may_pass(self, tags: Mapping[str, str], job_name: str | None, created_at: datetime) -> bool:
        """Whether a backfill may match, by what is known without its runs."""
        return (
            self.name in (None, tags.get(TAG_NAME))
            and self.job_name in (None, job_name)
            and (self.created_after is None or self.created_after < created_at)
        )

    def passes(self, backfill: Backfill) -> bool:
        """Whether a backfill matches."""
        words = {backfill.state.upper(), (backfill.status or "").upper()}
        return (
            (not self.statuses or bool(words & {status.upper() for status in self.statuses}))
            and self.name in (None, backfill.name)
            and self.job_name in (None, backfill.job_name)
        )


class BackfillRecord(Model):
    """Dagster's record of a backfill. Source: ``PartitionBackfill``.

    ``partition_set_name`` is null for backfills of assets, ``asset_keys`` for those of jobs. ``error`` is an error of
    the daemon.
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
        """The job's name, which every version of Dagster returns as part of the partition set's name."""
        return job_of_partition_set(self.partition_set_name) if self.partition_set_name else None


class BackfillPoll(Model):
    """The answer to one poll of a backfill, which is small for any number of partitions.

    ``runs`` counts runs by status; for backfills of assets, where a run may have several partitions, ``partitions``
    counts partitions. ``record`` is null with strategy ``runs``.
    """

    record: BackfillRecord | None
    runs: dict[str, int]
    partitions: dict[str, int] | None = None
    daemons: list[Daemon] = Field(default_factory=list)


class LaunchLook(Model):
    """What a launcher sees of its launch: the newest runs of the file, and the newest of all ``backfills``.

    ``runs`` counts the runs of this launch by status.
    """

    newest: list[RunRow]
    backfills: list[BackfillRecord]
    runs: dict[str, int]
    daemons: list[Daemon] = Field(default_factory=list)
