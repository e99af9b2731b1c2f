"""When the steps of a run, and the runs of jobs, waited and worked."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dagster_ops_cli import times
from dagster_ops_cli.adapters.run import list_runs_by_id
from dagster_ops_cli.adapters.run.plan import get_run_plan
from dagster_ops_cli.api.run.listing import walk_runs
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import run_deleted
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES, UNFINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.run import RunRow, RunStep
from dagster_ops_cli.schemas.run.filter import RunFilter
from dagster_ops_cli.schemas.run.plan import RunPlan
from dagster_ops_cli.schemas.run.timeline import (
    JobsTimeline,
    JobTimeline,
    RunTimeline,
    TimelineAttempt,
    TimelineRun,
    TimelineStep,
)

# In the plan, the key of a dynamic step has a question mark where the keys of its steps have a name.
_DYNAMIC = re.compile(r"\[[^\]]*\]$")


@dataclass
class RunTimelines:
    """Reads the timeline of one run repeatedly. A look is one request, and one more until the plan is known."""

    client: GraphQLClient
    run_id: str
    _plan: RunPlan | None = field(default=None)

    def look(self) -> RunTimeline:
        """Return the current timeline. Raises NotFoundError."""
        if self._plan is None:
            self._plan = get_run_plan(self.client, self.run_id)
        rows = list_runs_by_id(self.client, [self.run_id], steps=True)
        if not rows:
            raise run_deleted(self.run_id)
        return run_timeline(rows[0], self._plan, times.now())


def follow_run_timeline(client: GraphQLClient, poll: Poll, run_id: str) -> Iterator[RunTimeline]:
    """Yield the timeline of a run at each poll until the run has ended."""
    return poll.until(lambda timeline: timeline.status in FINISHED_RUN_STATUSES, RunTimelines(client, run_id).look)


def run_timeline(run: RunRow, plan: RunPlan | None, now: datetime) -> RunTimeline:
    """Return the timeline of a run from its steps and its plan.

    Without the plan, it does not say for how long steps waited, and it has no critical path.
    """
    end = run.ended_at if run.status in FINISHED_RUN_STATUSES else None
    stats = {step.key: step for step in run.steps}
    needs = _needs(plan, stats, run.step_keys or [])
    attempts = {key: _attempts(stats[key], end) if key in stats else [] for key in needs}
    ends = {key: _end(own) for key, own in attempts.items()}
    critical = _critical_path(needs, attempts, ends, end or now) if plan else []
    steps = []
    for key, before in needs.items():
        ready = _ready(run.started_at, [ends[each] for each in before]) if plan else None
        steps.append(_step(key, before, ready, attempts[key], end, now, key in critical))
    order = {key: place for place, key in enumerate(needs)}
    last = datetime.max.replace(tzinfo=now.tzinfo)
    steps.sort(key=lambda step: (step.started_at or last, order[step.key]))
    is_queued = run.started_at is not None and run.started_at != run.ended_at
    begun = run.started_at if is_queued else end or now
    return RunTimeline(
        **_shared_fields(run, RunTimeline),
        as_of=now,
        queued=_seconds(run.created_at, begun) if run.created_at and begun else None,
        steps=steps,
        critical_path=critical,
    )


def _needs(plan: RunPlan | None, started: Iterable[str], chosen: Sequence[str]) -> dict[str, list[str]]:
    """Return the steps with those that they depend on. Dynamic steps have the needs that the plan names for them."""
    planned: Mapping[str, Sequence[str]] = plan.needs if plan else dict.fromkeys(chosen, ())
    by_name: dict[str, list[str]] = {}
    for key in started:
        by_name.setdefault(_DYNAMIC.sub("[?]", key), []).append(key)
    # A dynamic step that has not started stands for those to come.
    keys = [key for name in planned for key in by_name.get(name, [name])]
    keys += [key for key in started if key not in keys]
    found = {}
    for key in keys:
        before = planned.get(key, planned.get(_DYNAMIC.sub("[?]", key), ()))
        found[key] = [each for need in before for each in _same_branch(key, by_name.get(need, [need])) if each in keys]
    return found


def _same_branch(key: str, needed: Sequence[str]) -> Sequence[str]:
    """Return which of the steps that one step in the plan stands for another step depends on."""
    branch = _DYNAMIC.search(key)
    own = [each for each in needed if branch and each.endswith(branch[0])]
    return own or needed


def _attempts(step: RunStep, run_end: datetime | None) -> list[TimelineAttempt]:
    """Return the attempts at a step. Dagster lists those that have ended, and when the first one started."""
    status = step.status or "IN_PROGRESS"
    ended = [each for each in step.attempts if each.started_at and each.ended_at]
    found = [TimelineAttempt(started_at=a.started_at, ended_at=a.ended_at, status="FAILURE") for a in ended]
    if status != "IN_PROGRESS" and found:
        found[-1] = found[-1].model_copy(update={"status": status})
    elif status == "IN_PROGRESS" and (start := found[-1].ended_at if found else step.started_at):
        # A step that was in progress when its run ended has not ended by itself.
        found.append(TimelineAttempt(started_at=start, ended_at=run_end, status=status))
    elif step.started_at and not found:
        # Servers that do not list attempts.
        found.append(TimelineAttempt(started_at=step.started_at, ended_at=step.ended_at or run_end, status=status))
    return found


def _end(attempts: Sequence[TimelineAttempt]) -> datetime | None:
    """Return when a step ended; None if it has not."""
    return attempts[-1].ended_at if attempts else None


def _ready(started_at: datetime | None, ends: Sequence[datetime | None]) -> datetime | None:
    """Return when a step could start; None if it can't yet."""
    known = [end for end in ends if end is not None]
    if started_at is None or len(known) < len(ends):
        return None
    return max([started_at, *known])


def _step(
    key: str,
    needs: list[str],
    ready: datetime | None,
    attempts: list[TimelineAttempt],
    run_end: datetime | None,
    now: datetime,
    is_critical: bool,
) -> TimelineStep:
    waited = None
    before = ready
    for attempt in attempts if ready else ():
        waited = (waited or 0.0) + _seconds(before or attempt.started_at, attempt.started_at)
        before = attempt.ended_at
    if not attempts and ready is not None and run_end is None:
        waited = _seconds(ready, now)
    worked = sum(_seconds(each.started_at, each.ended_at or now) for each in attempts) if attempts else None
    none = "WAITING" if run_end is None else "SKIPPED"
    return TimelineStep(
        key=key,
        status=attempts[-1].status if attempts else none,
        needs=needs,
        ready_at=ready,
        attempts=attempts,
        waiting=waited,
        working=worked,
        is_critical=is_critical,
    )


def _critical_path(
    needs: Mapping[str, Sequence[str]],
    attempts: Mapping[str, Sequence[TimelineAttempt]],
    ends: Mapping[str, datetime | None],
    now: datetime,
) -> list[str]:
    """Return the chain of steps that the end depended on: each ended last among the inputs of the next."""
    path: list[str] = []
    left = [key for key in needs if attempts[key]]
    while left:
        path.append(max(left, key=lambda key: ends[key] or now))
        # A plan has no circles, but a dynamic step may seem to depend on itself.
        left = [key for key in needs[path[-1]] if attempts.get(key) and key not in path]
    return path[::-1]


def _shared_fields(run: RunRow, model: type[Model]) -> dict[str, Any]:
    """Return the fields of a run that a model has, too, without its steps."""
    names = (RunRow.model_fields.keys() & model.model_fields.keys()) - {"steps"}
    return {name: getattr(run, name) for name in names}


def _seconds(start: datetime, end: datetime) -> float:
    # The clocks of two machines may differ.
    return max(0.0, (end - start).total_seconds())


def follow_jobs_timeline(
    client: GraphQLClient, poll: Poll, since: datetime, job_name: str | None
) -> Iterator[JobsTimeline]:
    """Yield the runs of the latest time, as long as it was at the beginning, at each poll and without an end."""
    length = times.now() - since
    return poll.until(lambda timeline: False, lambda: jobs_timeline(client, times.now() - length, job_name))


def jobs_timeline(client: GraphQLClient, since: datetime, job_name: str | None) -> JobsTimeline:
    """Return the runs, of one job or of all, that were unfinished at some time since then.

    Raises NotFoundError for a job that neither exists nor has runs.
    """
    found: dict[str, RunRow] = {}
    # A run that has been running since before that time has not been updated since.
    for wanted in (
        RunFilter(updated_after=since, job_name=job_name),
        RunFilter(statuses=list(UNFINISHED_RUN_STATUSES), job_name=job_name),
    ):
        for page in walk_runs(client, wanted):
            found |= {run.id: run for run in page.items}
    now = times.now()
    # Tags of an ended run may change, which updates it.
    runs = [run for run in found.values() if run.ended_at is None or run.ended_at >= since]
    runs.sort(key=lambda run: run.started_at or run.created_at or now)
    jobs: dict[str, list[TimelineRun]] = {}
    for run in runs:
        jobs.setdefault(run.job_name, []).append(TimelineRun(**_shared_fields(run, TimelineRun)))
    return JobsTimeline(
        since=since,
        as_of=now,
        total=len(runs),
        jobs=[JobTimeline(job_name=name, runs=own) for name, own in reversed(jobs.items())],
    )
