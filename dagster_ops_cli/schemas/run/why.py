"""The explanation of a run: why it failed, or what it waits for."""

from pydantic import Field

from dagster_ops_cli.schemas.asset_check import RunCheck
from dagster_ops_cli.schemas.model import EventTime, Model, Time


class Frame(Model):
    """A line of a traceback. ``code`` is the source line, if Dagster has it."""

    file: str
    line: int
    function: str
    code: str | None = None


class Cause(Model):
    """An error that user code raised.

    ``frames`` are the lines of its traceback in the user's own code, innermost last; ``frame`` is the innermost.
    """

    class_name: str | None
    message: str
    frame: Frame | None = None
    frames: list[Frame] = Field(default_factory=list)


class FailedStep(Model):
    """A step that failed, or that was in progress when the run failed (``status`` is then ``IN_PROGRESS``).

    ``errors`` are the error that was raised and its causes, the root cause last. ``attempts`` includes the first one.
    ``engine`` is a message of Dagster's executor, for example that a process died. ``stderr`` are the last lines that
    the last attempt wrote itself; ``stderr_url`` is where they are if Dagster does not keep them.
    """

    step_key: str
    status: str
    ended_at: EventTime | None
    attempts: int
    errors: list[Cause]
    engine: str | None
    stderr: list[str]
    stderr_url: str | None


class SkippedStep(Model):
    """A step that never started; ``because_of`` are the failed steps that it depends on, directly or indirectly."""

    step_key: str
    because_of: list[str]


class Wait(Model):
    """Something a run waits for; ``kind`` is ``daemon queue concurrency start-up retry step`` or ``stop``."""

    kind: str
    message: str
    step_key: str | None = None
    since: Time | None = None


class RunExplanation(Model):
    """Why a run has its status.

    ``errors`` are those of the run itself, if no step has any. ``engine`` are the last messages of Dagster's executor
    before the run failed. ``retried_as`` is Dagster's own retry of the run; ``will_retry`` says that one follows.
    ``failed_checks`` are the asset checks that failed, with any severity; of a run that succeeded also those without a
    result. ``waiting_for`` is empty once the run has ended. ``duration`` is in seconds, so far for an unfinished run.
    """

    id: str
    status: str
    job_name: str
    created_at: Time | None
    started_at: Time | None
    ended_at: Time | None
    steps: int | None
    failed_steps: list[FailedStep]
    skipped_steps: list[SkippedStep]
    errors: list[Cause]
    engine: list[str]
    parent_run_id: str | None
    retried_as: str | None
    will_retry: bool
    waiting_for: list[Wait]
    url: str
    partition: str | None
    location_name: str | None
    duration: float | None
    failed_checks: list[RunCheck] = Field(default_factory=list)
