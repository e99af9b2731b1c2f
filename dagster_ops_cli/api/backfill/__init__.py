"""What a user asks of backfills."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dagster_ops_cli.api.backfill_launch import (
    Launch,
    find_launches,
    launch_native,
    new_launch_value,
    title,
    yield_to_older,
)
from dagster_ops_cli.api.backfill_list import walk_backfills
from dagster_ops_cli.api.backfill_plan import plan_backfill
from dagster_ops_cli.api.backfill_retry import plan_retry
from dagster_ops_cli.api.backfill_run_launch import RunLauncher
from dagster_ops_cli.api.backfill_runs import runs_with_tag
from dagster_ops_cli.api.backfill_stop import (
    RESUMABLE_STATUSES,
    cancel_native,
    resume_native,
    terminate_all,
    terminate_unfinished,
)
from dagster_ops_cli.api.backfill_view import BackfillView, backfill_url
from dagster_ops_cli.api.poll import Poll
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.errors import ConflictError
from dagster_ops_cli.schemas.asset import to_path
from dagster_ops_cli.schemas.backfill import (
    ENDED_STATES,
    TAG_CONFIG,
    TAG_LAUNCH,
    TAG_NAME,
    TAG_TOTAL,
    Backfill,
    BackfillFilter,
    BackfillPlan,
)
from dagster_ops_cli.schemas.backfill_config import STRATEGY_BACKFILL, STRATEGY_RUNS, BackfillConfig
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.page import Page


@dataclass(frozen=True)
class BackfillApi:
    """Backfills of one Dagster. ``launch_value`` makes the value that is unique to a launch."""

    client: GraphQLClient
    poll: Poll = field(default_factory=Poll)
    launch_value: Callable[[], str] = field(default_factory=lambda: new_launch_value)

    def locate(self, backfill_id: str) -> str:
        """Return the page of a backfill in Dagster's UI."""
        return backfill_url(self.client.url, backfill_id)

    def plan(self, config: BackfillConfig) -> BackfillPlan:
        """Return exactly what a launch of the file would do; nothing is changed.

        Raises InvalidContentError with a line for each problem, and BadResponseError for a broken code location.
        """
        plan = plan_backfill(self.client, config)
        launches = find_launches(self.client, plan.name, plan.config_hash)
        return plan.model_copy(update={"existing_id": launches[0].id if launches else None})

    def launch(
        self,
        plan: BackfillPlan,
        run_config: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        max_concurrent: int = 1,
        again: bool = False,
    ) -> Iterator[str]:
        """Launch a plan, once, and yield the id, as soon as it is known and again as its runs are launched.

        Where this file was launched before, and not ``again``, nothing is launched but what that launch is missing.
        ``tags`` are for the backfill and all its runs; ``max_concurrent`` counts unfinished runs, in strategy ``runs``.
        """
        known = find_launches(self.client, plan.name, plan.config_hash)
        if known and not again:
            yield known[0].id
            if known[0].strategy == STRATEGY_RUNS:
                yield from self._continue(known[0].id, plan, run_config, tags or {}, max_concurrent)
            return
        value = self.launch_value()
        written = {**(tags or {}), **_written_tags(plan, value)}
        if plan.strategy == STRATEGY_RUNS:
            launcher = RunLauncher(self.client, self.poll, plan, value, written, run_config, max_concurrent)
            yield value
            for done in launcher.launch(plan.partitions):
                if done == 1 and (winner := self._older(value, plan, known)):
                    terminate_unfinished(self.client, self.poll, value)
                    yield winner
                    return
                yield value
            return
        params = _native_params(plan, run_config, written)
        backfill_id = launch_native(self.client, self.poll, params)
        yield backfill_id
        winner = self._older(backfill_id, plan, known)
        if winner:
            cancel_native(self.client, self.poll, backfill_id)
            yield winner

    def _older(self, mine: str, plan: BackfillPlan, known: Sequence[Launch]) -> str | None:
        launches = find_launches(self.client, plan.name, plan.config_hash)
        return yield_to_older(self.poll, mine, known, launches)

    def _continue(
        self,
        value: str,
        plan: BackfillPlan,
        run_config: Mapping[str, Any] | None,
        tags: Mapping[str, str],
        max_concurrent: int,
    ) -> Iterator[str]:
        """Launch what a killed launch is missing, under the same id."""
        total, written = self._as_launched(value, plan, tags)
        launcher = RunLauncher(self.client, self.poll, plan, value, written, run_config, max_concurrent)
        if len(launcher.launched()) >= total:
            return
        self.poll.tell(f"{value} is not complete; looking whether somebody else is launching it ...")
        launched = launcher.launched_and_quiet()
        missing = [key for key in plan.partitions if key not in launched][: total - len(launched)]
        if missing:
            self.poll.tell(f"Nobody is: launching the {len(missing)} partitions that are missing.")
        for _ in launcher.launch(missing):
            yield value

    def _as_launched(self, value: str, plan: BackfillPlan, tags: Mapping[str, str]) -> tuple[int, dict[str, str]]:
        """How many partitions the launch is of, and the tags of its runs: those that it began with."""
        first = next(iter(runs_with_tag(self.client, TAG_LAUNCH, value)))
        given = first.tags.get(TAG_TOTAL, "")
        total = int(given) if given.isdecimal() else plan.total
        return total, {**tags, **_written_tags(plan, value), TAG_TOTAL: str(total)}

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
        told: Sequence[str] = []
        is_told_alone = False
        poll = replace(self.poll, interval=interval, timeout=timeout)
        for backfill in poll.until(lambda each: each.state in ENDED_STATES, view.look, heard):
            if view.missing_daemons != told and backfill.state not in ENDED_STATES:
                told = view.missing_daemons
                self.poll.tell(_daemon_words(told))
            if _is_alone(backfill) and not is_told_alone:
                is_told_alone = True
                self.poll.tell(
                    "Some partitions have no run, and none is running: if nobody is launching them any more,"
                )
                self.poll.tell("the command that launched the others continues with them.")
            yield backfill

    def list(self, backfill_filter: BackfillFilter, limit: int | None, cursor: str | None = None) -> Page[Backfill]:
        """Return backfills that pass the filter, newest first, at most ``limit`` (none: all)."""
        return walk_backfills(self.client, backfill_filter, limit, cursor)

    def cancel(self, backfill_id: str) -> Backfill:
        """Ask for everything that is unfinished to stop, and return how the backfill stands then.

        Raises NotFoundError, ConflictError where it has ended: Dagster would rewrite its status.
        """
        backfill = self.get(backfill_id)
        if backfill.state in ENDED_STATES:
            raise ConflictError(f"backfill {backfill_id} has ended: it is {backfill.state}")
        if backfill.strategy == STRATEGY_BACKFILL:
            cancel_native(self.client, self.poll, backfill_id)
        terminate_all(self.client, self.poll, backfill_id)
        return self.get(backfill_id)

    def retry(self, backfill_id: str, max_concurrent: int = 1) -> Iterator[str]:
        """Launch the partitions that have not succeeded once more, as a backfill of its own, and yield its id.

        Run config and tags are those of the original, read from one of its runs. Nothing is yielded where nothing has
        failed. Raises NotFoundError, ConflictError where it still runs, or no run is left to read from.
        """
        backfill = self.get(backfill_id)
        if backfill.state not in ENDED_STATES:
            raise ConflictError(
                f"backfill {backfill_id} is {backfill.state}",
                hint=f"Wait for it: ops api backfill watch {backfill_id}",
            )
        if backfill.state == "succeeded":
            return
        retry = plan_retry(self.client, backfill)
        value = self.launch_value()
        tags = {**retry.tags, **_written_tags(retry.plan, value)}
        if backfill.strategy == STRATEGY_RUNS:
            launcher = RunLauncher(self.client, self.poll, retry.plan, value, tags, None, max_concurrent)
            yield value
            for _ in launcher.launch(retry.plan.partitions):
                yield value
        else:
            yield launch_native(self.client, self.poll, _native_params(retry.plan, retry.run_config, tags))

    def resume(self, backfill_id: str) -> Backfill:
        """Let Dagster submit the runs that a failed backfill is still missing.

        Raises NotFoundError, ConflictError where there is nothing to resume.
        """
        backfill = self.get(backfill_id)
        if backfill.strategy != STRATEGY_BACKFILL:
            raise ConflictError(f"{backfill_id} was launched by ops", hint="The command that launched it continues it.")
        if backfill.status not in RESUMABLE_STATUSES or not backfill.counts.get("NOT_STARTED"):
            raise ConflictError(
                f"backfill {backfill_id} is {backfill.state}; only one that ended before all its runs were submitted "
                f"can be resumed",
                hint=f"Failed partitions are launched again by: ops api backfill retry {backfill_id}",
            )
        resume_native(self.client, self.poll, backfill_id)
        return self.get(backfill_id)


def _is_alone(backfill: Backfill) -> bool:
    """Whether a backfill that somebody launches run by run waits for nothing but its launcher."""
    return (
        backfill.strategy == STRATEGY_RUNS
        and backfill.state not in ENDED_STATES
        and backfill.counts.keys() <= FINISHED_RUN_STATUSES | {"NOT_STARTED"}
    )


def _written_tags(plan: BackfillPlan, value: str) -> dict[str, str]:
    tags = {TAG_NAME: plan.name, TAG_CONFIG: plan.config_hash, TAG_LAUNCH: value, TAG_TOTAL: str(plan.total)}
    # A backfill that `ops` did not launch has no name and no file.
    return {key: text for key, text in tags.items() if text}


def _native_params(plan: BackfillPlan, run_config: Mapping[str, Any] | None, tags: Mapping[str, str]) -> dict[str, Any]:
    params: dict[str, Any] = {
        "partitionNames": plan.partitions,
        "tags": [{"key": key, "value": value} for key, value in tags.items()],
        **(title(plan.name) if plan.name else {}),
    }
    if run_config:
        params["runConfigData"] = run_config
    if plan.job_name is None:
        params["assetSelection"] = [{"path": to_path(key)} for key in plan.asset_keys or []]
    else:
        repository = {"repositoryLocationName": plan.location_name, "repositoryName": plan.repository_name}
        params["selector"] = {
            "partitionSetName": f"{plan.job_name}_partition_set",
            "repositorySelector": repository,
        }
    return params


def _daemon_words(missing: Sequence[str]) -> str:
    if not missing:
        return "The daemon is back."
    return f"No daemon is alive that would move this backfill ({', '.join(missing)}): it waits until one is started."
