"""Why a run failed, or what it waits for."""

from pydantic import Field

from dagster_ops_cli.schemas.model import EventTime, Model, Time


class Frame(Model):
    """A place in somebody's code: ``code`` is the line as it stands there, where Dagster has it."""

    file: str
    line: int
    function: str
    code: str | None = None


class Cause(Model):
    """An error as it was raised.

    ``frame`` is where the user's own code took part in it last, ``frames`` are all such places, that one last.
    """

    class_name: str | None
    message: str
    frame: Frame | None = None
    frames: list[Frame] = Field(default_factory=list)


class FailedStep(Model):
    """A step that failed, or that was going on when the run failed (``status`` is then ``IN_PROGRESS``).

    ``errors`` begin with what was raised and end with its root cause; ``attempts`` are all, the first one included.
    ``engine`` is what Dagster's machinery said of it, such as a process that died. ``stderr`` are the last lines that
    the last attempt wrote itself, ``stderr_url`` is where they are if not with Dagster.
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
    """A step that was never started; ``because_of`` are the failed steps that it needs, directly or not."""

    step_key: str
    because_of: list[str]


class Wait(Model):
    """One thing that a run waits for: ``kind`` is ``daemon queue concurrency start-up retry step`` or ``stop``."""

    kind: str
    message: str
    step_key: str | None = None
    since: Time | None = None


class RunExplanation(Model):
    """Why a run is as it is.

    ``errors`` are those of the run itself where no step tells more, ``engine`` is what Dagster's machinery said last
    before it failed. ``retried_as`` is the run that Dagster launched in its place, ``will_retry`` says that it is about
    to. ``waiting_for`` is empty once the run has ended. ``duration`` is in seconds: so far, while the run goes on.
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
