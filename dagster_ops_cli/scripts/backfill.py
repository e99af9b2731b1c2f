"""The script `backfill`: launch a backfill from its configuration file, once, and follow it to the end."""

from collections.abc import Iterator

from dagster_ops_cli.api.backfill import BackfillApi, Following
from dagster_ops_cli.errors import InvalidRequestError, OpsError, ServerFaultError, WaitTimeoutError
from dagster_ops_cli.schemas.backfill import ENDED_STATES, Backfill, BackfillPlan
from dagster_ops_cli.schemas.backfill_config import BackfillConfig
from dagster_ops_cli.schemas.launch import is_launched_by_runs
from dagster_ops_cli.scripts.config_file import load_config, problems_of
from dagster_ops_cli.scripts.script import Outcome, Script, Session, ended_early

_MOST_PARTITIONS = 100_000


def plan_file(path: str, backfills: BackfillApi) -> BackfillPlan:
    """Return what a file would launch. Raises InvalidContentError that lists every problem with it."""
    with problems_of(path):
        return backfills.plan(load_config(path, BackfillConfig))


def run(config: BackfillConfig, ops: Session) -> Outcome:
    """Launch what the file asks for, unless it was launched before, and wait for its end where that is asked for."""
    options = ops.options
    if options.dry_run:
        shown = ops.backfills.plan(config)
        if shown.existing_id and not options.again:
            ops.note(f"Nothing would be launched: this file was launched before, as {shown.existing_id}.")
        return Outcome(shown)
    known = ops.backfills.attempts(config)
    plan: BackfillPlan | None = None
    if known and not options.again:
        ops.note(f"This file was launched before: {known[-1].id}. --again launches it anew.")
    else:
        plan = ops.backfills.plan(config)
        if not plan.partitions:
            ops.note("Nothing to do: the policy skips every partition.")
            return Outcome(plan)
        if plan.total > _MOST_PARTITIONS and not options.yes:
            raise InvalidRequestError(
                f"{plan.total} partitions are more than {_MOST_PARTITIONS}", hint="To launch them all, pass --yes."
            )
    follower = Follower(ops)
    tags = {**config.run_tags, **ops.launch_tags}
    return follower.follow(
        ops.backfills.launch(config, plan, tags, options.again, follower.following, None if options.again else known)
    )


def watch_to_end(ops: Session, backfill_id: str) -> Outcome:
    """Follow a backfill to its end."""
    options = ops.options
    looks = ops.backfills.watch(backfill_id, options.interval, options.wait_timeout)
    return Follower(ops, backfill_id, launches=False).follow(looks)


def cancel_to_end(ops: Session, backfill_id: str) -> Outcome:
    """Cancel a backfill and, where that is asked for, wait until no run of it is unfinished; that is done well then."""
    options = ops.options
    backfill = ops.backfills.cancel(backfill_id, options.wait, options.wait_timeout)
    if not options.wait:
        ops.note("It is asked to stop: its daemon and its runs do so in their own time.")
        return Outcome(backfill)
    looks = ops.backfills.watch(backfill_id, options.interval, options.wait_timeout, heard=True)
    ended = Follower(ops, backfill_id, launches=False).follow(looks)
    return ended if ended.error else Outcome(ended.model)


def retry_failed(ops: Session, backfill_id: str, max_concurrent: int) -> Outcome:
    """Launch once more what has not succeeded; a retry that was launched before is continued, or shown."""
    retry = ops.backfills.plan_retry(backfill_id)
    if retry.existing:
        ops.note(f"{backfill_id} was retried before: {retry.existing.id}.")
    elif retry.launch is None:
        ops.note("Nothing to retry: every partition has succeeded.")
        return Outcome(retry.backfill)
    follower = Follower(ops)
    return follower.follow(ops.backfills.retry(retry, max_concurrent, follower.following))


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
        return outcome_of(self.ops, last)

    def _ended_early(self, error: KeyboardInterrupt | WaitTimeoutError) -> OpsError:
        goes_on = "the backfill is still running"
        if self.launches and is_launched_by_runs(self.backfill_id):
            goes_on = "runs that are launched go on, and the same command launches those that are missing"
        watch, cancel = (
            self.ops.command(f"ops api backfill {verb} {self.backfill_id}") for verb in ("watch", "cancel")
        )
        return ended_early(error, goes_on, f"To watch: {watch}\nTo cancel: {cancel}", "backfill_id", self.backfill_id)


def outcome_of(ops: Session, backfill: Backfill) -> Outcome:
    """Return a backfill with its exit code: that of its outcome where it has ended, else 0."""
    bad = backfill.state in ENDED_STATES - {"succeeded"}
    if bad:
        retry = ops.command(f"ops api backfill retry {backfill.id}")
        ops.note(f"To launch what has not succeeded once more: {retry}")
    return Outcome(backfill, 1 if bad else 0)


BACKFILL = Script("backfill", "Launch a backfill, once, and follow it to its end.", BackfillConfig, run)
