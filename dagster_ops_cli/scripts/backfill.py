"""The script `backfill`: launch a backfill from its configuration file, once, and follow it to the end."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from dagster_ops_cli.api.backfill import BackfillApi
from dagster_ops_cli.errors import InvalidRequestError, ServerFaultError, WaitTimeoutError
from dagster_ops_cli.schemas.backfill import ENDED_STATES, Backfill, BackfillPlan, is_launched_by_runs
from dagster_ops_cli.schemas.backfill_config import BackfillConfig
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
    plan = ops.backfills.plan(config)
    if options.dry_run:
        return Outcome(plan)
    is_known = plan.existing_id is not None and not options.again
    if is_known:
        ops.note(f"This file was launched before: {plan.existing_id}. --again launches it anew.")
    elif not plan.partitions:
        ops.note("Nothing to do: the policy skips every partition.")
        return Outcome(plan)
    elif plan.total > _MOST_PARTITIONS and not options.yes:
        raise InvalidRequestError(
            f"{plan.total} partitions are more than {_MOST_PARTITIONS}", hint="If that is meant, say so with --yes."
        )
    return follow(
        ops,
        ops.backfills.launch(
            plan,
            config.run_config,
            {**config.run_tags, **ops.launch_tags},
            max_concurrent=config.max_concurrent,
            again=options.again,
        ),
    )


def watch_to_end(ops: Session, backfill_id: str) -> Outcome:
    """Follow a backfill to its end."""
    return follow(ops, iter([backfill_id]), tell=False)


def cancel_to_end(ops: Session, backfill_id: str) -> Outcome:
    """Cancel a backfill and, where that is asked for, wait until no run of it is unfinished; that is done well then."""
    backfill = ops.backfills.cancel(backfill_id)
    if not ops.options.wait:
        ops.note("It is asked to stop: its daemon and its runs do so in their own time.")
        return Outcome(backfill)
    ended = follow(ops, iter([backfill_id]), tell=False)
    return replace(ended, exit_code=0) if ended.error is None else ended


def retry_failed(ops: Session, backfill_id: str, max_concurrent: int) -> Outcome:
    """Launch once more what has not succeeded."""
    ids = ops.backfills.retry(backfill_id, max_concurrent)
    first = next(ids, None)
    if first is None:
        ops.note("Nothing to retry: every partition has succeeded.")
        return Outcome(ops.backfills.get(backfill_id))
    return follow(ops, chain([first], ids))


def follow(ops: Session, ids: Iterator[str], tell: bool = True) -> Outcome:
    """Tell each id as it becomes known, and wait for the end of the last, where that is asked for."""
    options = ops.options
    last: Backfill | None = None
    backfill_id = ""
    try:
        for each in ids:
            if tell and each != backfill_id:
                ops.note(f"Backfill {each}: {ops.backfills.locate(each)}")
                ops.note(f"To watch: {ops.command(f'ops api backfill watch {each}')}")
            backfill_id = each
        if not options.wait:
            return outcome_of(ops, ops.backfills.get(backfill_id))
        polls = ops.backfills.watch(backfill_id, options.interval, options.wait_timeout, heard=True)
        for backfill in ops.progress(polls):
            last = backfill
    except (KeyboardInterrupt, WaitTimeoutError) as error:
        if not backfill_id:
            raise
        goes_on = "the backfill goes on"
        if is_launched_by_runs(backfill_id):
            goes_on = "the runs that are launched go on; any that are missing are launched by the same command"
        watch, cancel = (ops.command(f"ops api backfill {verb} {backfill_id}") for verb in ("watch", "cancel"))
        told = ended_early(error, goes_on, f"To watch: {watch}\nTo cancel: {cancel}", "backfill_id", backfill_id)
        if last is None:
            raise told from error
        return Outcome(last, told.exit_code, told)
    if last is None:
        raise ServerFaultError("Dagster gave no answer", code="INTERNAL_ERROR", backfill_id=backfill_id)
    return outcome_of(ops, last)


def outcome_of(ops: Session, backfill: Backfill) -> Outcome:
    """Return a backfill with its exit code: that of its outcome where it has ended, else 0."""
    bad = backfill.state in ENDED_STATES - {"succeeded"}
    if bad:
        retry = ops.command(f"ops api backfill retry {backfill.id}")
        ops.note(f"To launch what has not succeeded once more: {retry}")
    return Outcome(backfill, 1 if bad else 0)


BACKFILL = Script("backfill", "Launch a backfill, once, and follow it to its end.", BackfillConfig, run)
