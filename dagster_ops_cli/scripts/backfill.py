"""The script `backfill`: launch a backfill from its configuration file, once, and follow it to the end."""

from collections.abc import Iterator, Sequence

from dagster_ops_cli.api.backfill import BackfillApi, Following
from dagster_ops_cli.api.backfill.attempts import Attempt
from dagster_ops_cli.api.backfill.retry import Retry
from dagster_ops_cli.errors import InvalidRequestError, OpsError, ServerFaultError, WaitTimeoutError
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.backfill import ENDED_STATES, Backfill, BackfillPlan
from dagster_ops_cli.schemas.backfill.config import BackfillConfig
from dagster_ops_cli.schemas.enums import UNFINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.launch import is_launched_by_runs
from dagster_ops_cli.schemas.ops_tags import TAG_CONFIG, TAG_LAUNCH
from dagster_ops_cli.schemas.run.filter import RunFilter
from dagster_ops_cli.scripts.config_file import load_config, problems_of
from dagster_ops_cli.scripts.script import Outcome, Script, Session, ended_early

_MOST_PARTITIONS = 100_000
# How many runs a question names.
_EXAMPLES = 5


def plan_file(path: str, backfills: BackfillApi) -> BackfillPlan:
    """Return what launching a file would do. Raises InvalidContentError that lists every problem with it."""
    with problems_of(path):
        return _plan(load_config(path, BackfillConfig), backfills)


def _plan(config: BackfillConfig, backfills: BackfillApi, again: bool = False) -> BackfillPlan:
    """Return the plan of a file, and what of it would be launched now."""
    plan = backfills.plan(config)
    if plan.existing_id is None or (again and backfills.get(plan.existing_id).state in ENDED_STATES):
        return plan
    return plan.model_copy(update={"to_launch": len(backfills.find_missing(backfills.find_attempts(config)))})


def run(config: BackfillConfig, ops: Session) -> Outcome:
    """Launch what the file asks for, unless it was launched before, and wait for its end where that is asked for."""
    options = ops.options
    if options.dry_run:
        shown = _plan(config, ops.backfills, options.again)
        if shown.existing_id and not (options.again and shown.to_launch == shown.total):
            ops.note(_would_continue("this file was launched", shown.existing_id, shown.to_launch))
        return Outcome(shown)
    known = ops.backfills.find_attempts(config)
    plan: BackfillPlan | None = None
    if known and not options.again:
        ops.note(f"This file was launched before: {known[-1].id}. --again launches it anew.")
    else:
        plan = ops.backfills.plan(config)
        if not plan.partitions:
            ops.note("Nothing to do: the policy skips every partition.")
            return Outcome(plan)
        if plan.total > _MOST_PARTITIONS and not (options.yes or ops.asks):
            raise InvalidRequestError(
                f"{plan.total} partitions are more than {_MOST_PARTITIONS}", hint="To launch them all, pass --yes."
            )
    if ops.asks:
        _confirm_launch(ops, plan, known)
    follower = Follower(ops)
    tags = {**config.run_tags, **ops.launch_tags}
    return follower.follow(
        ops.backfills.launch(config, plan, tags, options.again, follower.following, None if options.again else known)
    )


def _confirm_launch(ops: Session, plan: BackfillPlan | None, known: Sequence[Attempt]) -> None:
    """Ask before many runs are launched. There is no ``plan`` where the file was launched before."""
    unasked = min(ops.confirm_above, _MOST_PARTITIONS)
    newest = ops.backfills.get(known[-1].id) if known else None
    if newest and (plan is None or newest.state not in ENDED_STATES):
        missing = ops.backfills.find_missing(known)
        if len(missing) > unasked:
            ops.confirm(f"Continue {newest.id}: launch the {len(missing):,} missing runs?", newest, missing)
    elif plan and not plan.single_run and plan.total > unasked:
        ops.confirm(f"Launch {plan.total:,} runs?", plan, plan.partitions)


def _would_continue(done: str, existing_id: str, missing: int) -> str:
    if not missing:
        return f"Nothing would be launched: {done} before, as {existing_id}."
    return f"Would continue {existing_id}, launching {_count(missing, 'missing partition')}."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def watch_to_end(ops: Session, backfill_id: str) -> Outcome:
    """Follow a backfill to its end."""
    options = ops.options
    looks = ops.backfills.watch(backfill_id, options.interval, options.wait_timeout)
    return Follower(ops, backfill_id, launches=False).follow(looks)


def cancel_to_end(ops: Session, backfill_id: str) -> Outcome:
    """Cancel a backfill and, where that is asked for, wait until no run of it is unfinished; that is done well then."""
    options = ops.options
    if options.dry_run or ops.asks:
        backfill = ops.backfills.plan_cancel(backfill_id)
        going = {key: count for key, count in backfill.counts.items() if key in UNFINISHED_RUN_STATUSES}
        missing = going.pop("NOT_STARTED", 0)
        if options.dry_run:
            ops.note(f"Would cancel {_count(sum(going.values()), 'unfinished run')}.")
            if missing:
                ops.note(f"{_count(missing, 'partition')} would not be launched.")
            return Outcome(backfill)
        tag = TAG_LAUNCH if is_launched_by_runs(backfill_id) else dagster_tags.BACKFILL
        wanted = RunFilter(tags={tag: backfill_id}, statuses=list(UNFINISHED_RUN_STATUSES))
        first = [f"{run.partition or run.id} {run.status}" for run in ops.runs.list(wanted, _EXAMPLES).items]
        ops.confirm(f"Cancel backfill {backfill_id}?", backfill, first, sum(going.values()))
    backfill = ops.backfills.cancel(backfill_id, options.wait, options.wait_timeout)
    if not options.wait:
        ops.note("Cancellation requested; the backfill ends once its runs have stopped.")
        return Outcome(backfill)
    looks = ops.backfills.watch(backfill_id, options.interval, options.wait_timeout, heard=True)
    ended = Follower(ops, backfill_id, launches=False).follow(looks)
    return ended if ended.error else Outcome(ended.model)


def resume(ops: Session, backfill_id: str) -> Outcome:
    """Let Dagster submit the runs that a backfill is missing."""
    if ops.options.dry_run or ops.asks:
        backfill = ops.backfills.plan_resume(backfill_id)
        runs = _count(backfill.counts.get("NOT_STARTED", 0), "missing run")
        if ops.options.dry_run:
            ops.note(f"Would launch {runs}.")
            return Outcome(backfill)
        missing = [each.partition for each in backfill.failed if each.status == "NOT_STARTED"]
        ops.confirm(f"Resume backfill {backfill_id}: launch {runs}?", backfill, missing)
    return Outcome(ops.backfills.resume(backfill_id))


def retry_failed(ops: Session, backfill_id: str, max_concurrent: int) -> Outcome:
    """Launch once more what has not succeeded; a retry that was launched before is continued, or shown."""
    retry = ops.backfills.plan_retry(backfill_id)
    if ops.options.dry_run:
        return _retry_plan(ops, retry)
    if retry.existing:
        ops.note(f"{backfill_id} was retried before: {retry.existing.id}.")
    elif retry.launch is None:
        ops.note("Nothing to retry: every partition has succeeded.")
        return Outcome(retry.backfill)
    if ops.asks:
        _confirm_retry(ops, retry)
    follower = Follower(ops)
    return follower.follow(ops.backfills.retry(retry, max_concurrent, follower.following))


def _retry_plan(ops: Session, retry: Retry) -> Outcome:
    """Return what a retry would launch."""
    launch, backfill = retry.launch, retry.backfill
    partitions = launch.partitions if launch else []
    if retry.existing:
        partitions = ops.backfills.find_missing([retry.existing])
        ops.note(_would_continue(f"{backfill.id} was retried", retry.existing.id, len(partitions)))
    elif launch:
        ops.note(f"Would launch {_count(len(partitions), 'partition')} again, as attempt {launch.attempt}.")
    else:
        ops.note("Nothing to retry: every partition has succeeded.")
    return Outcome(
        BackfillPlan(
            name=backfill.name or "",
            job_name=launch.job_name if launch else backfill.job_name,
            asset_keys=launch.asset_keys if launch else backfill.asset_keys,
            repository_name=launch.repository_name if launch else None,
            location_name=launch.location_name if launch else None,
            strategy=backfill.strategy,
            partitions=partitions,
            config_hash=launch.config_hash if launch else backfill.tags.get(TAG_CONFIG, ""),
            existing_id=retry.existing.id if retry.existing else None,
        )
    )


def _confirm_retry(ops: Session, retry: Retry) -> None:
    """Ask before many runs are launched."""
    if retry.existing:
        _confirm_launch(ops, None, [retry.existing])
    elif retry.launch and retry.launch.total > ops.confirm_above:
        ops.confirm(f"Retry {retry.launch.total:,} partitions?", retry.backfill, retry.launch.partitions)


class Follower:
    """Follows a backfill on the command line: tells each id as it becomes known, and what goes on at an early end."""

    def __init__(self, ops: Session, backfill_id: str = "", launches: bool = True) -> None:
        """``launches`` says whether the command launches runs itself, or only looks on."""
        self.ops = ops
        self.backfill_id = backfill_id
        self.launches = launches

    @property
    def following(self) -> Following:
        """How the API is to follow what it launches."""
        options = self.ops.options
        return Following(options.wait, options.interval, options.wait_timeout, self._announce)

    def _announce(self, backfill_id: str) -> None:
        if backfill_id == self.backfill_id:
            return
        self.backfill_id = backfill_id
        self.ops.note(f"Backfill {backfill_id}: {self.ops.backfills.locate(backfill_id)}")
        self.ops.note(f"To watch: {self.ops.command(f'ops api backfill watch {backfill_id}')}")

    def follow(self, looks: Iterator[Backfill]) -> Outcome:
        """Show how the backfill comes along, and return how it ended, or how it stood when waiting was given up."""
        last: Backfill | None = None
        try:
            for backfill in self.ops.progress(looks):
                last = backfill
        except (KeyboardInterrupt, WaitTimeoutError) as error:
            if not self.backfill_id:
                raise
            told = self._ended_early(error)
            if last is None:
                raise told from error
            return Outcome(last, told.exit_code, told)
        if last is None:
            raise ServerFaultError("Dagster gave no answer", code="INTERNAL_ERROR", backfill_id=self.backfill_id)
        return outcome_of(last)

    def _ended_early(self, error: KeyboardInterrupt | WaitTimeoutError) -> OpsError:
        goes_on = "the backfill is still running"
        if self.launches and is_launched_by_runs(self.backfill_id):
            goes_on = "runs that are launched go on, and the same command launches those that are missing"
        watch, cancel = (
            self.ops.command(f"ops api backfill {verb} {self.backfill_id}") for verb in ("watch", "cancel")
        )
        return ended_early(error, goes_on, f"To watch: {watch}\nTo cancel: {cancel}", "backfill_id", self.backfill_id)


def outcome_of(backfill: Backfill) -> Outcome:
    """Return a backfill with its exit code: that of its outcome where it has ended, else 0."""
    return Outcome(backfill, 1 if backfill.state in ENDED_STATES - {"succeeded"} else 0)


BACKFILL = Script("backfill", "Launch a backfill, once, and follow it to its end.", BackfillConfig, run)
