"""The API that gathers the cases of a report with few requests, for any number of partitions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dagster_ops_cli.adapters.backfill.partitions import list_backfill_partitions
from dagster_ops_cli.adapters.run import list_runs_by_id
from dagster_ops_cli.api.backfill.attempts import find_attempts
from dagster_ops_cli.api.backfill.members import LaunchRuns, Member, latest_runs, launch_runs, walk_members
from dagster_ops_cli.api.backfill.state import by_partition, file_runs, ordered_keys, read_launched_plan
from dagster_ops_cli.api.command_report.failures import explain_failures, first_line
from dagster_ops_cli.api.command_report.known import case_of_run, known_report
from dagster_ops_cli.api.run.why import RunExplanationApi
from dagster_ops_cli.errors import NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.backfill import Backfill
from dagster_ops_cli.schemas.backfill.config import STRATEGY_RUNS
from dagster_ops_cli.schemas.command_report import CANCELED, CHECK, FAILED, STEP, Case, Failure, Report
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.ops_tags import TAG_CONFIG, TAG_LAUNCH
from dagster_ops_cli.schemas.run import Run, RunRow, RunStep
from dagster_ops_cli.schemas.run.result import WatchedRun
from dagster_ops_cli.schemas.run.why import FailedStep, RunExplanation

# The states of steps that Dagster calls otherwise than runs.
_STEP_STATUS = {"IN_PROGRESS": "STARTED", None: "NOT_STARTED"}


@dataclass(frozen=True)
class CommandReportApi:
    """Gathers what reports on the backfills and runs of one Dagster say."""

    client: GraphQLClient

    def get(self, state: Model | Sequence[WatchedRun]) -> Report:
        """Return the report on a backfill, a run or watched runs, with all cases. The first failures are explained.

        Sends one request per thousand runs of a backfill, and at most ten more. Raises NotFoundError if the run is
        gone.
        """
        report = known_report(state)
        if report is None:
            raise TypeError(f"there is no report on {type(state).__name__}")
        checks = [case for case in report.cases if case.kind == CHECK]
        if isinstance(state, Backfill):
            return report.model_copy(update={"cases": [*self._partitions(state), *checks]})
        if isinstance(state, Run) or (report.id and not isinstance(state, Model)):
            cases = [*self._steps(str(report.id)), *checks]
            return report.model_copy(update={"cases": cases, "total": len(cases)})
        return report.model_copy(update={"cases": self._explained(report.cases)})

    def _partitions(self, backfill: Backfill) -> list[Case]:
        runs, keys = self._runs_of(backfill)
        latest = by_partition(runs.latest, keys)
        errors = {each.partition: each.error for each in backfill.failed}
        names = dict.fromkeys([*keys, *sorted(latest.keys() - set(keys))])
        return self._explained([self._case_of(key, latest.get(key), errors.get(key)) for key in names])

    def _steps(self, run_id: str) -> list[Case]:
        """Return a case for each step of a run. A run whose steps are not known is a single case.

        A run that failed is explained as ``ops run why`` does, which reads its whole log.
        """
        found = list_runs_by_id(self.client, [run_id], steps=True)
        if not found:
            raise NotFoundError(f"Run {run_id} not found", code="RUN_NOT_FOUND")
        run = found[0]
        why = RunExplanationApi(self.client).get(run_id) if run.status == "FAILURE" else None
        failed = {step.step_key: step for step in why.failed_steps} if why else {}
        begun = {step.key: step for step in run.steps}
        keys = dict.fromkeys([*(run.step_keys or ()), *begun])
        cases = [_case_of_step(run, key, begun.get(key), failed.get(key)) for key in keys]
        run_case = _case_of_dead_run(run, why)
        ended_badly = run_case.state in (FAILED, CANCELED)
        if not cases or (ended_badly and not any(case.state == run_case.state for case in cases)):
            return [run_case, *cases]
        return cases

    def _runs_of(self, backfill: Backfill) -> tuple[LaunchRuns, list[str]]:
        """Return the runs of a backfill, and its partition keys in Dagster's order as far as they are known."""
        if len(backfill.attempts) > 1 and backfill.name is not None:
            attempts = find_attempts(self.client, backfill.name, backfill.tags[TAG_CONFIG])
            return file_runs(self.client, attempts, backfill)
        if backfill.strategy == STRATEGY_RUNS:
            keys = read_launched_plan(self.client, backfill.id).keys
            return launch_runs(self.client, {TAG_LAUNCH: backfill.id}, keys), keys or []
        value = backfill.tags.get(TAG_LAUNCH)
        tags = {TAG_LAUNCH: value} if value else {dagster_tags.BACKFILL: backfill.id}
        runs = latest_runs(self.client, walk_members(self.client, tags))
        keys = list_backfill_partitions(self.client, backfill.id)
        return runs, ordered_keys(self.client, keys, backfill.asset_keys, runs)

    def _case_of(self, key: str, run: Member | None, error: str | None) -> Case:
        if run is None:
            return Case(name=key, status="NOT_STARTED", error=error)
        return Case(
            name=key,
            status=run.status,
            started_at=run.started_at,
            ended_at=run.ended_at,
            duration=_seconds(run.started_at, run.ended_at),
            run_id=run.id,
            url=f"{self.client.url}/runs/{run.id}",
            error=error,
        )

    def _explained(self, cases: Sequence[Case]) -> list[Case]:
        """Return the cases, the first failures among them with their causes."""
        failed = dict.fromkeys(case.run_id for case in cases if case.run_id and case.state == FAILED)
        found = explain_failures(self.client, list(failed))
        return [
            case.model_copy(update={"failure": failure, "error": case.error or first_line(failure)})
            if case.state == FAILED and (failure := found.get(case.run_id or ""))
            else case
            for case in cases
        ]


def _case_of_dead_run(run: RunRow, why: RunExplanation | None) -> Case:
    """Return the case of a run of which no step failed."""
    failure = Failure(steps=why.failed_steps, errors=why.errors, engine=why.engine) if why else None
    error = first_line(failure) if failure else None
    return case_of_run(run).model_copy(update={"name": f"run {run.id}", "failure": failure, "error": error})


def _case_of_step(run: RunRow, key: str, step: RunStep | None, failed: FailedStep | None) -> Case:
    status = _STEP_STATUS.get(step.status if step else None, step.status if step else None) or "NOT_STARTED"
    if status == "STARTED" and run.status in FINISHED_RUN_STATUSES:
        # The run's process ended before the step did.
        status = run.status
    failure = Failure(steps=[failed]) if failed and status == "FAILURE" else None
    started_at, ended_at = (step.started_at, step.ended_at) if step else (None, None)
    return Case(
        name=key,
        kind=STEP,
        status=status,
        started_at=started_at,
        ended_at=ended_at,
        duration=_seconds(started_at, ended_at),
        run_id=run.id,
        url=run.url,
        failure=failure,
        error=first_line(failure) if failure else None,
    )


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    # A run that was canceled in the queue has the same time for both.
    return max(0.0, (end - start).total_seconds()) if start and end and start != end else None
