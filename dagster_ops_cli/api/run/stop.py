"""Cancel runs, and go on asking while Dagster refuses because a run is just starting."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dagster_ops_cli.adapters.run.bulk import terminate_runs
from dagster_ops_cli.api.run.watch import watch_runs
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ForbiddenError, OpsError, WaitTimeoutError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.run.result import WatchedRun

# Dagster terminates runs one after the other, at about twenty a second, and answers when it is through.
TERMINATED_AT_ONCE = 25
# How long, in seconds, to go on asking a run to stop that nobody waits for.
_WITHDRAWN_WITHIN = 60.0


def stop_runs(
    client: GraphQLClient, poll: Poll, run_ids: Sequence[str], heard: bool = False
) -> Iterator[Sequence[WatchedRun]]:
    """Yield the runs as they are until all have ended, and after each look ask those to stop that are not stopping yet.

    Dagster refuses to cancel a run that is starting, so one request is not enough. A run that Dagster itself launched
    meanwhile to retry one of them is canceled too. Raises WaitTimeoutError after ``poll.timeout`` seconds, and
    ForbiddenError where you may not cancel a run.
    """
    for watched in watch_runs(client, poll, run_ids, heard):
        yield watched
        going = [each.run.id for each in watched if each.run and not each.has_ended and _can_stop(each.run.status)]
        for start in range(0, len(going), TERMINATED_AT_ONCE):
            _ask(client, poll, going[start : start + TERMINATED_AT_ONCE])


def withdraw(client: GraphQLClient, poll: Poll, run_ids: Sequence[str]) -> None:
    """Cancel runs that are duplicates, and report those that have ended already.

    Returns when all have ended or are stopping, and after a minute in any case.
    """
    if not run_ids:
        return
    try:
        for watched in stop_runs(client, replace(poll, interval=1.0, timeout=_WITHDRAWN_WITHIN), run_ids, heard=True):
            runs = [each.run for each in watched if each.run]
            if not any(_can_stop(run.status) for run in runs):
                for run in runs:
                    if run.status in FINISHED_RUN_STATUSES and run.status != "CANCELED":
                        poll.tell(f"The duplicate {run.id} has ended already: {run.status}")
                return
    except OpsError as error:
        told = "they are still running" if isinstance(error, WaitTimeoutError) else error.message
        poll.tell(f"Could not cancel the duplicates {', '.join(run_ids)}: {told}")


def _ask(client: GraphQLClient, poll: Poll, run_ids: Sequence[str]) -> None:
    try:
        results = terminate_runs(client, run_ids)
    except OpsError as error:
        if not (error.passing or error.in_doubt):
            raise
        # The next look shows whether the request arrived.
        poll.tell(f"{error.message}; asking again ...")
        return
    for result in results:
        if result.code == ForbiddenError.code:
            raise ForbiddenError(str(result.error))


def _can_stop(status: str) -> bool:
    return status not in FINISHED_RUN_STATUSES and status != "CANCELING"
