"""Wait for runs, however many, with one question at a time."""

from collections.abc import Iterator, Sequence

from dagster_ops_cli.adapters.run import list_runs_by_id
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.result import RunResult, WatchedRun, no_such_run


def watch_runs(
    client: GraphQLClient, poll: Poll, run_ids: Sequence[str], retry_first: bool = False, steps: bool = False
) -> Iterator[Sequence[WatchedRun]]:
    """Yield the runs as they are, in the order in which they are asked for, until all have ended."""
    known = {run_id: WatchedRun(id=run_id) for run_id in run_ids}

    def look() -> Sequence[WatchedRun]:
        wanted = [each for each in known.values() if not each.has_ended]
        found = {row.id: row for row in list_runs_by_id(client, [each.latest_id for each in wanted], steps)}
        for each in wanted:
            row = found.get(each.latest_id)
            before = each.run and (each.run.id, each.run.status)
            known[each.id] = WatchedRun(
                id=each.id,
                run=row or each.run,
                is_gone=row is None,
                had_failed=row is not None and before == (row.id, "FAILURE"),
            )
        return list(known.values())

    return poll.until(lambda watched: all(each.has_ended for each in watched), look, retry_first)


def changed_runs(before: Sequence[WatchedRun], after: Sequence[WatchedRun]) -> list[RunRow]:
    """Return the runs that are not as they were one poll before."""
    known = {each.id: each.run and _lasting(each.run) for each in before}
    return [each.run for each in after if each.run is not None and _lasting(each.run) != known.get(each.id)]


def _lasting(run: RunRow) -> RunRow:
    """Return the run without what changes from poll to poll while it goes on."""
    return run.model_copy(update={"duration": None})


def watch_results(watched: Sequence[WatchedRun]) -> list[RunResult]:
    """Return how the runs ended, or that they have not."""
    return [_result(each) for each in watched]


def _result(watched: WatchedRun) -> RunResult:
    run = watched.run
    if run is None:
        return no_such_run(watched.id)
    new_run_id = run.id if run.id != watched.id else None
    if watched.is_gone:
        error = NotFoundError(f"it was deleted; it was {run.status}", code="RUN_NOT_FOUND")
        return RunResult.failed(watched.id, error, job_name=run.job_name, new_run_id=new_run_id)
    return RunResult(
        id=watched.id, done=run.status == "SUCCESS", status=run.status, job_name=run.job_name, new_run_id=new_run_id
    )
