"""`ops api run reexecute`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.api.run.bulk import Choice, change_runs, run_choice_options
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, exclusive, interval_option, wait_option, wait_timeout_option
from dagster_ops_cli.cli.params import Tag
from dagster_ops_cli.cli.progress import show_runs
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.cli.tags import refuse_reserved, tags_of
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.run import RunRow
    from dagster_ops_cli.schemas.run.result import RunResult


@click.command(cls=OutcomeCommand)
@run_choice_options(tags_are_new=True)
@click.option("--from-failure", is_flag=True, help="Only what failed, and what was not run because of it.")
@click.option("--all-steps", is_flag=True, help="Everything once more.")
@click.option("--every-attempt", is_flag=True, help="With a filter: every run, not only the latest of each partition.")
@click.option("--new-tag", "new_tags", type=Tag(), multiple=True, help="Put this tag on the new runs. Repeatable.")
@wait_option
@wait_timeout_option
@interval_option(2)
@connection_options
@click.pass_context
def reexecute(
    ctx: click.Context,
    ops: Ops,
    choice: Choice,
    from_failure: bool,
    all_steps: bool,
    every_attempt: bool,
    new_tags: Sequence[str],
    wait: bool,
    wait_timeout: float | None,
    interval: float,
) -> None:
    """Launch runs once more, by their ids or by a filter.

    With ids --tag is a tag for the new runs, as --new-tag always is; else it is a filter. A filter without --status
    means runs that failed (--from-failure), or that have ended (--all-steps). Of these, the latest run of each
    partition is launched once more, unless the partition has succeeded since; a run without a partition is compared
    with its own re-executions. A run with an unfinished re-execution is refused. A new run of a backfill stays part
    of it.
    """
    if every_attempt and choice.run_ids is not None:
        raise InvalidRequestError("--every-attempt goes with a filter")
    _check(choice.run_filter.statuses, from_failure, all_steps, wait, wait_timeout)
    tags = refuse_reserved({**choice.new_tags, **tags_of(new_tags)})

    def change(runs: "Sequence[RunRow]") -> "Iterator[Sequence[RunResult]]":
        def launched(run_id: str, new_run_id: str) -> None:
            # Whatever happens from here on, this much is known.
            ops.say(f"Launched run {new_run_id}, a re-execution of {run_id}")

        return ops.run_bulk.reexecute(runs, "FROM_FAILURE" if from_failure else "ALL_STEPS", tags, launched)

    def settle(results: "Sequence[RunResult]") -> "Iterable[Sequence[RunResult]]":
        from dagster_ops_cli.api.run.bulk import settled

        ids = [result.new_run_id for result in results if result.new_run_id] if wait else []
        for watched in show_runs(ops, ops.runs.watch(ids, interval, wait_timeout, retry_first=True)) if ids else ():
            yield settled(results, watched, "SUCCESS")

    statuses = ["FAILURE"] if from_failure else sorted(FINISHED_RUN_STATUSES)
    change_runs(ctx, ops, choice, statuses, "Re-execute", change, settle, latest=not every_attempt)


def _check(
    statuses: "Sequence[str]", from_failure: bool, all_steps: bool, wait: bool, wait_timeout: float | None
) -> None:
    exclusive(from_failure=from_failure, all_steps=all_steps)
    if not from_failure and not all_steps:
        raise InvalidRequestError("re-execute what of them? Say --from-failure or --all-steps")
    if wait_timeout and not wait:
        raise InvalidRequestError("--wait-timeout goes with --wait")
    if from_failure and "SUCCESS" in statuses:
        raise InvalidRequestError("what is SUCCESS has no failure to start from", hint="Say --all-steps.")
    if going := set(statuses).difference(FINISHED_RUN_STATUSES):
        raise InvalidRequestError(f"what is {' or '.join(sorted(going))} has not ended yet")
