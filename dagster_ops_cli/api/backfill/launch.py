"""Launch a file once: decide whether to launch, continue or only show it, and with which partitions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dagster_ops_cli.api.backfill.attempts import Attempt, find_attempts, find_other_files
from dagster_ops_cli.api.backfill.launcher import Launcher
from dagster_ops_cli.api.backfill.members import NOT_STARTED, launch_runs
from dagster_ops_cli.api.backfill.plan import plan_backfill
from dagster_ops_cli.api.backfill.state import BackfillView, file_backfill, file_runs, read_launched_plan
from dagster_ops_cli.api.partition.missing import add_missing_keys
from dagster_ops_cli.errors import BadResponseError, ConflictError, InvalidContentError, ServerFaultError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.backfill import ENDED_STATES, Backfill, BackfillPlan
from dagster_ops_cli.schemas.backfill.config import STRATEGY_RUNS, BackfillConfig
from dagster_ops_cli.schemas.backfill.launch import FROM_FILE, FROM_PARTITION, Launch, launch_value
from dagster_ops_cli.schemas.ops_tags import TAG_LAUNCH


def plan_file(client: GraphQLClient, config: BackfillConfig) -> BackfillPlan:
    """Return the plan of a file, with the id of its newest launch."""
    plan = plan_backfill(client, config)
    attempts = find_attempts(client, config.tags.name, config.config_hash)
    return plan.model_copy(update={"existing_id": attempts[-1].id if attempts else None})


def find_missing(client: GraphQLClient, attempts: Sequence[Attempt], file_keys: Sequence[str] = ()) -> list[str]:
    """Return the partitions that continuing a file with these attempts would launch.

    ``file_keys`` are the partitions that the file names now, which matter if its first attempt was deleted.
    """
    newest = attempts[-1]
    if newest.strategy != STRATEGY_RUNS:
        return []
    current = BackfillView(client, newest.id).look()
    if current.state in ("canceling", "canceled"):
        return []
    if current.state in ENDED_STATES:
        return _deleted(client, attempts, file_backfill(client, attempts, current), file_keys)
    keys = read_launched_plan(client, newest.id).keys or []
    launched = launch_runs(client, {TAG_LAUNCH: newest.id}, keys).first
    return [key for key in keys if key not in launched]


@dataclass(frozen=True)
class FileLaunch:
    """Launches a file. ``tags`` are added to the file's tags on every run."""

    client: GraphQLClient
    launcher: Launcher
    config: BackfillConfig
    tags: Mapping[str, str]

    def run(self, plan: BackfillPlan | None, again: bool, attempts: Sequence[Attempt]) -> Iterator[Backfill]:
        """Launch the file, or continue its newest attempt, and yield its state; the last state is the outcome.

        With ``again``, launch a new attempt if the newest one has ended. Passing ``plan`` saves requests.
        """
        newest = attempts[-1] if attempts else None
        current = BackfillView(self.client, newest.id).look() if newest else None
        if newest and current and current.state in ENDED_STATES:
            self.launcher.stop_duplicates(newest)
        if newest is None or current is None or (again and current.state in ENDED_STATES):
            plan = plan or plan_file(self.client, self.config)
            self._warn_of_other_files(plan)
            # Whoever continues this launch finds all keys: its first run comes after the last of them.
            add_missing_keys(self.client, self.launcher.poll, plan.keys_to_add)
            launches = self.launcher.launch(self._new(plan, newest.number + 1 if newest else 1))
        else:
            if again:
                self.launcher.poll.tell(f"Continuing {newest.id}, because it has not ended; nothing is launched again.")
            if current.state in ENDED_STATES:
                whole = file_backfill(self.client, attempts, current)
                deleted = []
                if newest.strategy == STRATEGY_RUNS and current.state != "canceled":
                    deleted = _deleted(self.client, attempts, whole, self._keys(plan) if _lost_first(attempts) else ())
                if not deleted:
                    self.launcher.announce(newest.id)
                    yield whole
                    return
                # Partitions whose runs were deleted count as never run.
                several = (
                    "1 partition whose run was" if len(deleted) == 1 else f"{len(deleted)} partitions whose runs were"
                )
                self.launcher.poll.tell(f"Continuing: launching the {several} deleted.")
                launch = self._repeated(plan, newest, newest.number + 1).model_copy(update={"partitions": deleted})
                launches = self.launcher.launch(launch)
            else:
                launches = self._continue(plan, newest, current)
        yield from self._with_file_outcome(launches)

    def _keys(self, plan: BackfillPlan | None) -> Sequence[str]:
        """Return the partitions that the file names now; none if it names something that does not exist any more."""
        try:
            return (plan or plan_backfill(self.client, self.config)).partitions
        except InvalidContentError:
            return ()

    def _continue(self, plan: BackfillPlan | None, newest: Attempt, current: Backfill) -> Iterator[Backfill]:
        if newest.strategy != STRATEGY_RUNS:
            return self.launcher.follow(newest, None)
        launch = self._repeated(plan, newest, newest.number)
        if missing := current.counts.get(NOT_STARTED, 0):
            partitions = "partition" if missing == 1 else "partitions"
            self.launcher.poll.tell(f"Continuing: launching the {missing} missing {partitions}.")
        return self.launcher.follow(newest, launch)

    def _with_file_outcome(self, launches: Iterator[Backfill]) -> Iterator[Backfill]:
        """Yield the states of an attempt, and then the outcome of all partitions of the file."""
        last = None
        for backfill in launches:
            last = backfill
            yield backfill
        if last is None:
            return
        poll, config = self.launcher.poll, self.config
        end = self.launcher.end
        attempts = poll.ask(lambda: find_attempts(self.client, config.tags.name, config.config_hash), end)
        known = [attempt.id for attempt in attempts]
        if last.id in known:
            yield poll.ask(lambda: file_backfill(self.client, attempts[: known.index(last.id) + 1], last), end)

    def _warn_of_other_files(self, plan: BackfillPlan) -> None:
        other = find_other_files(self.client, plan.name, plan.config_hash)
        if other:
            self.launcher.poll.tell(
                f"{other}, launched from another file named {plan.name!r}, is still running. This launch starts anyway."
            )

    def _new(self, plan: BackfillPlan, number: int) -> Launch:
        """Return a new attempt at the file."""
        return Launch(
            name=plan.name,
            config_hash=plan.config_hash,
            attempt=number,
            value=self.launcher.value(plan.strategy, plan.name, plan.config_hash, number),
            strategy=plan.strategy,
            job_name=plan.job_name,
            asset_keys=plan.asset_keys,
            location_name=plan.location_name,
            repository_name=plan.repository_name,
            dimensions=sorted(choice.dimension for choice in plan.dimensions),
            partitions=plan.partitions,
            unchecked=self.config.skip_checks,
            **self._from_file,
        )

    def _repeated(self, plan: BackfillPlan | None, attempt: Attempt, number: int) -> Launch:
        """Return an existing attempt as a launch: the same one, to continue it, or the one with the next ``number``.

        The partitions are read from its runs, because Dagster's partitions or the policy's choice may have changed.
        """
        config = self.config
        fields = read_launched_plan(self.client, attempt.id).fields
        if plan is None or not plan.partitions:
            try:
                plan = plan_backfill(self.client, config)
            except (InvalidContentError, ServerFaultError, BadResponseError):
                # Nothing may be left to launch. Otherwise the first launch fails, too.
                if fields is None:
                    raise
        if fields is None:
            if plan is None or not plan.partitions:
                raise ConflictError(
                    f"can't continue {attempt.id}: its runs no longer name its partitions",
                    hint="To launch the file again, pass --again.",
                )
            return self._new(plan, number).model_copy(update={"strategy": STRATEGY_RUNS, "value": attempt.id})
        if number == 1 and plan is not None and config.backfill_policy.policy == "all":
            new = len(set(plan.partitions) - set(fields["partitions"]))
            if new:
                partitions = "1 partition" if new == 1 else f"{new} partitions"
                self.launcher.poll.tell(
                    f"{partitions} appeared since this launch began; to launch the file again, pass --again."
                )
        is_same = number == attempt.number
        # The plan has the current name of the code location, which may have been renamed after the launch.
        place = plan.model_dump(include={"location_name", "repository_name"}) if plan else {}
        return Launch(
            **{
                **fields,
                **place,
                "name": config.tags.name,
                "config_hash": config.config_hash,
                "attempt": number,
                "value": attempt.id if is_same else launch_value(config.tags.name, config.config_hash, number),
                "strategy": STRATEGY_RUNS,
                **self._from_file,
            }
        )

    @property
    def _from_file(self) -> dict[str, Any]:
        """The fields of a launch that only the file contains."""
        config = self.config
        return {
            "run_config": config.run_config,
            "run_config_from": FROM_FILE if config.run_config else FROM_PARTITION,
            "tags": {**config.run_tags, **self.tags},
            "replacing": [*config.run_tags],
        }


def _lost_first(attempts: Sequence[Attempt]) -> bool:
    """Whether all runs of a file's first attempt were deleted, so that only the file names their partitions."""
    return attempts[0].number > 1


def _deleted(
    client: GraphQLClient, attempts: Sequence[Attempt], whole: Backfill, file_keys: Sequence[str]
) -> list[str]:
    """Return the partitions of a file whose runs were deleted. Other partitions without a run have an error."""
    if len(attempts) == 1 and not _lost_first(attempts):
        return []
    deleted = [each.partition for each in whole.failed if each.status == NOT_STARTED and each.error is None]
    if file_keys and _lost_first(attempts):
        known = {*file_runs(client, attempts, whole)[1]}
        deleted += [key for key in file_keys if key not in known]
    return deleted
