"""Strategy ``runs``: one run for each partition, launched by us, with what Dagster itself would give it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from dagster_ops_cli.adapters.backfill import poll_launch
from dagster_ops_cli.adapters.run_config import list_partition_launches
from dagster_ops_cli.adapters.run_launch import launch_partition_runs
from dagster_ops_cli.api.arrival import is_open, look_for
from dagster_ops_cli.api.backfill_runs import runs_with_tag
from dagster_ops_cli.api.backfill_view import unfinished
from dagster_ops_cli.api.poll import Poll
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.errors import OpsError
from dagster_ops_cli.schemas.backfill import TAG_LAUNCH, BackfillPlan
from dagster_ops_cli.schemas.partition import PartitionLaunch
from dagster_ops_cli.schemas.run_target import RunTarget

PARTITION_TAG = "dagster/partition"
ASSET_JOB = "__ASSET_JOB"
# How many partitions are asked for at once what their runs are launched with.
_BATCH = 50
# How many runs are launched with one request, and how many seconds it may take: a launcher that is at work for long
# does not notice that it is canceled, and its request may time out.
_TOGETHER, _MOMENT = 10, 1.0
# Seconds after which a launcher that has places left looks all the same whether somebody canceled the launch.
_LOOK_AFTER = 5.0
# Seconds between two looks that must agree before a launch is continued: longer than another launcher's polls.
QUIET = 7.0


@dataclass(frozen=True)
class RunLauncher:
    """Launches the runs of one launch value; at most ``max_concurrent`` of them are unfinished at a time."""

    client: GraphQLClient
    poll: Poll
    plan: BackfillPlan
    value: str
    tags: Mapping[str, str]
    run_config: Mapping[str, Any] | None
    max_concurrent: int

    def launch(self, keys: Sequence[str]) -> Iterator[int]:
        """Launch a run for each of ``keys``, in this order, some at once, and yield each time how many there are.

        The first is launched alone, so that somebody who launches the same is met before there are more. Ends early
        where somebody canceled a run of this launch: that is how it is stopped.
        """
        launches = self._launches(keys)
        done, together = 0, 1
        active, looked = self._active(), self.poll.clock()
        while done < len(keys):
            if active is not None and active >= self.max_concurrent and done:
                self.poll.tell(f"{done} of {len(keys)} launched; waiting for one of {active} runs to end ...")
            while active is not None and active >= self.max_concurrent:
                self.poll.sleep(self.poll.interval)
                active, looked = self._active(), self.poll.clock()
            if active is not None and self.poll.clock() - looked > _LOOK_AFTER:
                active, looked = self._active(), self.poll.clock()
            if active is None:
                self.poll.tell(f"A run of {self.value} was canceled: no more are launched.")
                return
            batch = list(islice(launches, min(together, self.max_concurrent - active)))
            began = self.poll.clock()
            self._launch(batch)
            each = (self.poll.clock() - began) / len(batch)
            together = max(1, int(min(_TOGETHER, _MOMENT / each))) if each else _TOGETHER
            active += len(batch)
            done += len(batch)
            yield done

    def launched(self) -> set[str]:
        """Return the keys that have a run in this launch."""
        return {run.tags[PARTITION_TAG] for run in runs_with_tag(self.client, TAG_LAUNCH, self.value) if run.partition}

    def launched_and_quiet(self) -> set[str]:
        """Return the same, once nobody else seems to be launching: two looks some seconds apart agree.

        Another command may be alive and silent only as long as all its places are taken.
        """
        before = self.launched()
        while True:
            self.poll.sleep(QUIET)
            active, now = self._active(), self.launched()
            if active is None or (now == before and active < self.max_concurrent):
                return now
            before = now

    def _active(self) -> int | None:
        """How many runs of this launch are unfinished; None once it was canceled."""
        runs = self.poll.ask(lambda: poll_launch(self.client, TAG_LAUNCH, self.value)).runs
        return None if runs.get("CANCELED") or runs.get("CANCELING") else unfinished(runs)

    def _launches(self, keys: Sequence[str]) -> Iterator[PartitionLaunch]:
        plan = self.plan
        if plan.job_name is None:
            yield from (PartitionLaunch(key=key, run_config="{}", tags=self._asset_tags(key)) for key in keys)
            return
        place = (str(plan.location_name), str(plan.repository_name), plan.job_name)
        for start in range(0, len(keys), _BATCH):
            batch = keys[start : start + _BATCH]
            yield from self.poll.ask(lambda batch=batch: list_partition_launches(self.client, *place, batch))  # type: ignore[misc]

    def _asset_tags(self, key: str) -> dict[str, str]:
        """What Dagster gives a run of an asset's partition: without the dimensions its key would be a mere text."""
        names = sorted(choice.dimension for choice in self.plan.dimensions)
        parts = key.split("|") if len(names) > 1 else []
        by_dimension = zip(names, parts, strict=False)
        return {PARTITION_TAG: key, **{f"{PARTITION_TAG}/{name}": part for name, part in by_dimension}}

    def _launch(self, launches: Sequence[PartitionLaunch]) -> None:
        plan = self.plan
        target = RunTarget(
            job_name=plan.job_name or ASSET_JOB,
            repository_name=str(plan.repository_name),
            location_name=str(plan.location_name),
            asset_keys=plan.asset_keys or [],
        )
        try:
            launch_partition_runs(self.client, target, launches, self.run_config, self.tags)
        except OpsError as error:
            if not is_open(error):
                raise
            error.hint = "The same command continues where this one ended."
            missing = self._missing([launch.key for launch in launches], error)
            if not missing:
                return
            error.message += f". {_not_launched(missing)}"
            raise

    def _missing(self, keys: Sequence[str], error: OpsError) -> list[str]:
        """Return those of ``keys`` that no run has arrived of, once nothing more seems to arrive."""
        found: set[str] = set()

        def all_are_there() -> bool:
            found.update(self.launched())
            return found.issuperset(keys)

        look_for(self.poll, error, all_are_there, f"the {_runs_of(keys)}")
        return [key for key in keys if key not in found]


def _runs_of(keys: Sequence[str]) -> str:
    return f"run of {keys[0]}" if len(keys) == 1 else f"{len(keys)} runs of {keys[0]} to {keys[-1]}"


def _not_launched(keys: Sequence[str]) -> str:
    if len(keys) == 1:
        return f"Dagster has no run of partition {keys[0]}: it was not launched"
    return f"Dagster has no run of {len(keys)} partitions, {', '.join(keys)}: they were not launched"
