"""When the steps of a run, and the runs of jobs, waited and worked."""

from pydantic import Field

from dagster_ops_cli.schemas.model import Model, Time


class TimelineAttempt(Model):
    """One attempt at a step. ``status`` is SUCCESS, FAILURE, SKIPPED or IN_PROGRESS; ``ended_at`` is null so far."""

    started_at: Time
    ended_at: Time | None = None
    status: str


class TimelineStep(Model):
    """A step of a run, with all its attempts.

    ``status`` is that of its last attempt; WAITING before the first one, and SKIPPED if the run ended without one.
    ``needs`` are the steps that it depends on, ``ready_at`` is when the last of them ended, or the run started.
    ``waiting`` are the seconds between that and its attempts, ``working`` those within them, both so far. Dagster does
    not tell when a retry starts before the attempt has ended: until then it counts from the end of the one before.
    """

    key: str
    status: str
    needs: list[str] = Field(default_factory=list)
    ready_at: Time | None = None
    attempts: list[TimelineAttempt] = Field(default_factory=list)
    waiting: float | None = None
    working: float | None = None
    is_critical: bool = False

    @property
    def started_at(self) -> Time | None:
        """When its first attempt started."""
        return self.attempts[0].started_at if self.attempts else None


class RunTimeline(Model):
    """The steps of a run over time, those that started first, the others in the order of the plan.

    ``queued`` are the seconds between its creation and its start, ``duration`` those since. ``as_of`` is the time of
    the look. ``critical_path`` is the chain of steps that the run's end depended on: it begins at the step that ended
    last and goes back to the one of its inputs that ended last, and so on; the first step comes first.
    """

    id: str
    status: str
    job_name: str
    partition: str | None = None
    created_at: Time | None = None
    started_at: Time | None = None
    ended_at: Time | None = None
    as_of: Time
    queued: float | None = None
    duration: float | None = None
    url: str
    steps: list[TimelineStep]
    critical_path: list[str]


class TimelineRun(Model):
    """A run over time; see RunRow for its fields."""

    id: str
    status: str
    partition: str | None = None
    created_at: Time | None = None
    started_at: Time | None = None
    ended_at: Time | None = None
    duration: float | None = None
    url: str


class JobTimeline(Model):
    """The runs of a job, oldest first."""

    job_name: str
    runs: list[TimelineRun]


class JobsTimeline(Model):
    """The runs that were unfinished at some time from ``since`` to ``as_of``, by job; the latest job comes first."""

    since: Time
    as_of: Time
    total: int
    jobs: list[JobTimeline]
