"""The checks that failed in runs."""

from collections.abc import Iterator, Sequence

from dagster_ops_cli.adapters.asset_check import list_check_executions, list_checked_runs, list_run_checks
from dagster_ops_cli.api.waiting.paging import in_batches
from dagster_ops_cli.errors import UnsupportedError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.asset_check import NO_RESULT, CheckedRun, CheckExecution, FailedCheck, RunCheck

# The server reads the log of each run to say which checks it has.
_RUNS = 100
_EXECUTIONS = 250


def failed_checks(client: GraphQLClient, run_ids: Sequence[str]) -> list[FailedCheck]:
    """Return the checks that failed in runs that have ended, see ``RunApi.list_failed_checks``."""
    try:
        runs = [run for batch in in_batches(run_ids, _RUNS) for run in list_checked_runs(client, batch)]
    except UnsupportedError:
        # Before 1.8, only the log tells.
        runs = [CheckedRun(id=run_id) for run_id in run_ids]
    order = {run_id: number for number, run_id in enumerate(run_ids)}
    runs = sorted((run for run in runs if run.checks != []), key=lambda run: order[run.id])
    names = dict.fromkeys(check for run in runs for check in run.checks or ())
    if not names or len(runs) <= len(names):
        checks = [(run, check) for run in runs for check in list_run_checks(client, run.id)]
    else:
        checks = [each for asset_key, name in names for each in _results(client, asset_key, name, runs)]
    return [FailedCheck(**dict(check), run_id=run.id, partition=run.partition) for run, check in checks if check.is_bad]


def _results(
    client: GraphQLClient, asset_key: str, name: str, runs: Sequence[CheckedRun]
) -> Iterator[tuple[CheckedRun, RunCheck]]:
    """Yield what became of one check in each of the runs that have it."""
    wanted = {run.id: run for run in runs if (asset_key, name) in (run.checks or ())}
    found: dict[str, RunCheck] = {}
    cursor: str | None = None
    while True:
        page = list_check_executions(client, asset_key, name, _EXECUTIONS, cursor)
        own = [each for each in page if each.run_id in wanted]
        for each in own:
            check = _run_check(asset_key, name, each)
            # A run of several partitions may have a result for each.
            if each.run_id and (each.run_id not in found or check.is_bad):
                found[each.run_id] = check
        if len(page) < _EXECUTIONS or (not own and found.keys() == wanted.keys()):
            break
        cursor = page[-1].id
    for run_id, run in wanted.items():
        yield run, found.get(run_id) or RunCheck(asset_key=asset_key, name=name, status=NO_RESULT)


def _run_check(asset_key: str, name: str, execution: CheckExecution) -> RunCheck:
    return RunCheck(
        asset_key=asset_key,
        name=name,
        status=execution.status if execution.severity else NO_RESULT,
        severity=execution.severity,
        description=execution.description,
    )
