"""Plan a retry: launch the partitions that have not succeeded, with the run config and tags of the backfill."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dagster_ops_cli.adapters.backfill import poll_backfill
from dagster_ops_cli.adapters.backfill.partitions import list_backfill_partitions
from dagster_ops_cli.adapters.run import list_runs
from dagster_ops_cli.adapters.run.config import list_partition_launches, read_run_config
from dagster_ops_cli.adapters.run.origin import get_run_origin
from dagster_ops_cli.api.asset import find_asset
from dagster_ops_cli.api.backfill.attempts import Attempt, all_backfills, find_attempts, is_launch
from dagster_ops_cli.api.backfill.state import (
    GONE,
    RANGE,
    BackfillView,
    file_backfill,
    in_order,
    range_expander,
    read_launched_plan,
    vanished_keys,
)
from dagster_ops_cli.api.job.find import find_job
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ConflictError, InvalidRequestError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.backfill import ENDED_STATES, Backfill, BackfillPlan
from dagster_ops_cli.schemas.backfill.config import STRATEGY_BACKFILL, STRATEGY_RUNS
from dagster_ops_cli.schemas.backfill.launch import (
    FROM_FILE,
    FROM_PARTITION,
    Launch,
    is_launched_by_runs,
    kept_tags,
    replacing_tags,
)
from dagster_ops_cli.schemas.job import ASSET_JOB_PREFIX, Job
from dagster_ops_cli.schemas.ops_tags import TAG_ATTEMPT, TAG_CONFIG, TAG_NAME, TAG_RETRY_OF, TAG_RUN_CONFIG, TAG_TOTAL
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.filter import RunFilter
from dagster_ops_cli.schemas.run.origin import RunOrigin
from dagster_ops_cli.schemas.selectors import JobSelector

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.asset import Asset

# How many runs to search for one that is not a re-execution.
_SOME = 20
# How many partitions that no longer exist are named.
_NAMED = 5
_LAUNCH_FILE = ("ops", "backfill", "launch", "FILE")


@dataclass(frozen=True)
class Retry:
    """The next attempt after a backfill: ``existing`` if it was launched already, otherwise ``launch``.

    Both are None if there is nothing to retry. ``attempts`` are all attempts at the file; ``backfill`` is the backfill
    with its state.
    """

    backfill: Backfill
    attempts: list[Attempt]
    existing: Attempt | None = None
    launch: Launch | None = None

    def plan(self, missing: Sequence[str]) -> BackfillPlan:
        """Return what would be launched; ``missing`` are the partitions that an existing attempt has yet to launch."""
        launch, backfill = self.launch, self.backfill
        return BackfillPlan(
            name=backfill.name or "",
            job_name=launch.job_name if launch else backfill.job_name,
            asset_keys=launch.asset_keys if launch else backfill.asset_keys,
            repository_name=launch.repository_name if launch else None,
            location_name=launch.location_name if launch else None,
            strategy=backfill.strategy,
            partitions=launch.partitions if launch else list(missing),
            config_hash=launch.config_hash if launch else backfill.tags.get(TAG_CONFIG, ""),
            existing_id=self.existing.id if self.existing else None,
        )


def plan_retry(client: GraphQLClient, backfill_id: str, value: Callable[[str, str, str, int], str]) -> Retry:
    """Return the next attempt after a backfill.

    ``value`` returns the launch value for a strategy, name, hash and attempt number. Raises NotFoundError, and
    ConflictError if the backfill has not ended, is a duplicate, or can no longer be read back from its runs. The next
    attempt after the newest one of a file includes what earlier attempts left.
    """
    view = BackfillView(client, backfill_id)
    backfill = view.look(errors=False)
    tags = _tags_of(client, backfill_id)
    attempts = _attempts(client, backfill_id, tags)
    number = _number(backfill_id, attempts, tags)
    existing = _after(attempts, number)
    if existing:
        return Retry(backfill, attempts, existing=existing)
    if backfill.state not in ENDED_STATES:
        raise ConflictError(
            f"backfill {backfill_id} is {backfill.state}",
            commands={"To wait for its end": ["ops", "backfill", "watch", backfill_id]},
        )
    whole = file_backfill(client, attempts, backfill, errors=False)
    keys = list(dict.fromkeys(each.partition for each in (*backfill.failed, *whole.failed) if each.error != GONE))
    if not keys:
        if backfill.counts.keys() - {"SUCCESS"} and not backfill.failed:
            raise ConflictError(
                f"Dagster says that partitions of backfill {backfill_id} failed, but not which ones: the latest run of "
                "each partition has succeeded",
                commands={"To launch its file again": [*_LAUNCH_FILE, "--again"]},
            )
        return Retry(backfill, attempts)
    return Retry(backfill, attempts, launch=_launch(client, backfill, keys, tags, number + 1, value))


def next_attempt(client: GraphQLClient, backfill_id: str) -> Attempt | None:
    """Return the attempt after a backfill, or None if there is none. Raises ConflictError if it is a duplicate."""
    tags = _tags_of(client, backfill_id)
    attempts = _attempts(client, backfill_id, tags)
    return _after(attempts, _number(backfill_id, attempts, tags))


def _after(attempts: Sequence[Attempt], number: int) -> Attempt | None:
    return next((each for each in attempts if each.number > number), None)


def without_gone(client: GraphQLClient, poll: Poll, launch: Launch) -> Launch | None:
    """Return a launch without the partitions that no longer exist; None if nothing is left or all exist."""
    fields = launch.model_dump(include={"job_name", "asset_keys", "location_name", "repository_name"})
    gone = set(vanished_keys(client, fields, launch.partitions))
    left = [key for key in launch.partitions if key not in gone]
    if not gone or not left:
        return None
    for key in sorted(gone)[:_NAMED]:
        poll.tell(f"Partition {key} no longer exists and is not launched.")
    return launch.model_copy(update={"partitions": left})


def continued_retry(client: GraphQLClient, backfill_id: str, existing: Attempt) -> Launch:
    """Return an existing retry of strategy ``runs`` as a launch to continue. Raises ConflictError."""
    plan = read_launched_plan(client, existing.id)
    if plan.fields is None or plan.run is None:
        raise ConflictError(
            f"can't continue {existing.id}, the retry of {backfill_id}: its runs no longer name its partitions",
            commands={"To continue it from its file": _LAUNCH_FILE},
        )
    tags = plan.run.tags
    run_config = dict(get_run_origin(client, plan.run.id).run_config)
    source = tags.get(TAG_RUN_CONFIG, FROM_PARTITION)
    return Launch(
        **plan.fields,
        name=tags.get(TAG_NAME, ""),
        config_hash=tags.get(TAG_CONFIG, ""),
        attempt=existing.number,
        value=existing.id,
        strategy=STRATEGY_RUNS,
        run_config=run_config if source == FROM_FILE else None,
        run_config_from=source,
        tags=kept_tags(tags),
        replacing=replacing_tags(tags),
    )


def _tags_of(client: GraphQLClient, backfill_id: str) -> Mapping[str, str]:
    if is_launched_by_runs(backfill_id):
        run = read_launched_plan(client, backfill_id).run
        return run.tags if run else {}
    record = poll_backfill(client, backfill_id).record
    return record.tags if record else {}


def _attempts(client: GraphQLClient, backfill_id: str, tags: Mapping[str, str]) -> list[Attempt]:
    if TAG_NAME in tags and TAG_CONFIG in tags:
        # A re-execution from Dagster's UI has the tags of the attempt that it repeats.
        return find_attempts(client, tags[TAG_NAME], tags[TAG_CONFIG])
    number = _own_number(tags)
    wanted = {TAG_RETRY_OF: backfill_id, TAG_ATTEMPT: str(number + 1)}
    retries = [record for record in all_backfills(client) if is_launch(record, wanted)][::-1]
    mine = Attempt(number, backfill_id, STRATEGY_BACKFILL)
    if not retries:
        return [mine]
    return [mine, Attempt(number + 1, retries[0].id, STRATEGY_BACKFILL, retries[0], tuple(retries[1:]))]


def _own_number(tags: Mapping[str, str]) -> int:
    number = tags.get(TAG_ATTEMPT, "")
    return int(number) if number.isdecimal() else 1


def _number(backfill_id: str, attempts: list[Attempt], tags: Mapping[str, str]) -> int:
    for attempt in attempts:
        if attempt.id == backfill_id:
            return attempt.number
        if backfill_id in {attempt.lost_value, *(record.id for record in attempt.duplicates)}:
            raise ConflictError(
                f"backfill {backfill_id} is a duplicate: {attempt.id} was launched first",
                commands={"To retry that one": ["ops", "backfill", "retry", attempt.id]},
            )
    return _own_number(tags)


def _launch(
    client: GraphQLClient,
    backfill: Backfill,
    keys: list[str],
    tags: Mapping[str, str],
    number: int,
    value: Callable[[str, str, str, int], str],
) -> Launch:
    sibling = _sibling(client, backfill)
    if sibling is None and tags.get(TAG_RUN_CONFIG) != FROM_PARTITION:
        raise ConflictError(
            f"the run config of backfill {backfill.id} is unknown because it has no runs",
            commands={"To launch its file again": [*_LAUNCH_FILE, "--again"]},
        )
    origin = get_run_origin(client, sibling.id) if sibling else _origin(client, backfill)
    asset_keys, job_name = backfill.asset_keys, backfill.job_name
    dimensions: list[str] = []
    unchecked = False
    if backfill.strategy == STRATEGY_RUNS:
        fields = read_launched_plan(client, backfill.id).fields
        if fields:
            job_name, asset_keys, dimensions = fields["job_name"], fields["asset_keys"], fields["dimensions"]
            unchecked = fields.get("unchecked", False)
        else:
            _check_readable(backfill, tags)
            if str(job_name).startswith(ASSET_JOB_PREFIX):
                job_name, asset_keys = None, origin.asset_keys
    if asset_keys:
        partitioning = find_asset(client, asset_keys[0], origin.repository_name, origin.location_name).partitioning
        dimensions = sorted(dimension.name for dimension in partitioning.dimensions)
        if any(RANGE in key for key in keys):
            known = in_order(list_backfill_partitions(client, backfill.id), partitioning.keys) or partitioning.keys
            expand = range_expander(known)
            keys = [each for key in keys for each in expand(key)]
    source, run_config = _run_config(client, backfill, sibling, origin, job_name)
    name, config_hash = tags.get(TAG_NAME, ""), tags.get(TAG_CONFIG, "")
    return Launch(
        name=name,
        config_hash=config_hash,
        attempt=number,
        value=value(backfill.strategy, name, config_hash, number),
        strategy=backfill.strategy,
        job_name=job_name,
        asset_keys=asset_keys,
        location_name=origin.location_name,
        repository_name=origin.repository_name,
        dimensions=dimensions,
        partitions=list(dict.fromkeys(keys)),
        run_config=run_config,
        run_config_from=source,
        tags={**kept_tags(tags), TAG_RETRY_OF: backfill.id},
        replacing=replacing_tags(tags),
        unchecked=unchecked,
    )


def _sibling(client: GraphQLClient, backfill: Backfill) -> RunRow | None:
    """Return a run that shows what the backfill was launched with, or None if it has no run."""
    tag = BackfillView(client, backfill.id).run_tag
    runs = list_runs(client, RunFilter(tags={tag: backfill.id}), _SOME)
    return next((run for run in runs if run.parent_run_id is None), next(iter(runs), None))


def _origin(client: GraphQLClient, backfill: Backfill) -> RunOrigin:
    """Return the code location and repository of a backfill without runs."""
    found: Job | Asset
    try:
        if backfill.job_name:
            found = find_job(client, backfill.job_name)
        else:
            found = find_asset(client, (backfill.asset_keys or [""])[0])
    except InvalidRequestError as error:
        raise ConflictError(
            f"the code location of backfill {backfill.id} is unknown because it has no runs: {error.message}",
            commands={"To launch its file again": [*_LAUNCH_FILE, "--again"]},
        ) from error
    return RunOrigin(
        job_name=backfill.job_name or ASSET_JOB_PREFIX,
        run_config={},
        location_name=found.location_name,
        repository_name=found.repository_name,
    )


def _check_readable(backfill: Backfill, tags: Mapping[str, str]) -> None:
    """Raise ConflictError if the backfill has partitions that its runs don't name."""
    total = tags.get(TAG_TOTAL, "")
    known = sum(count for status, count in backfill.counts.items() if status != "NOT_STARTED")
    if total.isdecimal() and int(total) > known:
        raise ConflictError(
            f"{int(total) - known} partitions of backfill {backfill.id} have no run, and its runs don't say which ones",
            commands={"To launch its file again": [*_LAUNCH_FILE, "--again"]},
        )


def _run_config(
    client: GraphQLClient, backfill: Backfill, sibling: RunRow | None, origin: RunOrigin, job_name: str | None
) -> tuple[str, dict[str, Any] | None]:
    """Return the source of a backfill's run config, and the run config itself if it is the same for all partitions.

    If the backfill's tags don't name the source, compare the run config of one run with the one of its partition.
    """
    run_config = dict(origin.run_config)
    if sibling is None:
        return FROM_PARTITION, None
    source = sibling.tags.get(TAG_RUN_CONFIG)
    if source is None:
        source = FROM_FILE if run_config else FROM_PARTITION
        key = sibling.tags.get(dagster_tags.PARTITION)
        if run_config and job_name and key:
            job = JobSelector(origin.location_name, origin.repository_name, job_name)
            (own,) = list_partition_launches(client, job, [key])
            is_own = read_run_config(own.run_config) == run_config
            ignores_others = own.has_run_config and backfill.strategy == STRATEGY_BACKFILL
            source = FROM_PARTITION if is_own or ignores_others else FROM_FILE
    return (source, run_config) if source == FROM_FILE and run_config else (FROM_PARTITION, None)
