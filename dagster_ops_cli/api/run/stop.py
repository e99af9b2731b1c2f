"""Cancel runs: ask them to stop, and ask again while Dagster refuses because a run is starting."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dagster_ops_cli.adapters.run.bulk import terminate_runs
from dagster_ops_cli.api.run.watch import watch_runs
from dagster_ops_cli.api.waiting.paging import in_batches
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ForbiddenError, OpsError, WaitTimeoutError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.run.result import RunResult, WatchedRun

# Dagster terminates about twenty runs a second, one after the other, and answers at the end.
TERMINATED_AT_ONCE = 25
# How long, in seconds, to try to cancel duplicates.
_DUPLICATES_TIMEOUT = 60.0


def request_stop(client: GraphQLClient, run_ids: Sequence[str]) -> list[RunResult]:
    """Ask runs to stop, in batches, and return for each whether Dagster accepted that. It refuses runs that start."""
    return [result for batch in in_batches(run_ids, TERMINATED_AT_ONCE) for result in terminate_runs(client, batch)]


def can_stop(status: str) -> bool:
    """Whether a run with this status can be asked to stop: it has not ended, and is not stopping yet."""
    return status not in FINISHED_RUN_STATUSES and status != "CANCELING"


def stop_runs(client: GraphQLClient, poll: Poll, run_ids: Sequence[str]) -> Iterator[Sequence[WatchedRun]]:
    """Yield the runs as they are until all have ended; after each poll, ask those to stop that are not stopping yet.

    If Dagster itself retries one of the runs meanwhile, the new run is canceled too. Raises WaitTimeoutError after
    ``poll.timeout`` seconds, and ForbiddenError if you may not cancel a run.
    """
    for watched in watch_runs(client, poll, run_ids, retry_first=True):
        yield watched
        unstopped = [each.run.id for each in watched if each.run and not each.has_ended and can_stop(each.run.status)]
        try:
            results = request_stop(client, unstopped)
        except OpsError as error:
            if not (error.passing or error.in_doubt):
                raise
            # The next poll shows which runs are stopping.
            poll.tell(f"{error.message}; asking again ...")
            continue
        for result in results:
            if result.code == ForbiddenError.code:
                raise ForbiddenError(str(result.error))


def cancel_duplicates(client: GraphQLClient, poll: Poll, run_ids: Sequence[str]) -> None:
    """Cancel duplicate runs, and report those that have ended already.

    Returns when all have ended or are stopping, and after a minute in any case.
    """
    if not run_ids:
        return
    try:
        for watched in stop_runs(client, replace(poll, interval=1.0, timeout=_DUPLICATES_TIMEOUT), run_ids):
            runs = [each.run for each in watched if each.run]
            if not any(can_stop(run.status) for run in runs):
                for run in runs:
                    if run.status in FINISHED_RUN_STATUSES and run.status != "CANCELED":
                        poll.tell(f"The duplicate {run.id} has ended already: {run.status}")
                return
    except OpsError as error:
        reason = "they are still running" if isinstance(error, WaitTimeoutError) else error.message
        poll.tell(f"Could not cancel the duplicates {', '.join(run_ids)}: {reason}")
