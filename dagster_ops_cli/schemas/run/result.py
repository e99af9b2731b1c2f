"""The results of changing, re-executing and watching runs."""

from typing import Any

from pydantic import Field
from typing_extensions import Self

from dagster_ops_cli.errors import NotFoundError, OpsError
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.run import RunRow


class RunResult(Model):
    """The result for one run of several.

    ``id`` is the id from the command line. ``done`` says whether the run is now as requested: succeeded, canceled,
    deleted or launched again. If not, ``error`` and ``code`` say why, as they would for a command on this run alone.
    ``new_run_id`` is the run that replaced it: its re-execution, or the last of Dagster's own retries. ``status``,
    ``duration`` (seconds) and ``url`` are those of that run, or of this one if nothing replaced it; ``status`` is null
    if the run does not exist.
    """

    id: str
    done: bool
    status: str | None = None
    job_name: str | None = None
    new_run_id: str | None = None
    error: str | None = None
    code: str | None = None
    partition: str | None = None
    location_name: str | None = None
    duration: float | None = None
    url: str | None = None
    error_class: type[OpsError] = Field(OpsError, exclude=True, repr=False)

    @classmethod
    def failed(cls, run_id: str, error: OpsError, **fields: Any) -> Self:
        """Return the result for a run that could not be changed because of an error."""
        return cls(id=run_id, done=False, error=error.message, code=error.code, error_class=type(error), **fields)

    @property
    def is_still_going(self) -> bool:
        """Whether the run could not be changed because of its status, and has not ended."""
        return self.code == "CONFLICT" and self.status not in FINISHED_RUN_STATUSES


def facts_of(run: RunRow) -> dict[str, Any]:
    """Return the fields of a result that describe its run."""
    return run.model_dump(include={"status", "job_name", "partition", "location_name", "duration", "url"})


def no_such_run(run_id: str) -> RunResult:
    """Return the result for an id that is not the id of a run."""
    return RunResult.failed(run_id, NotFoundError("not found", code="RUN_NOT_FOUND"))


class RunSelection(Model):
    """The runs that a command selected, and the ``unknown`` ids among those that it was given.

    ``refused`` are selected runs that can't be changed in their current state. ``older`` and ``succeeded`` count runs
    that were left out: earlier attempts of the same partition, and runs whose partition has succeeded since.
    """

    runs: list[RunRow]
    unknown: list[str]
    refused: list[RunResult] = Field(default_factory=list)
    older: int = 0
    succeeded: int = 0


class WatchedRun(Model):
    """A run that a command waits for, as of the last poll. ``id`` is the id from the command line.

    ``run`` is its latest attempt, because Dagster itself may retry a failed run; null before the first poll.
    ``is_gone`` says that the run does not exist, or not any more. ``had_failed`` says that it had failed already at the
    poll before: Dagster decides only some time after the failure whether it retries the run, and never says so if it
    does not retry runs at all.
    """

    id: str
    run: RunRow | None = None
    is_gone: bool = False
    had_failed: bool = False

    @property
    def retry_id(self) -> str | None:
        """The id of Dagster's retry of this attempt."""
        return self.run.tags.get(dagster_tags.AUTO_RETRY_RUN) if self.run else None

    @property
    def latest_id(self) -> str:
        """The id of the attempt to poll next."""
        return self.retry_id or (self.run.id if self.run else self.id)

    @property
    def has_ended(self) -> bool:
        """Whether the run has ended; a failed run that Dagster will retry has not."""
        if self.is_gone or self.run is None:
            return self.is_gone
        if self.run.status != "FAILURE":
            return self.run.status in FINISHED_RUN_STATUSES
        will_retry = dagster_tags.will_retry(self.run.tags)
        return self.retry_id is None and (self.had_failed if will_retry is None else not will_retry)
