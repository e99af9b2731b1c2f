"""What a user asks of backfills."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dagster_ops_cli.api.backfill.attempts import Attempt, find_attempts, find_other_files
from dagster_ops_cli.api.backfill.cancel import (
    RESUMABLE_STATUSES,
    cancel_launch,
    cancel_native,
    resume_native,
    terminate_all,
    unfinished_runs,
)
from dagster_ops_cli.api.backfill.launch import DaemonNote, Launcher
from dagster_ops_cli.api.backfill.listing import walk_backfills
from dagster_ops_cli.api.backfill.members import NOT_STARTED, launch_runs
from dagster_ops_cli.api.backfill.native import new_launch_value
from dagster_ops_cli.api.backfill.plan import plan_backfill
from dagster_ops_cli.api.backfill.retry import Retry, continued_retry, plan_retry
from dagster_ops_cli.api.backfill.state import BackfillView, backfill_url, file_backfill, read_launched_plan
from dagster_ops_cli.api.run.stop import stop_runs
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ConflictError, InvalidContentError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.backfill import ENDED_STATES, Backfill, BackfillFilter, BackfillPlan
from dagster_ops_cli.schemas.backfill.config import STRATEGY_BACKFILL, STRATEGY_RUNS, BackfillConfig
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.launch import FROM_FILE, FROM_PARTITION, Launch, launch_value
from dagster_ops_cli.schemas.ops_tags import TAG_LAUNCH
from dagster_ops_cli.schemas.page import Page


def _tell_nobody(backfill_id: str) -> None:
    """Announce no id."""


@dataclass(frozen=True)
class Following:
    """How a launch is followed.

    ``wait`` says whether to its end, with a look every ``interval`` seconds, for at most ``timeout`` seconds (none: for
    ever). ``announce`` is called with the id of each backfill as it becomes known.
    """

    wait: bool = True
    interval: float = 5.0
    timeout: float | None = None
    announce: Callable[[str], None] = field(default=_tell_nobody)


@dataclass(frozen=True)
class BackfillApi:
    """Backfills of one Dagster.

    ``launch_value`` makes a value that is unique to a launch, ``spread`` draws numbers from 0 to 1. ``answer_timeout``
    is how long, in seconds, a request may still be at work whose answer was lost.
    """

    client: GraphQLClient
    poll: Poll = field(default_factory=Poll)
    launch_value: Callable[[], str] = field(default_factory=lambda: new_launch_value)
    spread: Callable[[], float] = field(default_factory=lambda: random.random)
    answer_timeout: float = 60.0

    def locate(self, backfill_id: str) -> str:
        """Return the page of a backfill in Dagster's UI."""
        return backfill_url(self.client.url, backfill_id)

    def plan(self, config: BackfillConfig) -> BackfillPlan:
        """Return exactly what a launch of the file would do; nothing is changed.

        Raises InvalidContentError with a line for each problem, and BadResponseError for a broken code location.
        """
        plan = plan_backfill(self.client, config)
        attempts = self.find_attempts(config)
        return plan.model_copy(update={"existing_id": attempts[-1].id if attempts else None})

    def find_attempts(self, config: BackfillConfig) -> list[Attempt]:
        """Return all launches of a file, oldest first."""
        return find_attempts(self.client, config.tags.name, config.config_hash)

    def launch(
        self,
        config: BackfillConfig,
        plan: BackfillPlan | None = None,
        tags: Mapping[str, str] | None = None,
        again: bool = False,
        following: Following | None = None,
        known: Sequence[Attempt] | None = None,
    ) -> Iterator[Backfill]:
        """Launch a file, once, and yield how it stands, again and again; the last one is the outcome of its partitions.

        Where the file was launched before, and not ``again``, nothing is launched but what its newest attempt is
        missing. ``tags`` are for all runs, beside those of the file. ``plan`` and ``known`` save a second look where
        they are known already.
        """
        launcher = self._launcher(following or Following(), config.max_concurrent)
        attempts = list(self.find_attempts(config) if known is None else known)
        newest = attempts[-1] if attempts else None
        if newest is not None:
            stands = self._stands(newest)
            if again and stands.state in ENDED_STATES:
                newest = None
            elif again:
                self.poll.tell(f"{newest.id} has not ended: it is continued, and nothing is launched again.")
        if newest is None:
            plan = plan or self.plan(config)
            self._warn_of_others(plan)
            launch = self._from_plan(launcher, config, plan, tags or {}, attempts[-1].number + 1 if attempts else 1)
            yield from self._whole(config, launcher.launch(launch))
            return
        yield from self._continue(launcher, config, plan, tags or {}, attempts, stands)

    def _continue(
        self,
        launcher: Launcher,
        config: BackfillConfig,
        plan: BackfillPlan | None,
        tags: Mapping[str, str],
        attempts: Sequence[Attempt],
        stands: Backfill,
    ) -> Iterator[Backfill]:
        """Show or follow the newest attempt, and launch what it is missing."""
        newest = attempts[-1]
        if stands.state in ENDED_STATES:
            whole = file_backfill(self.client, attempts, stands)
            never = _never_run(whole)
            if newest.strategy == STRATEGY_RUNS and never and stands.state != "canceled" and len(attempts) > 1:
                # Their runs were deleted: they count as never run.
                self.poll.tell(f"Continuing: launching the {len(never)} partitions that have no run any more.")
                anew = self._again(launcher, config, plan, tags, newest, newest.number + 1)
                anew = anew.model_copy(update={"partitions": never})
                yield from self._whole(config, launcher.launch(anew))
                return
            launcher.announce(newest.id)
            yield whole
            return
        launch: Launch | None = None
        if newest.strategy == STRATEGY_RUNS:
            launch = self._again(launcher, config, plan, tags, newest, newest.number)
            missing = stands.counts.get(NOT_STARTED, 0)
            if missing:
                self.poll.tell(f"Continuing: launching the {missing} missing partitions.")
        yield from self._whole(config, launcher.follow(newest, launch))

    def find_missing(self, attempts: Sequence[Attempt]) -> list[str]:
        """Return the partitions that launching a file again would launch: those that its attempts are missing."""
        newest = attempts[-1]
        if newest.strategy != STRATEGY_RUNS:
            return []
        stands = self._stands(newest)
        if stands.state in ("canceling", "canceled"):
            return []
        if stands.state in ENDED_STATES:
            return _never_run(file_backfill(self.client, attempts, stands)) if len(attempts) > 1 else []
        keys = read_launched_plan(self.client, newest.id).keys or []
        launched = launch_runs(self.client, {TAG_LAUNCH: newest.id}, keys).first
        return [key for key in keys if key not in launched]

    def _whole(self, config: BackfillConfig, looks: Iterator[Backfill]) -> Iterator[Backfill]:
        """Pass on how an attempt stands; at the end, how all partitions of the file do."""
        last = None
        for backfill in looks:
            last = backfill
            yield backfill
        if last is None:
            return
        attempts = self.poll.ask(lambda: self.find_attempts(config))
        known = [attempt.id for attempt in attempts]
        if last.id in known:
            yield self.poll.ask(lambda: file_backfill(self.client, attempts[: known.index(last.id) + 1], last))

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

    def _stands(self, attempt: Attempt) -> Backfill:
        return BackfillView(self.client, attempt.id).look()

    def _warn_of_others(self, plan: BackfillPlan) -> None:
        other = find_other_files(self.client, plan.name, plan.config_hash)
        if other:
            self.poll.tell(
                f"Another file under the name {plan.name!r} is still running: {other}. This one starts beside it."
            )

    def _from_plan(
        self, launcher: Launcher, config: BackfillConfig, plan: BackfillPlan, tags: Mapping[str, str], number: int
    ) -> Launch:
        return Launch(
            name=plan.name,
            config_hash=plan.config_hash,
            attempt=number,
            value=launcher.value(plan.strategy, plan.name, plan.config_hash, number),
            strategy=plan.strategy,
            job_name=plan.job_name,
            asset_keys=plan.asset_keys,
            location_name=plan.location_name,
            repository_name=plan.repository_name,
            dimensions=sorted(choice.dimension for choice in plan.dimensions),
            partitions=plan.partitions,
            unchecked=config.skip_checks,
            **_run_config(config),
            tags={**config.run_tags, **tags},
        )

    def _again(
        self,
        launcher: Launcher,
        config: BackfillConfig,
        plan: BackfillPlan | None,
        tags: Mapping[str, str],
        attempt: Attempt,
        number: int,
    ) -> Launch:
        """Return an attempt that was launched before as something to continue, under its id, or to launch anew.

        Its runs tell what it is of: the partitions may have changed since, or a policy would choose others now.
        """
        fields = read_launched_plan(self.client, attempt.id).fields
        if plan is None or not plan.partitions:
            try:
                plan = plan_backfill(self.client, config)
            except InvalidContentError:
                if fields is None:
                    raise
        if fields is None:
            if plan is None or not plan.partitions:
                raise ConflictError(
                    f"the runs of {attempt.id} do not tell any more which partitions it is of",
                    hint="--again launches the file anew.",
                )
            return self._from_plan(launcher, config, plan, tags, number).model_copy(
                update={"strategy": STRATEGY_RUNS, "value": attempt.id}
            )
        if number == 1 and plan is not None and config.backfill_policy.policy == "all":
            appeared = len(set(plan.partitions) - set(fields["partitions"]))
            if appeared:
                told = "1 partition" if appeared == 1 else f"{appeared} partitions"
                self.poll.tell(f"{told} appeared since this launch began; --again launches the file anew.")
        return Launch(
            **{
                **fields,
                "name": config.tags.name,
                "config_hash": config.config_hash,
                "attempt": number,
                "value": attempt.id
                if number == attempt.number
                else launch_value(config.tags.name, config.config_hash, number),
                "strategy": STRATEGY_RUNS,
                **_run_config(config),
                "tags": {**config.run_tags, **tags},
            }
        )

    def get(self, backfill_id: str) -> Backfill:
        """Return how a backfill stands. Raises NotFoundError."""
        return BackfillView(self.client, backfill_id).look()

    def watch(
        self, backfill_id: str, interval: float = 5.0, timeout: float | None = None, heard: bool = False
    ) -> Iterator[Backfill]:
        """Yield how a backfill stands, every ``interval`` seconds with one small request, until it has ended.

        ``heard`` says that this Dagster has answered before: then a first poll that fails is repeated too. Says so
        where no daemon is there that would move it. Raises NotFoundError, WaitTimeoutError after ``timeout`` seconds.
        """
        view = BackfillView(self.client, backfill_id)
        note = DaemonNote(self.poll)
        is_told_alone = False
        poll = replace(self.poll, interval=interval, timeout=timeout)
        for backfill in poll.until(lambda each: each.state in ENDED_STATES, lambda: view.look(exact=False), heard):
            note.see(backfill, view.missing_daemons)
            if _is_alone(backfill) and not is_told_alone:
                is_told_alone = True
                self.poll.tell(
                    "Some partitions have no run, and none is running. If no command is launching them any more, "
                    "run the command that launched the others again: it continues."
                )
            yield backfill

    def list(self, backfill_filter: BackfillFilter, limit: int | None, cursor: str | None = None) -> Page[Backfill]:
        """Return backfills that pass the filter, newest first, at most ``limit`` (none: all)."""
        return walk_backfills(self.client, backfill_filter, limit, cursor)

    def plan_cancel(self, backfill_id: str) -> Backfill:
        """Return how a backfill stands that can be canceled. Raises NotFoundError, ConflictError where it has ended."""
        backfill = self.get(backfill_id)
        if backfill.state in ENDED_STATES:
            raise ConflictError(f"backfill {backfill_id} is already finished ({backfill.state})")
        return backfill

    def cancel(self, backfill_id: str, wait: bool = False, timeout: float | None = None) -> Backfill:
        """Ask for everything that is unfinished to stop, and return how the backfill stands then.

        Raises NotFoundError, ConflictError where it has ended (Dagster would rewrite its status), or where there is no
        run to cancel. With ``wait``, the next run is waited for where there is none, and runs that can't be canceled
        while they start are canceled once they can; ``timeout`` seconds at most.
        """
        backfill = self.plan_cancel(backfill_id)
        poll = replace(self.poll, timeout=timeout)
        end = None if timeout is None else poll.clock() + timeout
        if backfill.strategy == STRATEGY_BACKFILL:
            cancel_native(self.client, poll, backfill_id)
        else:
            cancel_launch(self.client, poll, backfill_id, wait, end)
        terminate_all(self.client, poll, backfill_id, end)
        while wait and (ids := unfinished_runs(self.client, backfill_id)):
            left = None if end is None else end - poll.clock()
            for _ in stop_runs(self.client, replace(poll, interval=1.0, timeout=left), ids, heard=True):
                pass
        return self.get(backfill_id)

    def plan_retry(self, backfill_id: str) -> Retry:
        """Return the attempt after that of a backfill: what it would launch, or the one that is there already.

        Raises NotFoundError, ConflictError where the backfill still runs, or can't tell what it was launched with.
        """
        return plan_retry(self.client, backfill_id, self._value)

    def _value(self, strategy: str, name: str, config_hash: str, number: int) -> str:
        return launch_value(name, config_hash, number) if strategy == STRATEGY_RUNS else self.launch_value()

    def retry(self, retry: Retry, max_concurrent: int = 1, following: Following | None = None) -> Iterator[Backfill]:
        """Launch the partitions of a backfill that have not succeeded once more, once, and yield how that stands.

        Run config and tags are those of the original. A retry that is there already is continued, or shown.
        """
        launcher = self._launcher(following or Following(), max_concurrent)
        if retry.launch is not None:
            yield from launcher.launch(retry.launch)
        elif retry.existing is not None:
            launch = None
            if retry.existing.strategy == STRATEGY_RUNS and self._stands(retry.existing).state not in ENDED_STATES:
                launch = continued_retry(self.client, retry.backfill.id, retry.existing)
            yield from launcher.follow(retry.existing, launch)

    def plan_resume(self, backfill_id: str) -> Backfill:
        """Return how a backfill stands that can be resumed. Raises NotFoundError, ConflictError where it can't."""
        backfill = self.get(backfill_id)
        if backfill.strategy != STRATEGY_BACKFILL:
            raise ConflictError(f"{backfill_id} was launched by ops", hint="The command that launched it continues it.")
        if backfill.status not in RESUMABLE_STATUSES or not backfill.counts.get(NOT_STARTED):
            raise ConflictError(
                f"backfill {backfill_id} is {backfill.state}; only one that ended before all its runs were submitted "
                f"can be resumed",
                hint=f"Failed partitions are launched again by: ops api backfill retry {backfill_id}",
            )
        return backfill

    def resume(self, backfill_id: str) -> Backfill:
        """Let Dagster submit the runs that a failed backfill is still missing.

        Raises NotFoundError, ConflictError where there is nothing to resume.
        """
        self.plan_resume(backfill_id)
        resume_native(self.client, self.poll, backfill_id)
        return self.get(backfill_id)


def _never_run(whole: Backfill) -> list[str]:
    """Return the partitions of a file whose runs were deleted; of others that have no run an error says why."""
    return [each.partition for each in whole.failed if each.status == NOT_STARTED and each.error is None]


def _run_config(config: BackfillConfig) -> dict[str, Any]:
    return {"run_config": config.run_config, "run_config_from": FROM_FILE if config.run_config else FROM_PARTITION}


def _is_alone(backfill: Backfill) -> bool:
    """Whether a backfill that somebody launches run by run waits for nothing but its launcher."""
    return (
        backfill.strategy == STRATEGY_RUNS
        and backfill.state not in ENDED_STATES
        and backfill.counts.keys() <= FINISHED_RUN_STATUSES | {NOT_STARTED}
    )
