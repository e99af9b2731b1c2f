"""A report on a backfill or on runs, from which every format is written."""

from collections.abc import Callable
from typing import Any

from pydantic import Field
from typing_extensions import Self

from dagster_ops_cli.schemas.model import Model, Time
from dagster_ops_cli.schemas.run.why import Cause, FailedStep

# The states of a case, worst first.
FAILED, CANCELED, UNFINISHED, SKIPPED, SUCCEEDED = STATES = ("failed", "canceled", "unfinished", "skipped", "succeeded")
# The status of a run that does not exist, or not any more.
MISSING = "MISSING"
_STATE_OF = {
    **dict.fromkeys(("FAILURE", "FAILED", "EXECUTION_FAILED", "NO_RESULT", MISSING), FAILED),
    "CANCELED": CANCELED,
    **dict.fromkeys(("NOT_STARTED", "SKIPPED"), SKIPPED),
    **dict.fromkeys(("SUCCESS", "SUCCEEDED"), SUCCEEDED),
}
PARTITION, STEP, RUN, CHECK = "partition", "step", "run", "check"


class Failure(Model):
    """Why a run or a step failed, as ``ops run why`` says it.

    ``steps`` are the failed steps in order; ``errors`` and ``engine`` are those of the run itself if no step failed.
    """

    steps: list[FailedStep] = Field(default_factory=list)
    errors: list[Cause] = Field(default_factory=list)
    engine: list[str] = Field(default_factory=list)

    @property
    def root(self) -> Cause | None:
        """The root cause: the last cause of the first error."""
        causes = next((step.errors for step in self.steps if step.errors), self.errors)
        return causes[-1] if causes else None


class Case(Model):
    """One partition, step, run or check.

    ``target`` is its job if the report is about several. ``status`` is Dagster's, NOT_STARTED if nothing was started
    and MISSING if the run does not exist. ``duration`` is in seconds. ``error`` is the first error, with its class;
    ``failure`` has the details, which only the first failures of many have.
    """

    name: str
    status: str
    kind: str = PARTITION
    target: str | None = None
    started_at: Time | None = None
    ended_at: Time | None = None
    duration: float | None = None
    run_id: str | None = None
    url: str | None = None
    error: str | None = None
    failure: Failure | None = None

    @property
    def state(self) -> str:
        """One of ``STATES``."""
        return _STATE_OF.get(self.status, UNFINISHED)


class Report(Model):
    """What a command knows when it ends.

    ``outcome`` is a backfill's state or a run's status, ``planned`` for a dry run and ``error`` if nothing else is
    known. ``target`` is the job or the assets. ``cases`` may be fewer than ``total`` if Dagster could not be asked;
    ``counts`` are by Dagster's status. ``error`` says why the command ended early. ``config`` is the configuration
    file as YAML, without secrets. ``commands`` are the next commands, by what they are for.
    """

    title: str
    outcome: str
    target: str
    id: str | None = None
    name: str | None = None
    url: str | None = None
    server: str | None = None
    created_at: Time | None = None
    ended_at: Time | None = None
    written_at: Time | None = None
    total: int = 0
    counts: dict[str, int] = Field(default_factory=dict)
    cases: list[Case] = Field(default_factory=list)
    error: str | None = None
    config_file: str | None = None
    config: str | None = None
    commands: dict[str, str] = Field(default_factory=dict)

    @property
    def failed(self) -> list[Case]:
        """The cases that failed, in their order."""
        return [case for case in self.cases if case.state == FAILED]

    @property
    def unlisted(self) -> int:
        """How many partitions there are of which no case is known."""
        return max(0, self.total - len(self.cases))

    @property
    def by_state(self) -> dict[str, int]:
        """The number of cases by state, worst first; from ``counts`` if no case is known."""
        counts = dict.fromkeys(STATES, 0)
        if self.cases:
            for case in self.cases:
                counts[case.state] += 1
        else:
            for status, count in self.counts.items():
                counts[_STATE_OF.get(status, UNFINISHED)] += count
        return {state: count for state, count in counts.items() if count}

    def masked(self, mask: Callable[[str], str]) -> Self:
        """Return the report with ``mask`` applied to every text."""
        return self.__class__.model_validate(_masked(self.model_dump(), mask))


def _masked(value: Any, mask: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(key): _masked(each, mask) for key, each in value.items()}
    return [_masked(each, mask) for each in value] if isinstance(value, list) else value
