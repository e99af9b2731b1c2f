"""The API for backfills. Each method is implemented in the file of the same name."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dagster_ops_cli.api.backfill.attempts import Attempt, find_attempts
from dagster_ops_cli.api.backfill.cancel import cancel, unfinished_runs
from dagster_ops_cli.api.backfill.launch import FileLaunch, find_missing, plan_file
from dagster_ops_cli.api.backfill.launcher import Launcher
from dagster_ops_cli.api.backfill.listing import list_backfills
from dagster_ops_cli.api.backfill.native import new_launch_value
from dagster_ops_cli.api.backfill.resume import check_resumable, resume
from dagster_ops_cli.api.backfill.retry import Retry, continued_retry, next_attempt, plan_retry, without_gone
from dagster_ops_cli.api.backfill.state import BackfillView, backfill_url, latest_run_ids
from dagster_ops_cli.api.backfill.watch import watch_backfill
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ConflictError, NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.backfill import ENDED_STATES, Backfill, BackfillFilter, BackfillPlan
from dagster_ops_cli.schemas.backfill.config import STRATEGY_RUNS, BackfillConfig
from dagster_ops_cli.schemas.backfill.launch import launch_value
from dagster_ops_cli.schemas.page import Page
from dagster_ops_cli.schemas.partition import PartitionState
from dagster_ops_cli.schemas.run import RunRow


def _ignore(backfill_id: str) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Following:
    """How to follow a launch.

    With ``wait``, poll every ``interval`` seconds until it has ended, for at most ``timeout`` seconds (None: no limit).
    ``announce`` is called with the id of each backfill as soon as it is known.
    """

    wait: bool = True
    interval: float = 5.0
    timeout: float | None = None
    announce: Callable[[str], None] = field(default=_ignore)


@dataclass(frozen=True)
class BackfillApi:
    """The backfills of one Dagster.

    ``launch_value`` returns a unique value for a launch, ``spread`` a random number from 0 to 1. ``answer_timeout`` is
    how many seconds a request whose answer was lost may still take effect.
    """

    client: GraphQLClient
    poll: Poll = field(default_factory=Poll)
    launch_value: Callable[[], str] = field(default_factory=lambda: new_launch_value)
    spread: Callable[[], float] = field(default_factory=lambda: random.random)
    answer_timeout: float = 60.0

    def locate(self, backfill_id: str) -> str:
        """Return the URL of a backfill's page in Dagster's UI."""
        return backfill_url(self.client.url, backfill_id)

    def plan(self, config: BackfillConfig) -> BackfillPlan:
        """Return what a launch of the file would do, without launching it.

        Raises InvalidContentError with a line for each problem, and BadResponseError if a code location does not load.
        """
        return plan_file(self.client, config)

    def plan_launch(self, config: BackfillConfig, again: bool = False) -> BackfillPlan:
        """Return the plan of a file, with the number of partitions that ``launch`` would launch now.

        Raises the same errors as ``plan``.
        """
        plan = self.plan(config)
        if plan.existing_id is None or (again and self.get(plan.existing_id).state in ENDED_STATES):
            return plan
        missing = self.find_missing(self.find_attempts(config), plan.partitions)
        return plan.model_copy(update={"to_launch": len(missing)})

    def find_attempts(self, config: BackfillConfig) -> list[Attempt]:
        """Return all launches of a file, oldest first."""
        return find_attempts(self.client, config.tags.name, config.config_hash)

    def find_missing(self, attempts: Sequence[Attempt], file_keys: Sequence[str] = ()) -> list[str]:
        """Return the partitions that ``launch`` would still launch for a file with these attempts.

        ``file_keys`` are the partitions that the file names now, which matter if its first attempt was deleted.
        """
        return find_missing(self.client, attempts, file_keys)

    def launch(
        self,
        config: BackfillConfig,
        plan: BackfillPlan | None = None,
        tags: Mapping[str, str] | None = None,
        again: bool = False,
        following: Following | None = None,
        known: Sequence[Attempt] | None = None,
    ) -> Iterator[Backfill]:
        """Launch a file once and yield its state at each poll; the last state is the outcome of all its partitions.

        If the file was launched before, launch only the partitions that its newest attempt has not launched yet; with
        ``again``, launch all of them if that attempt has ended. ``tags`` are added to the file's tags on every run.
        Passing ``plan`` and ``known`` (the file's attempts) saves requests.
        """
        launcher = self._launcher(following or Following(), config.max_concurrent)
        attempts = self.find_attempts(config) if known is None else known
        yield from FileLaunch(self.client, launcher, config, tags or {}).run(plan, again, attempts)

    def get(self, backfill_id: str) -> Backfill:
        """Return a backfill with its state. Raises NotFoundError."""
        return BackfillView(self.client, backfill_id).look()

    def watch(
        self, backfill_id: str, interval: float = 5.0, timeout: float | None = None, retry_first: bool = False
    ) -> Iterator[Backfill]:
        """Yield a backfill's state every ``interval`` seconds until it has ended. Each poll is one small request.

        With ``retry_first``, the first poll is repeated too if it fails; later polls always are. Raises NotFoundError,
        and WaitTimeoutError after ``timeout`` seconds.
        """
        poll = replace(self.poll, interval=interval, timeout=timeout)
        return watch_backfill(self.client, poll, backfill_id, retry_first)

    def list(
        self, backfill_filter: BackfillFilter, limit: int | None = None, cursor: str | None = None
    ) -> Page[Backfill]:
        """Return the backfills that pass the filter, newest first, at most ``limit`` (None: all)."""
        return list_backfills(self.client, backfill_filter, limit, cursor)

    def list_partitions(self, backfill_id: str) -> Sequence[PartitionState]:
        """Return the partitions of a backfill, each with the status of the run that counts; NOT_STARTED without a run.

        Reads all runs of the backfill. Raises NotFoundError.
        """
        from dagster_ops_cli.api.backfill.partitions import list_partition_states

        return list_partition_states(self.client, backfill_id)

    def find_id(self, word: str, job_name: str | None = None) -> str:
        """Return the id of the backfill that a word stands for: the beginning of an id, @latest or @failed.

        The beginning of an id is looked for among the newest 1,000 backfills; one that is not found is returned
        unchanged. Raises InvalidRequestError if several ids begin with it, and NotFoundError if there is none.
        """
        from dagster_ops_cli.api.ids import find_backfill_id

        return find_backfill_id(self, word, job_name)

    def list_unfinished_runs(self, backfill_id: str, limit: int | None = None) -> Sequence[RunRow]:
        """Return the runs of a backfill that have not ended, newest first."""
        return unfinished_runs(self.client, backfill_id, limit)

    def list_latest_runs(self, backfill: Backfill) -> Sequence[str]:
        """Return the ids of the runs that count: the latest run of each partition, each id once."""
        return latest_run_ids(self.client, backfill)

    def plan_cancel(self, backfill_id: str) -> Backfill:
        """Return the backfill if it can be canceled. Raises NotFoundError, and ConflictError if it has ended."""
        backfill = self.get(backfill_id)
        if backfill.state in ENDED_STATES:
            raise ConflictError(f"backfill {backfill_id} is already finished ({backfill.state})")
        return backfill

    def cancel(self, backfill_id: str, wait: bool = False, timeout: float | None = None) -> Backfill:
        """Ask all unfinished runs to stop, and return the backfill's state after that.

        With ``wait``, cancel runs that are still starting as soon as Dagster allows it, and if no run is unfinished,
        wait for the next one. Raises NotFoundError, ConflictError if the backfill has ended (Dagster would change its
        status) or no run can be canceled, and WaitTimeoutError after ``timeout`` seconds.
        """
        backfill = self.plan_cancel(backfill_id)
        poll = replace(self.poll, timeout=timeout)
        cancel(self.client, poll, backfill, wait, None if timeout is None else poll.clock() + timeout)
        return self.get(backfill_id)

    def plan_retry(self, backfill_id: str) -> Retry:
        """Return the next attempt after a backfill: what it would launch, or the existing one.

        Raises NotFoundError, and ConflictError if the backfill is unfinished or can't be read back from its runs.
        """
        return plan_retry(self.client, backfill_id, self._value)

    def retry(self, retry: Retry, max_concurrent: int = 1, following: Following | None = None) -> Iterator[Backfill]:
        """Launch the partitions of a backfill that have not succeeded once more, and yield the retry's state.

        The retry has the run config and tags of the original. An existing retry is continued, or only shown.
        """
        launcher = self._launcher(following or Following(), max_concurrent)
        if retry.launch is not None:
            for attempt in retry.attempts[-1:]:
                launcher.stop_duplicates(attempt)
            try:
                yield from launcher.launch(retry.launch)
            except NotFoundError as error:
                left = (
                    without_gone(self.client, self.poll, retry.launch) if error.code == "PARTITION_NOT_FOUND" else None
                )
                if left is None:
                    raise
                yield from launcher.launch(left)
        elif retry.existing is not None:
            launch = None
            if retry.existing.strategy == STRATEGY_RUNS and self.get(retry.existing.id).state not in ENDED_STATES:
                launch = continued_retry(self.client, retry.backfill.id, retry.existing)
            yield from launcher.follow(retry.existing, launch)

    def plan_resume(self, backfill_id: str) -> Backfill:
        """Return the backfill if it can be resumed. Raises NotFoundError, and ConflictError if it can't."""
        backfill = self.get(backfill_id)
        check_resumable(backfill)
        if later := next_attempt(self.client, backfill_id):
            raise ConflictError(
                f"backfill {backfill_id} was launched again as {later.id}; "
                "resuming it would launch its partitions twice",
                commands={"To re-run failed partitions": ["ops", "backfill", "retry", later.id]},
            )
        return backfill

    def resume(self, backfill_id: str) -> Backfill:
        """Have Dagster submit the missing runs of a failed backfill, and return its new state.

        Raises NotFoundError, and ConflictError if there is nothing to resume.
        """
        self.plan_resume(backfill_id)
        resume(self.client, self.poll, backfill_id)
        return self.get(backfill_id)

    def _value(self, strategy: str, name: str, config_hash: str, number: int) -> str:
        return launch_value(name, config_hash, number) if strategy == STRATEGY_RUNS else self.launch_value()

    def _launcher(self, following: Following, max_concurrent: int) -> Launcher:
        poll = replace(self.poll, interval=following.interval, timeout=following.timeout)
        return Launcher(
            self.client,
            poll,
            self.launch_value,
            self.spread,
            self.answer_timeout,
            max_concurrent,
            following.wait,
            None if following.timeout is None else poll.clock() + following.timeout,
            following.announce,
        )
