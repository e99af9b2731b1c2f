"""The API for changing several runs at once."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from dagster_ops_cli.adapters.run import find_run_of_request, list_runs_by_id
from dagster_ops_cli.adapters.run.bulk import delete_run, terminate_runs
from dagster_ops_cli.adapters.run.launch import reexecute_run
from dagster_ops_cli.api.run.attempts import latest_attempts, list_descendants, refuse_unfinished
from dagster_ops_cli.api.run.listing import walk_runs
from dagster_ops_cli.api.run.stop import TERMINATED_AT_ONCE, cancel_duplicates, stop_runs
from dagster_ops_cli.api.waiting.lost_answer import look_for_change, may_be_made, new_request_value
from dagster_ops_cli.api.waiting.paging import in_batches
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import (
    ConflictError,
    ForbiddenError,
    NoAnswerError,
    OpsError,
    UnauthorizedError,
    UnreachableError,
)
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.filter import RunFilter
from dagster_ops_cli.schemas.run.result import RunResult, RunSelection, WatchedRun, facts_of

# How many ids one request may contain. Dagster's databases limit the size of a query.
_IDS_AT_ONCE = 1000

_UNREACHABLE = (UnreachableError, NoAnswerError, UnauthorizedError)

# Dagster's message when it refuses to cancel a run because of the run's status.
_REFUSED_STATUS = re.compile(r"could not be terminated due to having status (\w+)")
# How many seconds to try to find out whether another command launched the same run.
_LOOKED_FOR = 30.0

# The statuses of a run that accepted a request to stop.
_STOPPED = {*FINISHED_RUN_STATUSES, "CANCELING"}

FROM_FAILURE, ALL_STEPS = "FROM_FAILURE", "ALL_STEPS"


@dataclass(frozen=True)
class RunBulkApi:
    """Changes several runs of one Dagster.

    Methods that change runs yield a result for each run, in order and batch by batch. So a failure does not stop the
    others, and after an interrupt it is known which runs were changed.
    """

    client: GraphQLClient
    poll: Poll = field(default_factory=Poll)
    request_value: Callable[[], str] = field(default_factory=lambda: new_request_value)

    def find(self, run_ids: Sequence[str]) -> RunSelection:
        """Return the runs with these ids, in order, and the ids of runs that do not exist."""
        found = {run.id: run for run in self._rows(run_ids)}
        return RunSelection(
            runs=[found[run_id] for run_id in run_ids if run_id in found],
            unknown=[run_id for run_id in run_ids if run_id not in found],
        )

    def select(self, run_filter: RunFilter, latest: bool = False, keep_last: int | None = None) -> RunSelection:
        """Return all runs that pass the filter, newest first.

        ``keep_last`` leaves out that many of the newest runs of each job, counted before the filter's times apply.
        With ``latest``, select only the latest run of each partition. Leave out partitions that have succeeded since;
        partitions with an unfinished run are ``refused``. A run without a partition is compared with its own
        re-executions. Raises NotFoundError for a job that never existed.
        """
        runs = [run for page in walk_runs(self.client, run_filter) for run in page.items]
        if keep_last is not None:
            runs = self._without_last(runs, run_filter, keep_last)
        return latest_attempts(self.client, runs) if latest else RunSelection(runs=runs, unknown=[])

    def _without_last(self, runs: Sequence[RunRow], run_filter: RunFilter, keep_last: int) -> list[RunRow]:
        """Return the runs without the newest of each job, which are counted before the filter's times apply."""
        any_time = run_filter.without_times
        pages = [] if any_time == run_filter else walk_runs(self.client, any_time)
        newest = [run for page in pages for run in page.items] or runs
        seen: Counter[tuple[str, str | None]] = Counter()
        kept = set()
        for run in newest:
            job = (run.job_name, run.location_name)
            seen[job] += 1
            if seen[job] <= keep_last:
                kept.add(run.id)
        return [run for run in runs if run.id not in kept]

    def terminate(self, runs: Sequence[RunRow], force: bool = False) -> Iterator[Sequence[RunResult]]:
        """Ask the runs to stop. ``force`` marks them as canceled at once, even if their processes are still running.

        The status in a result may be out of date: call ``refresh``, or wait until the run has ended.
        """

        def refusal(run: RunRow) -> RunResult | None:
            if refused := refuse_terminate(run):
                return refused
            if run.status == "CANCELING" and not force:
                # The run is stopping already.
                return _result(run, done=True)
            return None

        def work(batch: Sequence[RunRow]) -> list[RunResult]:
            results = terminate_runs(self.client, [run.id for run in batch], force)
            now = self._statuses([result.id for result in results if result.code == ConflictError.code])
            return [
                _explain(
                    result.model_copy(
                        update={**facts_of(run), "status": result.status or now.get(run.id) or run.status}
                    )
                )
                for run, result in zip(batch, results, strict=True)
            ]

        def look(batch: Sequence[RunRow]) -> list[RunResult]:
            now = list_runs_by_id(self.client, [run.id for run in batch])
            return [_result(run, done=True) for run in now if run.status in _STOPPED]

        return _change_in_batches(runs, TERMINATED_AT_ONCE, refusal, work, partial(self._arrived, look))

    def _statuses(self, run_ids: Sequence[str]) -> dict[str, str]:
        with suppress(OpsError):
            return {run.id: run.status for run in list_runs_by_id(self.client, run_ids)}
        return {}

    def cancel(
        self, run_ids: Sequence[str], interval: float = 1.0, timeout: float | None = None
    ) -> Iterator[Sequence[WatchedRun]]:
        """Ask the runs to stop, and yield their current state until all have ended.

        Dagster refuses to cancel a run that is starting, so each poll, every ``interval`` seconds, asks again.
        Raises WaitTimeoutError after ``timeout`` seconds.
        """
        return stop_runs(self.client, replace(self.poll, interval=interval, timeout=timeout), run_ids)

    def delete(
        self, runs: Sequence[RunRow], force: bool = False, per_second: float | None = None
    ) -> Iterator[Sequence[RunResult]]:
        """Delete the runs and their logs, at most ``per_second`` of them in a second.

        ``force`` deletes unfinished runs too, without stopping their processes.
        """

        def work(batch: Sequence[RunRow]) -> list[RunResult]:
            delete_run(self.client, batch[0].id)
            return [_deleted(batch[0])]

        def look(batch: Sequence[RunRow]) -> list[RunResult]:
            left = {run.id for run in list_runs_by_id(self.client, [run.id for run in batch])}
            return [_deleted(run) for run in batch if run.id not in left]

        refusal = partial(refuse_delete, force=force)
        results = _change_in_batches(runs, 1, refusal, work, partial(self._arrived, look))
        return results if per_second is None else _throttled(results, len(runs), self.poll, per_second)

    def reexecute(
        self,
        runs: Sequence[RunRow],
        strategy: str,
        tags: Mapping[str, str] | None = None,
        launched: Callable[[str, str], None] = lambda run_id, new_run_id: None,
    ) -> Iterator[Sequence[RunResult]]:
        """Launch the runs once more, with ``tags`` in addition to their own. A run of a backfill stays part of it.

        ``strategy`` is FROM_FAILURE, for failed steps and the steps skipped because of them, or ALL_STEPS. A run with
        an unfinished re-execution is refused. If another command re-executes a run at the same moment, the first new
        run is the result and the other one is canceled. ``launched`` is called with the ids of a run and of its new run
        as soon as the new run is known.
        """

        def work(batch: Sequence[RunRow]) -> list[RunResult]:
            run = batch[0]
            values[run.id] = self.request_value()
            descendants = list_descendants(self.client, run)
            refuse_unfinished(run, descendants)
            before[run.id] = {each.id for each in descendants}
            kept = {dagster_tags.BACKFILL: run.tags[dagster_tags.BACKFILL]} if dagster_tags.BACKFILL in run.tags else {}
            new = reexecute_run(self.client, run.id, strategy, {**(tags or {}), **kept}, values[run.id])
            return [first(run, new.id, new.status)]

        def look(batch: Sequence[RunRow]) -> list[RunResult]:
            run = batch[0]
            # Without an entry, no request was sent for this run.
            new = find_run_of_request(self.client, values[run.id], run.id) if run.id in before else None
            return [first(run, new, run.status)] if new else []

        def first(run: RunRow, new_id: str, status: str) -> RunResult:
            launched(run.id, new_id)
            older = self._launched_first(run, new_id, before[run.id])
            new_id, status = (older.id, older.status) if older else (new_id, status)
            replaced = {"status": status, "duration": None, "url": run.url.replace(run.id, new_id)}
            return RunResult(id=run.id, done=True, new_run_id=new_id, **{**facts_of(run), **replaced})

        values: dict[str, str] = {}
        before: dict[str, set[str]] = {}
        refusal = partial(refuse_reexecute, strategy=strategy)
        return _change_in_batches(runs, 1, refusal, work, partial(self._arrived, look))

    def _launched_first(self, run: RunRow, new_id: str, before: set[str]) -> RunRow | None:
        """Return the re-execution that another command launched first at the same moment, and cancel ours; else None.

        Dagster can't launch a run on the condition that none exists yet. The order of its list decides which run was
        first; that order is the same for all commands.
        """
        poll = replace(self.poll, timeout=_LOOKED_FOR)
        try:
            descendants = poll.ask(lambda: list_descendants(self.client, run), poll.clock() + _LOOKED_FOR)
        except OpsError as error:
            poll.tell(f"Could not check whether run {run.id} was re-executed twice: {error.message}")
            return None
        new = [each for each in descendants if each.parent_run_id == run.id and each.id not in before]
        if not new or new[0].id == new_id:
            return None
        poll.tell(f"Run {run.id} was already re-executed as {new[0].id}; canceling the duplicate {new_id}.")
        cancel_duplicates(self.client, self.poll, [new_id])
        return new[0]

    def _arrived(
        self, look: Callable[[Sequence[RunRow]], list[RunResult]], runs: Sequence[RunRow], error: OpsError
    ) -> list[RunResult]:
        """Return results for the runs that were changed although the answer was lost. The others get ``error``."""
        found: dict[str, RunResult] = {}

        def all_are_done() -> bool:
            found.update((result.id, result) for result in look(runs))
            return len(found) == len(runs)

        with suppress(OpsError):
            look_for_change(self.poll, error, all_are_done)
            error.message += ". Dagster shows no effect, so the change was not made"
        return list(found.values())

    def refresh(self, results: Sequence[RunResult]) -> list[RunResult]:
        """Return the results with the current statuses of their runs."""
        rows = {run.id: run for run in self._rows([result.id for result in results if result.done])}
        return [
            result.model_copy(update={"status": rows[result.id].status}) if result.id in rows else result
            for result in results
        ]

    def _rows(self, run_ids: Sequence[str]) -> Iterator[RunRow]:
        for batch in in_batches(run_ids, _IDS_AT_ONCE):
            yield from list_runs_by_id(self.client, batch)


def refuse_terminate(run: RunRow) -> RunResult | None:
    """Return the result for a run that can't be canceled because of its status, None for any other run."""
    return _refused(run, f"already finished ({run.status})") if run.status in FINISHED_RUN_STATUSES else None


def refuse_delete(run: RunRow, force: bool) -> RunResult | None:
    """Return the result for a run that can't be deleted because of its status, None for any other run."""
    # A run that has ended never starts again, so its status can't be out of date.
    if run.status in FINISHED_RUN_STATUSES or force:
        return None
    return _refused(run, f"not finished yet ({run.status})")


def refuse_reexecute(run: RunRow, strategy: str) -> RunResult | None:
    """Return the result for a run that can't be re-executed because of its status, None for any other run."""
    if run.status not in FINISHED_RUN_STATUSES:
        return _refused(run, f"not finished yet ({run.status})")
    if strategy == FROM_FAILURE and run.status == "SUCCESS":
        return _refused(run, f"no failed step to start from ({run.status})")
    return None


def with_outcomes(results: Sequence[RunResult], watched: Sequence[WatchedRun], status: str) -> list[RunResult]:
    """Return the results as watched. A result is done if its run, or its new run, ended with ``status``."""
    runs = {each.id: each for each in watched}
    return [_with_outcome(result, runs.get(result.new_run_id or result.id), status) for result in results]


def _with_outcome(result: RunResult, watched: WatchedRun | None, status: str) -> RunResult:
    if watched is None or watched.run is None:
        return result
    run = watched.run
    state = "ended with status" if watched.has_ended else "still"
    changed: dict[str, Any] = {"status": run.status, "done": True, "error": None, "code": None}
    if result.new_run_id:
        # Dagster may have retried it once more.
        changed["new_run_id"] = run.id
    if run.status != status or watched.is_gone:
        changed |= {
            "done": False,
            "error": "deleted since" if watched.is_gone else f"{state} {run.status}",
        }
    return result.model_copy(update=changed)


def _throttled(
    results: Iterator[Sequence[RunResult]], total: int, poll: Poll, per_second: float
) -> Iterator[Sequence[RunResult]]:
    """Yield the results, at most so many per second. Each result takes a change."""
    began = poll.clock()
    for number, result in enumerate(results, 1):
        yield result
        early = began + number / per_second - poll.clock()
        if number < total and early > 0:
            poll.sleep(early)


def _change_in_batches(
    runs: Sequence[RunRow],
    size: int,
    refusal: Callable[[RunRow], RunResult | None],
    work: Callable[[Sequence[RunRow]], Sequence[RunResult]],
    look: Callable[[Sequence[RunRow], OpsError], Sequence[RunResult]],
) -> Iterator[Sequence[RunResult]]:
    """Yield a result for each run: that of ``refusal`` if it returns one, otherwise that of ``work``.

    If the answer of ``work`` was lost, ``look`` returns the results of the runs that were changed anyway.
    """
    halted: OpsError | None = None
    done_any = lost_any = False
    for batch in in_batches(runs, size):
        results = {run.id: result for run in batch if (result := refusal(run))}
        rest = [run for run in batch if run.id not in results]
        if rest and halted:
            results |= {run.id: _failed(run, halted, tried=False) for run in rest}
        elif rest:
            try:
                results |= {result.id: result for result in work(rest)}
                done_any = True
            except OpsError as error:
                found = {result.id: result for result in look(rest, error)} if may_be_made(error) else {}
                results |= {run.id: found.get(run.id) or _failed(run, error, tried=True) for run in rest}
                lost = error.in_doubt and len(found) < len(rest)
                # Stop if Dagster can't be reached or forbids everything: the other runs would fail too. A single lost
                # answer may only mean that the webserver was restarted.
                if (
                    (lost and lost_any)
                    or (isinstance(error, _UNREACHABLE) and not error.in_doubt)
                    or (isinstance(error, ForbiddenError) and not done_any)
                ):
                    halted = error
                lost_any = lost_any or lost
        yield [results[run.id] for run in batch]


def _result(run: RunRow, done: bool, **fields: Any) -> RunResult:
    return RunResult(id=run.id, done=done, **facts_of(run), **fields)


def _explain(result: RunResult) -> RunResult:
    """Return the result with the reason why Dagster did not cancel the run."""
    if result.code != ConflictError.code:
        return result
    if result.status in FINISHED_RUN_STATUSES:
        return result.model_copy(update={"error": f"already finished ({result.status})"})
    refused = _REFUSED_STATUS.search(result.error or "")
    why = f"Dagster can't cancel a run while it is {refused[1]}" if refused else result.error
    return result.model_copy(update={"error": f"{why}; the run continues"})


def _deleted(run: RunRow) -> RunResult:
    return _result(run, done=True).model_copy(update={"status": None})


def _refused(run: RunRow, error: str) -> RunResult:
    return RunResult.failed(run.id, ConflictError(error), **facts_of(run))


def _failed(run: RunRow, error: OpsError, tried: bool) -> RunResult:
    result = RunResult.failed(run.id, error, **facts_of(run))
    if tried or isinstance(error, ForbiddenError):
        return result
    return result.model_copy(update={"error": "not tried, because Dagster can't be reached"})
