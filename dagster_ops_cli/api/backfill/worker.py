"""Strategy ``runs``: one run for each partition, launched by any number of `ops` processes that may stop at any time.

Dagster can't launch a run on the condition that none exists yet. A worker therefore checks which partitions have a run,
launches some of the others with one request, and checks again. If a partition has two runs, the older one counts.
"""

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from dagster_ops_cli.adapters.backfill import look_at_launch
from dagster_ops_cli.adapters.run import list_runs, list_runs_by_id
from dagster_ops_cli.adapters.run.config import list_partition_launches
from dagster_ops_cli.adapters.run.launch import launch_partition_runs
from dagster_ops_cli.api.asset.find import find_asset
from dagster_ops_cli.api.backfill.attempts import file_tags, is_launch
from dagster_ops_cli.api.backfill.members import CANCELED, Member, member_of
from dagster_ops_cli.api.backfill.state import read_launched_plan, unfinished, vanished_keys
from dagster_ops_cli.api.job.find import find_job
from dagster_ops_cli.api.run.listing import walk_runs
from dagster_ops_cli.api.run.stop import request_stop
from dagster_ops_cli.api.run.target import target_of
from dagster_ops_cli.api.waiting.poll import UNBROKEN, Poll, new_pauses
from dagster_ops_cli.errors import (
    BadResponseError,
    InvalidContentError,
    NotFoundError,
    OpsError,
    ServerFaultError,
    WaitTimeoutError,
)
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.backfill import BackfillRecord, LaunchLook
from dagster_ops_cli.schemas.backfill.launch import Launch, digest_of
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.job import ASSET_JOB_PREFIX
from dagster_ops_cli.schemas.ops_tags import TAG_ATTEMPT, TAG_DIGEST, TAG_LAUNCH, TAG_WORKER
from dagster_ops_cli.schemas.partition import PartitionLaunch
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.filter import RunFilter
from dagster_ops_cli.schemas.run.target import RunTarget
from dagster_ops_cli.schemas.selectors import JobSelector

# The most runs that one request launches, and how many seconds the request should take. A paused worker may launch that
# many runs a second time, and it notices a cancellation only between two requests.
_TOGETHER, _MOMENT = 10, 1.0
# How many runs and backfills a worker requests at first each time it looks.
_NEWEST, _NEWEST_BACKFILLS = 30, 25
_PAGE = 1000
# A later worker takes over when the earlier ones have launched nothing for this many seconds although they could. This
# only avoids duplicates: every worker checks whether a partition has a run before it launches one.
_TAKE_OVER = 10.0
# Seconds after which a worker must look again before it launches.
_STALE = 5.0
# The number of partitions for which one request reads tags and run config.
_FETCHED = 50
# Workers that start at the same moment wait a random time of up to this many seconds.
_SPREAD = 1.0


@dataclass
class Board:
    """What a worker knows about the runs of its launch."""

    first: dict[str, Member] = field(default_factory=dict)
    duplicates: dict[str, Member] = field(default_factory=dict)
    # The workers in the order of their first runs, and when each was last seen to launch, by the clock.
    workers: dict[str, float] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    # The keys of the launch, once they are certain.
    wanted: frozenset[str] | None = None

    def add(self, runs_oldest_first: Sequence[Member]) -> list[Member]:
        """Add runs that are newer than all earlier ones. Return the added runs without their re-executions."""
        members = []
        for run in runs_oldest_first:
            self.seen.add(run.id)
            if run.parent_id is not None:
                root = run.root_id or run.parent_id
                if root in self.seen:
                    continue
                # The original run was deleted, so this re-execution counts as the original from now on.
                self.seen.add(root)
            members.append(run)
            if run.key in self.first or self._is_unwanted(run):
                self.duplicates[run.id] = run
            else:
                self.first[run.key] = run
        return members

    def replace_first(self, run_id: str, existing: Collection[str]) -> bool:
        """Make a duplicate the first run of its partition if that one was deleted. Return whether it was."""
        run = self.duplicates[run_id]
        first = self.first.get(run.key)
        if first is None or first.id in existing or run_id not in existing:
            return False
        self.first[run.key] = self.duplicates.pop(run_id)
        return True

    def want(self, keys: Sequence[str]) -> None:
        """Set the keys of the launch. Runs that a worker launched for other partitions become duplicates."""
        self.wanted = frozenset(keys)
        unwanted = {key: run for key, run in self.first.items() if self._is_unwanted(run)}
        for key, run in unwanted.items():
            del self.first[key]
            self.duplicates[run.id] = run

    def _is_unwanted(self, run: Member) -> bool:
        return self.wanted is not None and run.key not in self.wanted and bool(run.worker)


@dataclass
class Worker:
    """Launches the missing runs of a launch, and keeps at most ``max_concurrent`` of its runs unfinished.

    ``name`` identifies this process. ``answer_timeout`` is how many seconds a request whose answer was lost may still
    take effect. ``spread`` returns random numbers from 0 to 1.
    """

    client: GraphQLClient
    poll: Poll
    launch: Launch
    max_concurrent: int
    name: str
    answer_timeout: float = 60.0
    spread: Callable[[], float] = random.random
    board: Board = field(default_factory=Board)
    keys: list[str] = field(default_factory=list)
    rejected: dict[str, str] = field(default_factory=dict)
    vanished: list[str] = field(default_factory=list)
    # Native backfills that were launched for the same attempt at the same time.
    rivals: list[BackfillRecord] = field(default_factory=list)
    stopped: str | None = None
    active: int = 0
    runs: Mapping[str, int] = field(default_factory=dict)
    daemons: Sequence[Any] = ()
    last_look: float = 0.0
    _uncertain: dict[str, float] = field(default_factory=dict)
    _faults: dict[str, OpsError] = field(default_factory=dict)
    _since_look: list[str] = field(default_factory=list)
    _handled_duplicates: set[str] = field(default_factory=set)
    _has_plan: bool = False
    _has_launched: bool = False
    _has_looked: bool = False
    _has_reported_stop: bool = False
    _fetched: dict[str, PartitionLaunch] = field(default_factory=dict)
    # The job that runs the assets.
    _asset_job: str = ASSET_JOB_PREFIX

    def __post_init__(self) -> None:
        """Start with the keys of the launch. If an older run names other keys, they replace these."""
        self.keys = list(self.launch.partitions)

    @property
    def total(self) -> int:
        """The number of partitions in the launch."""
        return len(self.keys)

    @property
    def missing(self) -> list[str]:
        """The partitions that still have to be launched, in order."""
        gone = {*self.rejected, *self.vanished}
        return [key for key in self.keys if key not in self.board.first and key not in gone]

    def work(self, end: float | None) -> Iterator[None]:
        """Launch until every partition has a run or can't have one, and yield after each look.

        ``end`` is when to give up, by the poll's clock. Stops early if the launch was canceled or superseded;
        ``stopped`` then holds the reason. Raises WaitTimeoutError, and errors that concern all partitions.
        """
        try:
            yield from self._work(end)
        except WaitTimeoutError:
            raise
        except OpsError as error:
            raise self._explained(error) from error

    def _work(self, end: float | None) -> Iterator[None]:
        self.look(end)
        yield
        if not self.stopped and self.missing:
            self._check_vanished(end)
        if not self.stopped and self.missing:
            self.poll.pause(_SPREAD * self.spread(), end)
            self.look(end)
            yield
        together, failing_since, pauses = 1, None, new_pauses()
        while not self.stopped and (missing := self.missing):
            self.poll.check(end)
            batch = self._choose(missing, together)
            if not batch:
                self.poll.pause(self.poll.interval, end)
                self.look(end)
                yield
                continue
            try:
                self._fetch(batch, missing, end)
                batch = [key for key in batch if key not in self.rejected]
                began = self.poll.clock()
                # This process may have been paused since its last look. Then look again before launching.
                if batch and began - self.last_look <= _STALE:
                    self._launch(batch)
                    each = (self.poll.clock() - began) / len(batch)
                    together = max(1, int(min(_TOGETHER, _MOMENT / each))) if each else _TOGETHER
                    failing_since, pauses = None, new_pauses()
            except OpsError as error:
                now = self.poll.clock()
                failing_since = failing_since or now
                if not error.passing or now - failing_since > UNBROKEN:
                    raise
                pause = next(pauses)
                self.poll.tell(f"{error.message}; continuing in {pause:.0f} s ...")
                self.poll.pause(pause, end)
                together = 1
            self.look(end)
            yield
        if self.stopped:
            self._cancel_since_look()

    def look(self, end: float | None = None) -> None:
        """Read the new runs and backfills, and cancel duplicates."""
        tags = file_tags(self.launch.name, self.launch.config_hash)
        mine = {**tags, TAG_LAUNCH: self.launch.value}
        found = self.poll.ask(lambda: self._ask(tags, mine), end)
        now = self.poll.clock()
        fresh = [run for run in found.newest if run.id not in self.board.seen]
        for run in fresh:
            if run.parent_run_id is None:
                self._note_attempt(run.tags)
        added = self.board.add([member_of(run) for run in reversed(fresh) if self._is_mine(run)])
        # Runs of other attempts don't have to be read again either.
        self.board.seen.update(run.id for run in fresh)
        for member in added:
            self.board.workers[member.worker] = now if self._has_looked else 0.0
        self.active, self.runs, self.daemons = unfinished(found.runs), found.runs, found.daemons
        if self.active >= self.max_concurrent:
            # No worker can launch now, so the others may still be active although they launch nothing.
            self.board.workers = {name: now if seen else 0.0 for name, seen in self.board.workers.items()}
        self._has_looked = True
        natives = [record for record in found.backfills if is_launch(record, tags)]
        for record in natives:
            self._note_attempt(record.tags)
        self.rivals = [record for record in natives if record.tags.get(TAG_ATTEMPT) == str(self.launch.attempt)]
        self._adopt_plan(fresh, end)
        if found.runs.keys() & set(CANCELED):
            self._note_cancel(end)
        if not self.stopped:
            self._since_look.clear()
        self._cancel_duplicates()
        self.last_look = self.poll.clock()

    def _ask(self, tags: Mapping[str, str], mine: Mapping[str, str]) -> LaunchLook:
        """Return what is new. If one page can't hold all new runs, read more pages."""
        found = look_at_launch(self.client, tags, mine, _NEWEST, _NEWEST_BACKFILLS)
        if len(found.newest) < _NEWEST or any(run.id in self.board.seen for run in found.newest):
            return found
        newest: list[RunRow] = []
        for page in walk_runs(self.client, RunFilter(tags=dict(tags)), page_limit=_PAGE):
            newest += page.items
            if any(run.id in self.board.seen for run in page.items):
                break
        return found.model_copy(update={"newest": newest})

    def _is_mine(self, run: RunRow) -> bool:
        return run.tags.get(TAG_LAUNCH) == self.launch.value and dagster_tags.BACKFILL not in run.tags

    def _note_attempt(self, tags: Mapping[str, str]) -> None:
        number = tags.get(TAG_ATTEMPT, "")
        if number.isdecimal() and int(number) > self.launch.attempt:
            self.stopped = f"attempt {number} has started, so attempt {self.launch.attempt} launches no more runs"

    def _adopt_plan(self, fresh: Sequence[RunRow], end: float | None) -> None:
        """Use the partitions that the oldest run names: they were resolved when the launch began."""
        if self._has_plan or not self.board.first:
            return
        oldest = next(iter(self.board.first.values()))
        digest = next((run.tags.get(TAG_DIGEST) for run in fresh if run.id == oldest.id), None)
        self._has_plan = True
        if digest == digest_of(self.keys):
            self.board.want(self.keys)
        if digest in (None, digest_of(self.keys)):
            return
        keys = self.poll.ask(lambda: read_launched_plan(self.client, self.launch.value), end).keys or self.keys
        if digest_of(keys) != digest:
            # The runs that named the partitions were deleted. Partitions that have a run still belong to the launch.
            keys = list(dict.fromkeys([*keys, *self.board.first]))
        added = set(self.keys) - set(keys)
        if added:
            self.poll.tell(
                f"{_partitions(len(added))} appeared since this launch began; to launch them too, pass --again."
            )
        self.keys = keys
        self.board.want(keys)

    def _note_cancel(self, end: float | None) -> None:
        wanted = RunFilter(tags={TAG_LAUNCH: self.launch.value}, statuses=[*CANCELED])
        canceled = self.poll.ask(lambda: list_runs(self.client, wanted, _PAGE), end)
        firsts = {run.id for run in self.board.first.values()}
        if any(run.id in firsts for run in canceled):
            self.stopped = self.stopped or f"a run of {self.launch.value} was canceled, so no more runs are launched"

    def _choose(self, missing: Sequence[str], together: int) -> list[str]:
        """Return the partitions to launch next: none if another worker is launching or no slot is free."""
        free = self.max_concurrent - self.active
        now = self.poll.clock()
        if free <= 0:
            return []
        rank = self._rank(now)
        if rank is None:
            return []
        ready = [key for key in missing if key not in self._uncertain]
        if not ready:
            due = [key for key in missing if now - self._uncertain[key] >= self.answer_timeout]
            return due[:1]
        size = min(together, free) if self._has_launched else 1
        if rank == 0:
            return ready[:size]
        if rank == 1:
            # The first worker launches from the start of the list, so the second one launches from its end.
            return ready[::-1][:size]
        start = int(self.spread() * len(ready))
        return [*ready[start:], *ready[:start]][:size]

    def _rank(self, now: float) -> int | None:
        """Return how many workers started before this one, or None while one of them still seems to be launching."""
        names = list(self.board.workers)
        before = names[: names.index(self.name)] if self.name in names else names
        if any(self.board.workers[name] and now - self.board.workers[name] < _TAKE_OVER for name in before):
            return None
        return len(before)

    def _launch(self, keys: Sequence[str]) -> None:
        launches = self._partition_launches(keys)
        self._since_look += keys
        try:
            answers = self._send(launches)
        except ServerFaultError as error:
            answers = dict.fromkeys(keys, error)
        except OpsError as error:
            if error.in_doubt:
                self._uncertain |= dict.fromkeys(keys, self.poll.clock())
            raise
        for key, answer in answers.items():
            if isinstance(answer, OpsError):
                self._refused(key, answer)
            else:
                self._has_launched = True
                self._uncertain.pop(key, None)

    def _send(self, launches: Sequence[PartitionLaunch]) -> dict[str, str | OpsError]:
        """Launch runs with one request, and return the id or the error of each by its partition."""
        launch = self.launch
        answers = launch_partition_runs(self.client, self._target(), launches, launch.run_config)
        has_job = not all(isinstance(answer, NotFoundError) for answer in answers.values())
        if launch.job_name or has_job or self._asset_job != ASSET_JOB_PREFIX:
            return answers
        with suppress(OpsError):
            # Dagster 1.6 has a job of its own for the assets of each partitions definition.
            place = (launch.repository_name, launch.location_name)
            assets = [find_asset(self.client, key, *place) for key in launch.asset_keys or []]
            self._asset_job = target_of(assets, unpartitioned=True).job_name
        if self._asset_job == ASSET_JOB_PREFIX:
            return answers
        return launch_partition_runs(self.client, self._target(), launches, launch.run_config)

    def _refused(self, key: str, error: OpsError) -> None:
        if isinstance(error, InvalidContentError):
            self.rejected[key] = error.message
            self.poll.tell(f"Dagster rejected partition {key}: {error.message}")
        elif isinstance(error, ServerFaultError) and key not in self._faults:
            # Dagster may have launched this run before it failed, so it is tried again only after all others.
            self._faults[key] = error
            self._uncertain[key] = self.poll.clock()
            self.poll.tell(f"partition {key}: {error.message}; checking for its run and trying again at the end ...")
        else:
            error.message = f"partition {key}: {error.message}"
            error.passing = False
            raise error

    def _explained(self, error: OpsError) -> OpsError:
        """Return the error that ended the launch, with the number of launched partitions and how to continue."""
        if isinstance(error, NotFoundError):
            error = self._lost_target(error)
        with suppress(OpsError):
            # The current time as the end makes this a single try.
            self.look(self.poll.clock())
        launched = self.total - len(self.missing)
        error.message += f". {launched} of {self.total} partitions were launched"
        error.hint = "To continue, run the same command again."
        error.ids = {"backfill_id": self.launch.value}
        return error

    def _lost_target(self, error: OpsError) -> OpsError:
        """Return why Dagster can't find the target: its code location may not load."""
        launch = self.launch
        message = error.message
        try:
            if launch.job_name:
                find_job(self.client, launch.job_name, launch.repository_name, launch.location_name)
        except OpsError as found:
            message = found.message if isinstance(found, BadResponseError) else f"{message}: {found.message}"
        return BadResponseError(message, code="CODE_LOCATION_ERROR")

    def _partition_launches(self, keys: Sequence[str]) -> list[PartitionLaunch]:
        launch = self.launch.model_copy(update={"partitions": self.keys})
        written = {**launch.written_tags, TAG_WORKER: self.name}
        launches = [self._fetched.pop(key) for key in keys]
        carriers = launch.carriers if self._has_launched else {*launch.carriers, *keys}
        return [
            each.model_copy(
                update={
                    "tags": {
                        **written,
                        **(launch.plan_tags if each.key in carriers else {}),
                        **each.tags,
                        **launch.replaced_tags(each.tags),
                    }
                }
            )
            for each in launches
        ]

    def _fetch(self, keys: Sequence[str], ahead: Sequence[str], end: float | None) -> None:
        """Read the tags and run config of ``keys`` and, to save requests, of some keys ``ahead`` of them."""
        launch = self.launch
        if all(key in self._fetched for key in keys):
            return
        wanted = list(dict.fromkeys([*keys, *ahead]))[:_FETCHED]
        if launch.job_name is None:
            found = [PartitionLaunch(key=key, run_config="{}", tags=launch.partition_tags(key)) for key in wanted]
        else:
            job = JobSelector(str(launch.location_name), str(launch.repository_name), launch.job_name)
            found = self._partition_launches_of(job, wanted, end)
        self._fetched = {each.key: each for each in found}

    def _partition_launches_of(self, job: JobSelector, keys: Sequence[str], end: float | None) -> list[PartitionLaunch]:
        """Return the tags and run config of ``keys``. Keys for which the job can't produce them are rejected."""
        try:
            return self.poll.ask(lambda: list_partition_launches(self.client, job, keys), end)
        except InvalidContentError as error:
            if len(keys) == 1:
                self._refused(keys[0], error)
                return []
        middle = len(keys) // 2
        return [each for half in (keys[:middle], keys[middle:]) for each in self._partition_launches_of(job, half, end)]

    def _target(self) -> RunTarget:
        launch = self.launch
        return RunTarget(
            job_name=launch.job_name or self._asset_job,
            repository_name=str(launch.repository_name),
            location_name=str(launch.location_name),
            asset_keys=launch.asset_keys or [],
        )

    def _check_vanished(self, end: float | None) -> None:
        """Give up on partitions that no longer exist."""
        if not self.board.first or self.launch.unchecked:
            return
        fields = self.launch.model_dump(include={"job_name", "asset_keys", "location_name", "repository_name"})
        self.vanished = self.poll.ask(lambda: vanished_keys(self.client, fields, self.missing), end)
        for key in self.vanished[:5]:
            self.poll.tell(f"Partition {key} no longer exists and is not launched.")

    def _cancel_duplicates(self) -> None:
        """Cancel unfinished runs of partitions that already had a run."""
        left = [run_id for run_id in self.board.duplicates if run_id not in self._handled_duplicates]
        if not left:
            return
        with suppress(OpsError):
            keys = {self.board.duplicates[run_id].key for run_id in left}
            firsts = [self.board.first[key].id for key in keys if key in self.board.first]
            found = {run.id: run for run in list_runs_by_id(self.client, [*left, *firsts])}
            left = [run_id for run_id in left if not self.board.replace_first(run_id, found.keys())]
            open_ = [run_id for run_id in left if run_id in found and found[run_id].status not in FINISHED_RUN_STATUSES]
            if open_:
                # Dagster refuses to cancel a run that is starting; the next look tries again.
                request_stop(self.client, open_)
            for run_id in left:
                if run_id in open_:
                    continue
                self._handled_duplicates.add(run_id)
                run = found.get(run_id)
                if run and run.status != "CANCELED":
                    key = self.board.duplicates[run_id].key
                    self.poll.tell(
                        f"Partition {key} was launched twice: the duplicate {run_id} has already ended ({run.status})."
                    )

    @property
    def open_duplicates(self) -> bool:
        """Whether some duplicate may still be unfinished."""
        return bool(self.board.duplicates.keys() - self._handled_duplicates)

    def forget(self) -> None:
        """Forget all runs, to read them again after some were deleted."""
        self.board = Board()
        self._has_plan = self._has_looked = False

    def _cancel_since_look(self) -> None:
        """Cancel the runs that this worker launched after the launch was canceled."""
        if not self._has_reported_stop and self.stopped:
            self.poll.tell(f"{self.stopped[:1].upper()}{self.stopped[1:]}.")
            self._has_reported_stop = True
        ids = [run.id for key in self._since_look if (run := self.board.first.get(key)) and run.worker == self.name]
        self._since_look.clear()
        if ids:
            with suppress(OpsError):
                request_stop(self.client, ids)


def _partitions(count: int) -> str:
    return "1 partition" if count == 1 else f"{count} partitions"
