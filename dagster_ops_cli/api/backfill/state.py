"""The state of a backfill. It is computed from the runs if Dagster's own status is stale or misleading."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from dagster_ops_cli.adapters.asset import get_asset
from dagster_ops_cli.adapters.backfill import poll_backfill, poll_launch
from dagster_ops_cli.adapters.backfill.partitions import list_backfill_partitions
from dagster_ops_cli.adapters.partition import get_job_partitioning
from dagster_ops_cli.adapters.run import list_runs
from dagster_ops_cli.adapters.run.config import check_run_config, list_partition_launches
from dagster_ops_cli.adapters.union import HINTS
from dagster_ops_cli.api.asset import find_asset
from dagster_ops_cli.api.backfill.attempts import Attempt, file_tags, find_attempts, launched_at
from dagster_ops_cli.api.backfill.members import (
    CANCELED,
    NOT_STARTED,
    LaunchRuns,
    Member,
    failed_partitions,
    latest_runs,
    launch_runs,
    sort_members,
    walk_members,
)
from dagster_ops_cli.api.job.find import find_job
from dagster_ops_cli.errors import (
    BadResponseError,
    InvalidContentError,
    InvalidRequestError,
    NotFoundError,
    ServerFaultError,
)
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.backfill import (
    ENDED_STATES,
    Backfill,
    BackfillPoll,
    BackfillRecord,
    FailedPartition,
)
from dagster_ops_cli.schemas.backfill.config import STRATEGY_BACKFILL, STRATEGY_RUNS
from dagster_ops_cli.schemas.backfill.launch import FROM_FILE, is_launched_by_runs, is_legacy_value, read_plan
from dagster_ops_cli.schemas.daemon import QUEUE_DAEMON, Daemon
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.ops_tags import (
    PLAN_PREFIX,
    TAG_ATTEMPT,
    TAG_CONFIG,
    TAG_DIGEST,
    TAG_LAUNCH,
    TAG_NAME,
    TAG_PLAN_OF,
    TAG_RUN_CONFIG,
    TAG_TOTAL,
    TAG_WORKER,
)
from dagster_ops_cli.schemas.partition import Partitioning
from dagster_ops_cli.schemas.partition_key import SEPARATOR, split_key
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.filter import RunFilter
from dagster_ops_cli.schemas.selectors import JobSelector

# Statuses after which Dagster starts no more runs.
_CLOSED = frozenset({"COMPLETED", "COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED"})
# Each look reads all runs of a launch of at most this size. Of a larger unfinished launch it reads only the counts.
_FEW = 200
# Separates the first and last key in the partition of a run for a range. No partition key may contain it.
RANGE = "..."
GONE = "the partition no longer exists"


@dataclass(frozen=True)
class LaunchedPlan:
    """What the runs of a launch say about it: the ``fields`` of Launch, if they can be read, and a run with its tags.

    ``run`` is None if the launcher already knows the fields.
    """

    run: RunRow | None
    fields: Mapping[str, Any] | None

    @property
    def keys(self) -> list[str] | None:
        """The keys of the launch, or None if they can no longer be read."""
        return self.fields["partitions"] if self.fields else None


def read_launched_plan(client: GraphQLClient, value: str) -> LaunchedPlan:
    """Return what a launch of strategy ``runs`` has to launch, read from its oldest run. Raises NotFoundError."""
    for run in reversed(list_runs(client, RunFilter(tags={TAG_PLAN_OF: value}))):
        if fields := read_plan(run.tags):
            return LaunchedPlan(run, fields)
    some = list_runs(client, RunFilter(tags={TAG_LAUNCH: value}), 1)
    if not some:
        raise NotFoundError(f"Backfill {value} not found", code="BACKFILL_NOT_FOUND", hint=HINTS["BACKFILL_NOT_FOUND"])
    return LaunchedPlan(some[0], None)


@dataclass
class BackfillView:
    """Reads the state of one backfill repeatedly, with one small request. Once it may have ended, reads its runs too.

    ``missing_daemons`` are the daemons that the backfill needed but that were not running at the last look.
    """

    client: GraphQLClient
    id: str
    missing_daemons: list[str] = field(default_factory=list)
    _plan: LaunchedPlan | None = None
    # The number of canceled runs when all were last read, and whether one of them was not a duplicate.
    _canceled: int = 0
    _is_canceled: bool = False

    @property
    def is_native(self) -> bool:
        """Whether Dagster itself manages this backfill."""
        return not is_launched_by_runs(self.id)

    @property
    def run_tag(self) -> str:
        """The tag of all its runs; the tag's value is the backfill's id."""
        return dagster_tags.BACKFILL if self.is_native else TAG_LAUNCH

    def look(self, exact: bool = True, errors: bool = True) -> Backfill:
        """Return the backfill with its state. Raises NotFoundError.

        Without ``exact``, count runs instead of partitions if the backfill is large and unfinished. With ``errors``,
        look up why runs failed.
        """
        poll = poll_backfill(self.client, self.id) if self.is_native else poll_launch(self.client, TAG_LAUNCH, self.id)
        self.missing_daemons = missing_daemons(poll.daemons, self.is_native)
        if poll.record:
            return self._from_record(poll, poll.record, errors)
        return self._from_runs(poll, exact, errors)

    def _from_record(self, poll: BackfillPoll, record: BackfillRecord, errors: bool) -> Backfill:
        total = record.total or sum((poll.partitions or {}).values())
        counts = poll.partitions if poll.partitions is not None else with_not_started(poll.runs, total)
        shown = Shown(self.client.url, self.id, STRATEGY_BACKFILL, record.tags, total, record=record)
        if unfinished(poll.runs) or not may_have_ended(record, counts):
            return shown.backfill(open_state(record.status, poll.runs), counts)
        runs = native_runs(self.client, record)
        if poll.partitions is None or _outdates_counts(record, runs, total):
            counts = with_not_started(runs.counts, total)
        # Automatic retries are among the counted runs of a poll, so only now it is known whether partitions are left.
        if runs.is_open or not may_have_ended(record, counts):
            return shown.backfill(open_state(record.status, poll.runs), counts)
        state = ended_state(record.status, counts)
        failed_runs = sum(run.status != "SUCCESS" for run in runs.latest.values())
        # Dagster counts the partitions of assets even if their runs were deleted.
        some_never_ran = counts.get(NOT_STARTED) or failed_runs < counts.get("FAILURE", 0)
        keys = _never_run(self.client, record, runs) if some_never_ran and state != "succeeded" else []
        failed = [] if state == "succeeded" else failed_partitions(self.client, runs, keys, errors)
        return replace(shown, ended_at=record.ended_at or runs.ended_at).backfill(state, counts, failed)

    def _from_runs(self, poll: BackfillPoll, exact: bool, errors: bool) -> Backfill:
        if self._plan is None:
            self._plan = read_launched_plan(self.client, self.id)
        plan = self._plan
        if plan.run is None:
            raise AssertionError("a plan without a run was not read from Dagster")
        tags = plan.run.tags
        total = int(tags[TAG_TOTAL]) if tags.get(TAG_TOTAL, "").isdecimal() else sum(poll.runs.values())
        shown = Shown(
            self.client.url,
            self.id,
            STRATEGY_RUNS,
            tags,
            total,
            created_at=launched_at(self.id) if is_legacy_value(self.id) else plan.run.created_at,
            job_name=plan.fields["job_name"] if plan.fields else plan.run.job_name,
            asset_keys=plan.fields["asset_keys"] if plan.fields else None,
        )
        canceled = sum(poll.runs.get(status, 0) for status in CANCELED)
        is_small = total <= _FEW or sum(poll.runs.values()) > total
        is_known = self._is_canceled or canceled == self._canceled
        if unfinished(poll.runs) and is_known and not (exact or is_small):
            state = "canceling" if self._is_canceled else open_state(None, poll.runs)
            return shown.backfill(state, with_not_started(poll.runs, total))
        runs = launch_runs(self.client, {TAG_LAUNCH: self.id}, plan.keys)
        self._canceled, self._is_canceled = canceled, runs.is_canceled
        return runs_backfill(self.client, shown, runs, plan, errors)


@dataclass(frozen=True)
class Shown:
    """The fields of a backfill that do not depend on its state."""

    url: str
    id: str
    strategy: str
    tags: Mapping[str, str]
    total: int
    record: BackfillRecord | None = None
    created_at: Any = None
    ended_at: Any = None
    job_name: str | None = None
    asset_keys: list[str] | None = None

    def backfill(
        self, state: str, counts: Mapping[str, int], failed: Sequence[FailedPartition] = (), **more: Any
    ) -> Backfill:
        """Return the backfill in that state."""
        record = self.record
        number = self.tags.get(TAG_ATTEMPT, "")
        return Backfill(
            id=self.id,
            name=self.tags.get(TAG_NAME),
            state=state,
            status=record.status if record else None,
            strategy=self.strategy,
            created_at=record.created_at if record else self.created_at,
            ended_at=self.ended_at if state in ENDED_STATES else None,
            job_name=record.job_name if record else self.job_name,
            asset_keys=record.asset_keys if record else self.asset_keys,
            total=self.total,
            counts=dict(counts),
            failed=list(failed),
            tags=shown_tags(self.tags),
            error=record.error if record else None,
            url=backfill_url(self.url, self.id),
            attempt=int(number) if number.isdecimal() else 1,
            **more,
        )


def shown_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a launch, without the tags that differ between its runs."""
    hidden = (dagster_tags.PARTITION, PLAN_PREFIX, TAG_WORKER, TAG_DIGEST)
    return {key: value for key, value in tags.items() if not key.startswith(hidden)}


def runs_backfill(
    client: GraphQLClient,
    shown: Shown,
    runs: LaunchRuns,
    plan: LaunchedPlan,
    errors: bool = True,
    rejected: Mapping[str, str] | None = None,
) -> Backfill:
    """Return a launch of strategy ``runs`` with its state. ``rejected`` are keys that Dagster refused, and why."""
    counts = with_not_started(runs.counts, shown.total)
    left = runs.first.keys() | (rejected or {}).keys()
    missing = [key for key in plan.keys or () if key not in left]
    gone: Mapping[str, str] = rejected or {}
    if missing and not runs.is_open and not runs.is_canceled:
        vanished = vanished_keys(client, plan.fields, missing)
        gone = {**gone, **dict.fromkeys(vanished, GONE)}
        gone = {**gone, **rejected_keys(client, plan, [key for key in missing if key not in vanished])}
    to_come = counts.get(NOT_STARTED, 0) - len(gone)
    duplicates = runs.reported_duplicates()
    if runs.is_open or (to_come > 0 and not runs.is_canceled and not _is_superseded(client, shown)):
        state = "canceling" if runs.is_canceled else open_state(None, counts)
        return shown.backfill(state, counts, duplicates=duplicates)
    state = ended_state("CANCELED" if runs.is_canceled or counts.get("CANCELED") else None, counts)
    failed = [] if state == "succeeded" else failed_partitions(client, runs, plan.keys or [], errors)
    failed = [
        each.model_copy(update={"error": gone[each.partition]}) if each.partition in gone else each for each in failed
    ]
    return replace(shown, ended_at=runs.ended_at).backfill(state, counts, failed, duplicates=duplicates)


def _is_superseded(client: GraphQLClient, shown: Shown) -> bool:
    """Whether a later attempt at the file exists, so that this launch launches no more runs."""
    name, config_hash = shown.tags.get(TAG_NAME), shown.tags.get(TAG_CONFIG)
    attempts = find_attempts(client, name, config_hash) if name and config_hash else []
    return bool(attempts) and attempts[-1].id != shown.id


def vanished_keys(client: GraphQLClient, fields: Mapping[str, Any] | None, keys: Iterable[str]) -> list[str]:
    """Return the ``keys`` that the target of a launch no longer has; none if that can't be determined."""
    if not fields or fields.get("unchecked"):
        return []
    partitioning = partitioning_of(client, fields)
    if partitioning is None:
        return []
    known = set(partitioning.keys)
    return [key for key in keys if key not in known]


def rejected_keys(client: GraphQLClient, plan: LaunchedPlan, keys: Sequence[str]) -> dict[str, str]:
    """Return why Dagster rejects each of ``keys``, or nothing if it accepts one of them.

    Dagster keeps no record of earlier rejections, so this checks whether it would reject the partitions now.
    """
    fields = plan.fields
    if plan.run is None or not fields or not fields["job_name"] or plan.run.tags.get(TAG_RUN_CONFIG) == FROM_FILE:
        return {}
    job = JobSelector(fields["location_name"], fields["repository_name"], fields["job_name"])
    refused: dict[str, str] = {}
    for key in keys:
        try:
            (launch,) = list_partition_launches(client, job, [key])
            if launch.has_run_config:
                check_run_config(client, job, launch.run_config)
        except InvalidContentError as error:
            refused[key] = error.message
            continue
        except (NotFoundError, ServerFaultError, BadResponseError):
            # In a broken code location, nothing can be checked.
            pass
        return {}
    return refused


def partitioning_of(client: GraphQLClient, fields: Mapping[str, Any]) -> Partitioning | None:
    """Return how the target of a launch is partitioned now; None if it does not exist, or its code does not load."""
    place = (fields.get("repository_name"), fields.get("location_name"))
    try:
        if fields["job_name"]:
            return get_job_partitioning(client, find_job(client, fields["job_name"], *place).selector)
        return find_asset(client, fields["asset_keys"][0], *place).partitioning
    except (NotFoundError, InvalidRequestError, ServerFaultError):
        return None
    except BadResponseError as error:
        if error.code != "CODE_LOCATION_ERROR":
            raise
        return None


def native_runs(client: GraphQLClient, record: BackfillRecord) -> LaunchRuns:
    """Return the runs of a native backfill and their re-executions, which keep only the tags of the launch.

    A run for a range counts for each of its partitions if it belongs to a job, or if it was launched again: the
    counts that Dagster keeps for backfills of assets do not change any more.
    """
    value = record.tags.get(TAG_LAUNCH)
    runs = latest_runs(
        client, walk_members(client, {TAG_LAUNCH: value} if value else {dagster_tags.BACKFILL: record.id})
    )
    is_counted = not record.is_asset_backfill or _is_reexecuted(record, runs)
    if not (is_counted and any(RANGE in key for key in runs.latest)):
        return runs
    keys = ordered_keys(client, list_backfill_partitions(client, record.id), record.asset_keys, runs)
    return LaunchRuns(by_partition(runs.first, keys), by_partition(runs.latest, keys))


def _never_run(client: GraphQLClient, record: BackfillRecord, runs: LaunchRuns) -> list[str]:
    """Return the partitions of a native backfill without a run."""
    keys = ordered_keys(client, list_backfill_partitions(client, record.id), record.asset_keys, runs)
    launched = by_partition(runs.latest, keys)
    return [key for key in keys if key not in launched]


def by_partition(runs: Mapping[str, Member], keys: Sequence[str]) -> dict[str, Member]:
    """Return the newest run of each partition, from the runs of a backfill's partitions and ranges, newest first.

    ``keys`` are the partitions of the backfill, in Dagster's order, after those that were deleted. These belong to a
    range if it is the only one and ends with the last partition.
    """
    if keys and len(runs) == 1 and next(iter(runs)).endswith(RANGE + keys[-1]) and SEPARATOR not in keys[-1]:
        return dict.fromkeys(keys, next(iter(runs.values())))
    expand = range_expander(keys)
    return {each: run for key, run in [*runs.items()][::-1] for each in expand(key)}


def ordered_keys(
    client: GraphQLClient, keys: Sequence[str], asset_keys: Sequence[str] | None, runs: LaunchRuns
) -> list[str]:
    """Return the partitions of a backfill in Dagster's order if its runs have ranges, which depend on the order.

    Dagster returns the partitions of assets in any order.
    """
    if not asset_keys or not any(RANGE in key for key in runs.latest):
        return [*keys]
    try:
        return in_order(keys, get_asset(client, asset_keys[0]).partitioning.keys)
    except NotFoundError:
        return sorted(keys)


def in_order(keys: Iterable[str], order: Sequence[str]) -> list[str]:
    """Return the keys in an order; those that it lacks come first."""
    places = {key: place for place, key in enumerate(order)}
    return sorted(keys, key=lambda key: (places.get(key, -1), key))


def may_have_ended(record: BackfillRecord, counts: Mapping[str, int]) -> bool:
    """Whether Dagster starts no more runs of a backfill, from its status and the number of partitions per status."""
    return record.status in _CLOSED or not (record.is_asset_backfill or counts.get(NOT_STARTED))


def _outdates_counts(record: BackfillRecord, runs: LaunchRuns, total: int) -> bool:
    """Whether runs of an asset's backfill were launched again since Dagster counted its partitions.

    The runs of several assets do not tell which of them are done.
    """
    return _is_reexecuted(record, runs) and len(record.asset_keys or []) == 1 and len(runs.latest) == total


def _is_reexecuted(record: BackfillRecord, runs: LaunchRuns) -> bool:
    """Whether a partition's run was launched again, by itself or with the whole backfill."""
    return any(run.parent_id is not None or run.backfill != record.id for run in runs.latest.values())


def file_backfill(
    client: GraphQLClient, attempts: Sequence[Attempt], newest: Backfill, errors: bool = True
) -> Backfill:
    """Return the outcome of all partitions of a file. The latest run of a partition counts, in whichever attempt.

    ``newest`` is the newest attempt with its state. With ``errors``, look up why runs failed.
    """
    ids = [attempt.id for attempt in attempts]
    if len(attempts) == 1:
        return newest.model_copy(update={"attempts": ids})
    runs, keys = file_runs(client, attempts, newest)
    counts = with_not_started(runs.counts, len(keys))
    state, failed = newest.state, newest.failed
    if state in ENDED_STATES:
        status = "CANCELED" if state == "canceled" or counts.get("CANCELED") else None
        # Dagster may fail a backfill whose runs were canceled or have succeeded.
        state = ended_state("FAILED" if newest.status == "FAILED" else status, counts)
        known = {each.partition: each.error for each in newest.failed}
        failed = [
            each if each.error else each.model_copy(update={"error": known.get(each.partition)})
            for each in ([] if state == "succeeded" else failed_partitions(client, runs, keys, errors))
        ]
    return newest.model_copy(
        update={"state": state, "total": len(keys), "counts": counts, "failed": failed, "attempts": ids}
    )


def file_runs(client: GraphQLClient, attempts: Sequence[Attempt], newest: Backfill) -> tuple[LaunchRuns, list[str]]:
    """Return the runs of all attempts at a file, of which the latest run of a partition counts, and all its keys."""
    keys, latest, asked = _file_runs(client, attempts, newest)
    for key in _given_up(client, newest, keys.keys() - latest.keys() - asked):
        del keys[key]
    return LaunchRuns(latest, latest), list(keys)


def latest_run_ids(client: GraphQLClient, backfill: Backfill) -> list[str]:
    """Return the id of the latest run of each partition, of all attempts of the backfill, each once."""
    attempts: list[Attempt] = []
    if len(backfill.attempts) > 1:
        found = find_attempts(client, str(backfill.name), _config_hash(backfill))
        attempts = [attempt for attempt in found if attempt.id in backfill.attempts]
    if len(attempts) > 1:
        _, latest, _ = _file_runs(client, attempts, backfill)
    elif is_launched_by_runs(backfill.id):
        latest = dict(
            launch_runs(client, {TAG_LAUNCH: backfill.id}, read_launched_plan(client, backfill.id).keys).latest
        )
    else:
        record = poll_backfill(client, backfill.id).record
        latest = dict(native_runs(client, record).latest) if record else {}
    return list(dict.fromkeys(run.id for run in latest.values()))


def _file_runs(
    client: GraphQLClient, attempts: Sequence[Attempt], newest: Backfill
) -> tuple[dict[str, None], dict[str, Member], set[str]]:
    """Return all keys of a file, the latest run of each, and the keys of its newest attempt."""
    runs_of: dict[str, list[Member]] = {attempt.value: [] for attempt in attempts}
    order: dict[str, int] = {}
    ignored = {record.id for attempt in attempts for record in attempt.duplicates}
    for place, run in enumerate(walk_members(client, file_tags(str(newest.name), _config_hash(newest)))):
        if run.value in runs_of and run.backfill not in ignored:
            runs_of[run.value].append(run)
            order[run.id] = place
    keys: dict[str, None] = {}
    asked: list[str] = []
    started: set[str] = set()
    latest: dict[str, Member] = {}
    for attempt in attempts:
        sort = latest_runs if attempt.record else sort_members
        runs = sort(client, runs_of[attempt.value])
        asset_keys = attempt.record.asset_keys if attempt.record else None
        asked, started = ordered_keys(client, _keys_of(client, attempt), asset_keys, runs), set()
        keys |= dict.fromkeys(asked)
        for key, run in (by_partition(runs.latest, asked) if attempt.record else runs.latest).items():
            if key not in latest or order.get(run.id, 0) < order.get(latest[key].id, 0):
                latest[key] = run
            keys.setdefault(key)
            started.add(key)
    for key in set(asked) - started:
        # The success of an earlier attempt is not that of the newest one, which never ran this partition.
        if key in latest and latest[key].status == "SUCCESS":
            del latest[key]
    return keys, latest, set(asked)


def _config_hash(attempt: Backfill) -> str:
    """Return the hash of the file that an attempt, found by this hash, was launched from."""
    if TAG_CONFIG not in attempt.tags:
        raise BadResponseError(f"Dagster's answers do not agree: backfill {attempt.id} lost its tag {TAG_CONFIG!r}")
    return attempt.tags[TAG_CONFIG]


def _given_up(client: GraphQLClient, newest: Backfill, never: Collection[str]) -> list[str]:
    """Return which of the partitions that ``never`` ran no longer exist, if the newest attempt has ended."""
    if not never or newest.state not in ENDED_STATES:
        return []
    fields: Mapping[str, Any] = {"job_name": newest.job_name, "asset_keys": newest.asset_keys}
    if newest.strategy == STRATEGY_RUNS:
        # Its runs also name the code location.
        fields = read_launched_plan(client, newest.id).fields or fields
    return vanished_keys(client, fields, never)


def _keys_of(client: GraphQLClient, attempt: Attempt) -> list[str]:
    if attempt.record:
        return list_backfill_partitions(client, attempt.id)
    return read_launched_plan(client, attempt.id).keys or []


def range_expander(keys: Sequence[str]) -> Callable[[str], Sequence[str]]:
    """Return a function that returns all keys of a range such as ``first...last``, or the key itself if it is no range.

    ``keys`` are in Dagster's order. If it does not fit a range, because an end of the range was deleted, all are
    returned.
    """
    places = {key: place for place, key in enumerate(keys)}

    def expand(key: str) -> Sequence[str]:
        first, dots, last = key.partition(RANGE)
        if not dots or first not in places or last not in places:
            return [key]
        found = keys[places[first] : places[last] + 1] or keys
        ends = list(zip(split_key(first), split_key(last), strict=False))
        if len(ends) == 1:
            return found
        # With several dimensions, a range has the same value in all of them but one.
        return [
            each
            for each in found
            if all(value == start or start != end for value, (start, end) in zip(split_key(each), ends, strict=False))
        ]

    return expand


def missing_daemons(daemons: Iterable[Daemon], is_native: bool) -> list[str]:
    """Return the daemons that a backfill needs but that are not running."""
    needed = {QUEUE_DAEMON, "BACKFILL"} if is_native else {QUEUE_DAEMON}
    return [daemon.type for daemon in daemons if daemon.required and not daemon.healthy and daemon.type in needed]


def backfill_url(url: str, backfill_id: str) -> str:
    """Return the URL of a backfill in Dagster's UI; for strategy ``runs``, the URL of the list of its runs."""
    if is_launched_by_runs(backfill_id):
        return f"{url}/runs?q%5B0%5D={quote(f'tag:{TAG_LAUNCH}={backfill_id}', safe='')}"
    return f"{url}/runs/b/{quote(backfill_id)}"


def with_not_started(runs: Mapping[str, int], total: int) -> dict[str, int]:
    """Return run counts as partition counts: partitions without a run are NOT_STARTED."""
    missing = total - sum(runs.values())
    return {**runs, NOT_STARTED: runs.get(NOT_STARTED, 0) + missing} if missing > 0 else dict(runs)


def unfinished(runs: Mapping[str, int]) -> int:
    """Return how many runs have not ended."""
    return sum(count for status, count in runs.items() if status not in FINISHED_RUN_STATUSES)


def open_state(status: str | None, runs: Mapping[str, int]) -> str:
    """Return the state of an unfinished backfill, from Dagster's status for it and the number of runs per status."""
    if status in ("CANCELING", "CANCELED"):
        return "canceling"
    return "running" if runs.keys() - {"QUEUED", NOT_STARTED} else "waiting"


def ended_state(status: str | None, counts: Mapping[str, int]) -> str:
    """Return the state of an ended backfill, from Dagster's status for it and the number of partitions per status."""
    if not counts:
        return {"CANCELED": "canceled", "FAILED": "failed", "COMPLETED_FAILED": "failed"}.get(status or "", "succeeded")
    if counts.keys() == {"SUCCESS"}:
        # Canceling a finished backfill changes its status, but its runs have succeeded.
        return "failed" if status == "FAILED" else "succeeded"
    if status == "CANCELED":
        return "canceled"
    if counts.get("FAILURE") or status in ("FAILED", "COMPLETED", "COMPLETED_FAILED", "COMPLETED_SUCCESS"):
        return "failed"
    return "canceled" if counts.get("CANCELED") else "failed"
