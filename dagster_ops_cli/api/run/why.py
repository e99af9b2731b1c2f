"""Explain why a run failed, or what it is waiting for."""

from dataclasses import dataclass
from functools import partial

from dagster_ops_cli.adapters.asset_check import list_run_checks
from dagster_ops_cli.adapters.run import get_run
from dagster_ops_cli.adapters.run.plan import get_run_plan
from dagster_ops_cli.adapters.run_events import list_run_event_details
from dagster_ops_cli.api.logs.files import log_files
from dagster_ops_cli.api.logs.step_lines import StepLines
from dagster_ops_cli.api.logs.stream import LogStream
from dagster_ops_cli.api.run.blockers import RunWaits
from dagster_ops_cli.api.run.first_failure import error_line, first_failure
from dagster_ops_cli.api.run.step_history import RunHistory
from dagster_ops_cli.api.run.user_frames import causes_of
from dagster_ops_cli.api.run_events.pages import walk_event_pages
from dagster_ops_cli.api.waiting.paging import read_ahead
from dagster_ops_cli.errors import ForbiddenError, OpsError, ServerFaultError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.asset_check import FAILED, NO_RESULT, RunCheck
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.logs import LogFile
from dagster_ops_cli.schemas.run import Run
from dagster_ops_cli.schemas.run.plan import RunPlan
from dagster_ops_cli.schemas.run.why import Cause, FailedStep, RunExplanation, SkippedStep
from dagster_ops_cli.schemas.run_events import RunEvent

# For how many failed steps to read standard error, how many of its last lines to keep, and how many bytes to search for
# them: at the end of a step's own file, and of a file that several steps share.
_LOOKED_AT, _LINES, _OWN, _SHARED = 5, 10, 1 << 18, 1 << 22
# How many pages of a log are read to say in one line why a run failed. Usually the first page is enough.
_MOST_PAGES = 10


@dataclass(frozen=True)
class RunExplanationApi:
    """Explains the runs of one Dagster."""

    client: GraphQLClient

    def get(self, run_id: str) -> RunExplanation:
        """Explain the current state of one run. Reads its whole log. Raises NotFoundError."""
        run = get_run(self.client, run_id)
        plan = get_run_plan(self.client, run_id)
        history = RunHistory()
        for page in read_ahead(walk_event_pages(partial(list_run_event_details, self.client, run_id))):
            for event in page.events:
                history.add(event)
        failed = self._failed_steps(run, history)
        ended = run.status in FINISHED_RUN_STATUSES
        bad = run.status in ("FAILURE", "CANCELED")
        return RunExplanation(
            id=run.id,
            status=run.status,
            job_name=run.job_name,
            created_at=run.created_at,
            started_at=run.started_at,
            ended_at=run.ended_at,
            steps=len(plan.needs) if plan else None,
            failed_steps=failed,
            skipped_steps=_skipped(plan, history, [step.step_key for step in failed]) if bad and plan else [],
            errors=run_errors(run.status, history),
            engine=engine_messages(run.status, history),
            parent_run_id=run.parent_run_id,
            retried_as=run.tags.get(dagster_tags.AUTO_RETRY_RUN),
            will_retry=dagster_tags.will_retry(run.tags) is True,
            waiting_for=[] if ended else RunWaits(self.client).get(run, history),
            url=run.url,
            partition=run.partition,
            location_name=run.location_name,
            duration=run.duration,
            failed_checks=_failed_checks(self.client, run) if history.has_checks and ended else [],
        )

    def summarize(self, run_id: str) -> str | None:
        """Return the first error of a failed run in one line; None if its log shows none or can't be read."""
        try:
            failure = first_failure(self.client, run_id, _MOST_PAGES)
        except OpsError:
            return None
        if failure is None:
            return None
        said = error_line(failure.error) if failure.error else failure.message.strip().partition("\n")[0]
        return ": ".join(part for part in (failure.step_key, said) if part)

    def _failed_steps(self, run: Run, history: RunHistory) -> list[FailedStep]:
        files = {key: file for file in log_files(history.captured) for key in file.step_keys}
        failed = []
        for number, (key, event) in enumerate(failures(run.status, history).items()):
            file = files.get(key) if number < _LOOKED_AT else None
            failed.append(failed_step(event, history, key, file, self._stderr(file, key) if file else []))
        return failed

    def _stderr(self, file: LogFile, step_key: str) -> list[str]:
        if file.stderr_url:
            return []
        try:
            data = LogStream(self.client, file, "stderr").last(_OWN if file.attempt else _SHARED)
        except (ForbiddenError, ServerFaultError):
            # The rest of the explanation is useful even if the log storage is not available.
            return []
        return last_words(file, step_key, data)


def _failed_checks(client: GraphQLClient, run: Run) -> list[RunCheck]:
    """Return the checks that failed. If the run failed, checks without a result are only a consequence of that."""
    wanted = {FAILED, NO_RESULT} if run.status == "SUCCESS" else {FAILED}
    return [check for check in list_run_checks(client, run.id) if check.status in wanted]


def failures(status: str, history: RunHistory) -> dict[str, RunEvent]:
    """Return the failed steps of a run in order, each with an event that says more."""
    if status == "FAILURE" and not history.failures:
        # The run's process died, so the steps that were in progress are the ones to look at.
        return history.unfinished
    return dict(history.failures)


def failed_step(event: RunEvent, history: RunHistory, key: str, file: LogFile | None, stderr: list[str]) -> FailedStep:
    """Return a failed step with its errors; ``file`` is its log and ``stderr`` the log's last lines."""
    crash = history.crashes.get(key)
    is_failure = event.type == "STEP_FAILURE"
    return FailedStep(
        step_key=key,
        status="FAILURE" if is_failure else "IN_PROGRESS",
        ended_at=event.timestamp if is_failure else None,
        attempts=history.attempts[key],
        errors=causes_of(event.error) if event.error and is_failure else [],
        engine=crash.message.strip() if crash else None,
        stderr=stderr,
        stderr_url=file.stderr_url if file else None,
    )


def last_words(file: LogFile, step_key: str, data: bytes) -> list[str]:
    """Return the last lines that a step wrote to standard error itself; ``data`` is what its process wrote."""
    lines = StepLines(file.run_id, file.step_keys).own_words(data.splitlines(), step_key)
    return [line.decode(errors="replace") for line in lines if line.strip()][-_LINES:]


def run_errors(status: str, history: RunHistory) -> list[Cause]:
    """Return the error of the run itself, if no step failed; without one, the last error of Dagster's engine."""
    if history.failures:
        return []
    if history.end and history.end.error:
        return causes_of(history.end.error)
    if status != "FAILURE":
        return []
    return next((causes_of(event.error) for event in reversed(history.engine) if event.error), [])


def engine_messages(status: str, history: RunHistory) -> list[str]:
    """Return the last messages of Dagster's engine before a run ended badly, if no step failed."""
    if status not in ("FAILURE", "CANCELED") or history.failures:
        return []
    words = [event.message.strip() for event in history.engine]
    return [*words, history.end.message.strip()] if history.end else words


def _skipped(plan: RunPlan, history: RunHistory, failed: list[str]) -> list[SkippedStep]:
    skipped = []
    for key in plan.needs:
        if key in history.last:
            continue
        before = _ancestors(plan, key)
        skipped.append(SkippedStep(step_key=key, because_of=[each for each in failed if each in before]))
    return skipped


def _ancestors(plan: RunPlan, key: str) -> set[str]:
    found: set[str] = set()
    left = list(plan.needs.get(key, ()))
    while left:
        each = left.pop()
        if each not in found:
            found.add(each)
            left += plan.needs.get(each, ())
    return found
