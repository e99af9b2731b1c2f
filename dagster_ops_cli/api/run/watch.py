"""Watch any number of runs. Each poll is one request."""

from collections.abc import Iterator, Sequence

from dagster_ops_cli.adapters.run import list_runs_by_id
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.result import RunResult, WatchedRun, facts_of, no_such_run


def watch_runs(
    client: GraphQLClient, poll: Poll, run_ids: Sequence[str], retry_first: bool = False, steps: bool = False
) -> Iterator[Sequence[WatchedRun]]:
    """Yield the current state of the runs, in the order of ``run_ids``, until all have ended."""
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
    """Return the runs that have changed since the poll before."""
    known = {each.id: each.run and _without_duration(each.run) for each in before}
    return [each.run for each in after if each.run is not None and _without_duration(each.run) != known.get(each.id)]


def _without_duration(run: RunRow) -> RunRow:
    """Return the run without its duration, which changes at each poll."""
    return run.model_copy(update={"duration": None})


def watch_results(watched: Sequence[WatchedRun]) -> list[RunResult]:
    """Return a result for each watched run."""
    return [_result(each) for each in watched]


def _result(watched: WatchedRun) -> RunResult:
    run = watched.run
    if run is None:
        return no_such_run(watched.id)
    new_run_id = run.id if run.id != watched.id else None
    if watched.is_gone:
        error = NotFoundError(f"deleted; its last status was {run.status}", code="RUN_NOT_FOUND")
        return RunResult.failed(watched.id, error, new_run_id=new_run_id, **{**facts_of(run), "status": None})
    return RunResult(id=watched.id, done=run.status == "SUCCESS", new_run_id=new_run_id, **facts_of(run))
