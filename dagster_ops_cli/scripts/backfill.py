"""The script `backfill`: launch a backfill from a configuration file once, and follow it until it has ended."""

from collections.abc import Sequence

from dagster_ops_cli.api.backfill.attempts import Attempt
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.schemas.backfill import ENDED_STATES, Backfill, BackfillPlan, BackfillWithChecks
from dagster_ops_cli.schemas.backfill.config import BackfillConfig
from dagster_ops_cli.scripts.script import Outcome, Script, Session

# Launching more runs than this always needs confirmation or --yes.
_MOST_PARTITIONS = 100_000


def run(config: BackfillConfig, ops: Session) -> Outcome:
    """Launch the file's backfill, unless it was launched before. With ``wait``, follow it until it has ended."""
    options = ops.options
    config = config.with_missing_keys() if options.add_missing else config
    if options.dry_run:
        plan = ops.backfills.plan_launch(config, options.again)
        if plan.existing_id and not (options.again and plan.to_launch == plan.total):
            ops.note(would_continue("this file was launched", plan.existing_id, plan.to_launch))
        return Outcome(plan)
    known = ops.backfills.find_attempts(config)
    new: BackfillPlan | None = None
    if known and not options.again:
        ops.note(f"This file was launched before: {known[-1].id}. To launch it again, pass --again.")
    else:
        new = ops.backfills.plan(config)
        if not new.partitions:
            ops.note("Nothing to do: the policy skips every partition.")
            return Outcome(new)
        if new.total > _MOST_PARTITIONS and not (options.yes or ops.asks):
            raise InvalidRequestError(
                f"{new.total:,} partitions are more than the limit of {_MOST_PARTITIONS:,}",
                hint="To launch them all, pass --yes.",
            )
    if ops.asks:
        lost_first = new is None and known[0].number > 1
        confirm_launch(ops, new, known, ops.backfills.plan(config).partitions if lost_first else ())
    tags = {**config.run_tags, **ops.launch_tags}
    return ops.follow_backfill(
        lambda following: ops.backfills.launch(
            config, new, tags, options.again, following, None if options.again else known
        )
    )


def confirm_launch(
    ops: Session, new: BackfillPlan | None, known: Sequence[Attempt], file_keys: Sequence[str] = ()
) -> None:
    """Ask before launching many runs: those of a ``new`` launch, or the missing runs of the last ``known`` one.

    ``file_keys`` are the partitions that the file names now, which matter if its first attempt was deleted.
    """
    unasked = min(ops.confirm_above, _MOST_PARTITIONS)
    newest = ops.backfills.get(known[-1].id) if known else None
    if newest and (new is None or newest.state not in ENDED_STATES):
        missing = ops.backfills.find_missing(known, file_keys)
        if len(missing) > unasked:
            ops.confirm(f"Continue {newest.id}: launch the {len(missing):,} missing runs?", newest, missing)
    elif new and not new.single_run and new.total > unasked:
        ops.confirm(f"Launch {new.total:,} runs?", new, new.partitions)


def would_continue(done: str, existing_id: str, missing: int) -> str:
    """Return a dry run's message about an existing launch. ``done`` says what was done before."""
    if not missing:
        return f"Nothing would be launched: {done} before as {existing_id}."
    return f"Would continue {existing_id}, launching {missing:,} missing partition{'' if missing == 1 else 's'}."


BACKFILL = Script(
    "backfill",
    "Launch a backfill once and follow it until it has ended.",
    BackfillConfig,
    run,
    (Backfill, BackfillWithChecks, BackfillPlan),
)
