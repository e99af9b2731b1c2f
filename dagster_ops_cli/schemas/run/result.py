"""What became of runs that something was asked of."""

from pydantic import Field

from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.run import RunRow

NO_SUCH_RUN = "there is no such run"


class RunResult(Model):
    """What became of one run of several.

    ``id`` is the one that was asked for. ``done`` says whether it came to what was asked: it succeeded, is canceled,
    deleted, launched again; if not, ``error`` and ``code`` say why, as they would for a command on this run alone.
    ``new_run_id`` is the run that took its place: its re-execution, or the last attempt of a run that Dagster retries
    by itself. ``status`` is the last one known of that run, or of this one where nothing took its place; null where
    there is no such run (any more).
    """

    id: str
    done: bool
    status: str | None = None
    job_name: str | None = None
    new_run_id: str | None = None
    error: str | None = None
    code: str | None = None

    @property
    def is_still_going(self) -> bool:
        """Whether the run could not be changed because of its status, and has not ended."""
        return self.code == "CONFLICT" and self.status not in FINISHED_RUN_STATUSES


class RunSelection(Model):
    """The runs that a command is about, and the ids among those asked for that are no runs.

    ``refused`` are runs that were selected and can't be changed as things stand. ``older`` and ``succeeded`` are how
    many were left out: attempts before the latest of their partition, and runs whose partition has succeeded since.
    """

    runs: list[RunRow]
    unknown: list[str]
    refused: list[RunResult] = Field(default_factory=list)
    older: int = 0
    succeeded: int = 0


class WatchedRun(Model):
    """A run that is waited for, as it was when last seen. ``id`` is the one that was asked for.

    ``run`` is its latest attempt: Dagster itself may retry a run that failed. It is null as long as nothing was seen of
    it; ``is_gone`` says that there is no such run, or none any more. ``had_failed`` says that it had failed already
    when it was looked at before: Dagster tells a moment later whether it will retry, and nothing where it never does.
    """

    id: str
    run: RunRow | None = None
    is_gone: bool = False
    had_failed: bool = False

    @property
    def retry_id(self) -> str | None:
        """The id of the attempt that Dagster made after this one."""
        return self.run.tags.get(dagster_tags.AUTO_RETRY_RUN) if self.run else None

    @property
    def latest_id(self) -> str:
        """The id of the attempt to look at next."""
        return self.retry_id or (self.run.id if self.run else self.id)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is to come. A run that Dagster will retry has not ended when it failed."""
        if self.is_gone or self.run is None:
            return self.is_gone
        if self.run.status != "FAILURE":
            return self.run.status in FINISHED_RUN_STATUSES
        will_retry = dagster_tags.will_retry(self.run.tags)
        return self.retry_id is None and (self.had_failed if will_retry is None else not will_retry)
