"""A report from what a command knows already, without asking Dagster."""

from collections.abc import Sequence
from typing import Any

from dagster_ops_cli.api.run.watch import watch_results
from dagster_ops_cli.schemas.asset.materialization import Materialization, MaterializationPlan
from dagster_ops_cli.schemas.asset_check import FAILED as CHECK_FAILED
from dagster_ops_cli.schemas.asset_check import SUCCEEDED as CHECK_SUCCEEDED
from dagster_ops_cli.schemas.asset_check import RunCheck
from dagster_ops_cli.schemas.backfill import Backfill, BackfillPlan, BackfillWithChecks
from dagster_ops_cli.schemas.command_report import (
    CANCELED,
    CHECK,
    FAILED,
    MISSING,
    RUN,
    SUCCEEDED,
    UNFINISHED,
    Case,
    Report,
)
from dagster_ops_cli.schemas.run import Run, RunRow
from dagster_ops_cli.schemas.run.checked import RunWithChecks
from dagster_ops_cli.schemas.run.result import WatchedRun
from dagster_ops_cli.schemas.run.target import RunTarget


def known_report(state: Any) -> Report | None:
    """Return a report on a backfill, a plan, a run or watched runs; None for anything else."""
    if isinstance(state, Backfill):
        return _of_backfill(state)
    if isinstance(state, Run):
        return _of_run(state)
    if isinstance(state, MaterializationPlan):
        return _of_plan(state.target)
    if isinstance(state, (BackfillPlan, RunTarget)):
        return _of_plan(state)
    watched: Sequence[WatchedRun] = state if isinstance(state, Sequence) else []
    if len(watched) == 1 and watched[0].run:
        return _of_run(watched[0].run)
    return _of_runs(watched) if any(each.run for each in watched) else None


def case_of_run(run: Run | RunRow) -> Case:
    """Return the case of a run, named after its partition if it has one."""
    return Case(
        name=run.partition or f"run {run.id}",
        kind=RUN,
        status=run.status,
        started_at=run.started_at,
        ended_at=run.ended_at,
        duration=run.duration,
        run_id=run.id,
        url=run.url,
    )


def cases_of_checks(state: Any) -> list[Case]:
    """Return a case for each asset check that a command has looked at. One that fails with severity WARN is not bad."""
    if isinstance(state, Materialization):
        return [_case_of_check(check, state.id, state.url) for check in state.checks]
    if isinstance(state, (BackfillWithChecks, RunWithChecks)):
        return [_case_of_check(check, check.run_id, None, check.partition) for check in state.failed_checks]
    return []


def _case_of_check(check: RunCheck, run_id: str, url: str | None, partition: str | None = None) -> Case:
    of = f" for {partition}" if partition else ""
    return Case(
        name=f"check {check.name} of {check.asset_key}{of}",
        kind=CHECK,
        status=CHECK_SUCCEEDED if check.status == CHECK_FAILED and not check.is_bad else check.status,
        run_id=run_id,
        url=url,
        error=(check.description or f"the check is {check.status}") if check.is_bad else None,
    )


def _of_backfill(backfill: Backfill) -> Report:
    checks = cases_of_checks(backfill)
    ended_badly = backfill.state in (FAILED, CANCELED)
    return Report(
        title=f"Backfill {backfill.name or backfill.id}",
        outcome=backfill.state,
        target=_target(backfill.job_name, backfill.asset_keys),
        id=backfill.id,
        name=backfill.name,
        url=backfill.url,
        created_at=backfill.created_at,
        ended_at=backfill.ended_at,
        total=backfill.total + len(checks),
        counts=backfill.counts,
        cases=[
            *(
                Case(name=each.partition, status=each.status, run_id=each.run_id, error=each.error)
                for each in backfill.failed
            ),
            *checks,
        ],
        error=backfill.error,
        commands={"To retry": f"ops backfill retry {backfill.id}"} if ended_badly else {},
    )


def _of_run(run: Run | RunRow) -> Report:
    target = _target(run.job_name, run.asset_keys if isinstance(run, Materialization) else None)
    cases = [case_of_run(run), *cases_of_checks(run)]
    commands = {
        "Why it failed": f"ops run why {run.id}",
        "To re-run what failed": f"ops run reexecute {run.id} --from-failure",
    }
    return Report(
        title=f"Run {run.id}",
        outcome=run.status.lower(),
        target=target,
        id=run.id,
        name=run.partition,
        url=run.url,
        created_at=run.created_at,
        ended_at=run.ended_at,
        total=len(cases),
        cases=cases,
        commands=commands if run.status == "FAILURE" else {},
    )


def _of_runs(watched: Sequence[WatchedRun]) -> Report:
    cases = [_case_of_watched(each) for each in watched]
    states = {case.state for case in cases}
    return Report(
        title=f"{len(watched):,} runs",
        outcome=next((state for state in (UNFINISHED, FAILED, CANCELED) if state in states), SUCCEEDED),
        target=", ".join(dict.fromkeys(each.run.job_name for each in watched if each.run)),
        total=len(cases),
        cases=cases,
    )


def _case_of_watched(watched: WatchedRun) -> Case:
    target = watched.run.job_name if watched.run else None
    if watched.is_gone or watched.run is None:
        # Without its id as ``run_id``: there is nothing left to look at.
        (result,) = watch_results([watched])
        return Case(name=f"run {watched.id}", kind=RUN, status=MISSING, target=target, error=result.error)
    return case_of_run(watched.run).model_copy(update={"target": target})


def _of_plan(plan: BackfillPlan | RunTarget) -> Report:
    keys = plan.partitions if isinstance(plan, BackfillPlan) else []
    return Report(
        title=f"Plan of the backfill {plan.name}" if isinstance(plan, BackfillPlan) else "Plan of a run",
        outcome="planned" if keys or isinstance(plan, RunTarget) else "nothing to do",
        target=_target(plan.job_name, plan.asset_keys),
        total=len(keys),
        cases=[Case(name=key, status="NOT_STARTED") for key in keys],
    )


def _target(job_name: str | None, asset_keys: Sequence[str] | None) -> str:
    return ", ".join(asset_keys) if asset_keys else job_name or ""
