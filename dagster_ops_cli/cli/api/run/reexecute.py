"""`ops api run reexecute`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.api.run.bulk import BulkChoice, bulk_options, change_runs
from dagster_ops_cli.cli.api.run.choose import choose_runs_options
from dagster_ops_cli.cli.arguments.tags import refuse_reserved, tags_of
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, RUN, option
from dagster_ops_cli.cli.options import connection_options, exclusive, wait_options
from dagster_ops_cli.cli.params import Tag
from dagster_ops_cli.cli.progress import show_runs
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.run import RunRow
    from dagster_ops_cli.schemas.run.result import RunResult


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops run reexecute RUN_ID --from-failure --wait",
        "ops run reexecute --from-failure --job nightly --created-after 24h --dry-run",
        "ops run reexecute RUN_ID --all-steps --new-tag reason=late-data",
    ),
)
@choose_runs_options(tags_are_new=True)
@bulk_options
@option("--from-failure", heading=RUN, is_flag=True, help="Run the failed steps and those skipped because of them")
@option("--all-steps", heading=RUN, is_flag=True, help="Run every step again")
@option("--new-tag", "more_tags", heading=RUN, type=Tag(), multiple=True, help="Tag for the new runs; repeatable")
@option(
    "--every-attempt", heading=FILTERS, is_flag=True, help="Every matching run, not only the latest of each partition"
)
@wait_options(2)
@connection_options
@click.pass_context
def reexecute(
    ctx: click.Context,
    ops: Ops,
    choice: BulkChoice,
    from_failure: bool,
    all_steps: bool,
    every_attempt: bool,
    new_tags: "Mapping[str, str]",
    more_tags: Sequence[str],
    wait: bool,
    wait_timeout: float | None,
    interval: float,
) -> None:
    """Re-run failed steps or whole runs.

    Choose runs by id or by filter; without --status, a filter chooses failed runs (--from-failure) or finished runs
    (--all-steps). Of the matching runs, only the latest of each partition is launched again, unless the partition has
    succeeded since; a run without a partition is compared with its own re-executions. Runs with an unfinished
    re-execution are refused. If a run belongs to a backfill, so does its new run. With ids, --tag means --new-tag.
    """
    if every_attempt and choice.run_ids is not None:
        raise InvalidRequestError("--every-attempt needs a filter")
    _check(choice.run_filter.statuses, from_failure, all_steps)
    from dagster_ops_cli.api.run.bulk import refuse_reexecute

    strategy = "FROM_FAILURE" if from_failure else "ALL_STEPS"
    tags = refuse_reserved({**new_tags, **tags_of(more_tags)})

    def change(runs: "Sequence[RunRow]") -> "Iterator[Sequence[RunResult]]":
        def launched(run_id: str, new_run_id: str) -> None:
            # Show the id at once: it is useful even if the rest fails.
            ops.say(f"Launched run {new_run_id}, a re-execution of {run_id}")

        return ops.run_bulk.reexecute(runs, strategy, tags, launched)

    def finish(results: "Sequence[RunResult]") -> "Iterable[Sequence[RunResult]]":
        from dagster_ops_cli.api.run.bulk import with_outcomes

        ids = [result.new_run_id for result in results if result.new_run_id] if wait else []
        for watched in show_runs(ops, ops.runs.watch(ids, interval, wait_timeout, retry_first=True)) if ids else ():
            yield with_outcomes(results, watched, "SUCCESS")

    statuses = ["FAILURE"] if from_failure else sorted(FINISHED_RUN_STATUSES)
    change_runs(
        ctx,
        ops,
        choice,
        statuses,
        "Re-execute",
        lambda run: refuse_reexecute(run, strategy),
        change,
        finish,
        made="launched",
        ended="succeeded",
        latest=not every_attempt,
    )


def _check(statuses: "Sequence[str]", from_failure: bool, all_steps: bool) -> None:
    exclusive(from_failure=from_failure, all_steps=all_steps)
    if not from_failure and not all_steps:
        raise InvalidRequestError("Choose --from-failure or --all-steps")
    if from_failure and "SUCCESS" in statuses:
        raise InvalidRequestError("SUCCESS runs have no failure to start from", hint="Use --all-steps.")
    if going := set(statuses).difference(FINISHED_RUN_STATUSES):
        raise InvalidRequestError(f"--status: {' or '.join(sorted(going))} runs have not ended yet")
