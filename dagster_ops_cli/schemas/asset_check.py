"""Asset checks and their results."""

from typing import Any

from pydantic import Field

from dagster_ops_cli.schemas.asset import AssetKey
from dagster_ops_cli.schemas.job import CodeLocation
from dagster_ops_cli.schemas.model import Model, Time
from dagster_ops_cli.schemas.page import Page

SUCCEEDED, FAILED, CRASHED, SKIPPED = "SUCCEEDED", "FAILED", "EXECUTION_FAILED", "SKIPPED"
# Our word for a check that a run planned but did not execute before it ended.
NO_RESULT = "NO_RESULT"
_ERROR = "ERROR"


class CheckExecution(Model):
    """One execution of a check. Source: ``AssetCheckExecution``.

    ``status`` is SUCCEEDED, FAILED, EXECUTION_FAILED, SKIPPED or IN_PROGRESS; FAILED also if ``severity`` is only WARN.
    ``severity`` is null until there is a result. ``run_id`` is null for a result reported from outside of a run.
    """

    id: str
    run_id: str | None
    status: str
    time: Time
    severity: str | None = None
    description: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)

    @property
    def has_result(self) -> bool:
        """Whether the check was evaluated, or crashed."""
        return self.severity is not None or self.status == CRASHED

    @property
    def is_bad(self) -> bool:
        """Whether the check failed with severity ERROR, or could not be executed."""
        return self.status == CRASHED or (self.status == FAILED and self.severity == _ERROR)

    @property
    def is_warning(self) -> bool:
        """Whether the check failed with severity WARN."""
        return self.status == FAILED and self.severity != _ERROR


class AssetCheck(Model):
    """A check of an asset.

    ``latest`` is its latest execution with a result since the asset was last wiped, one in progress, or null.

    ``is_executable`` says that it can run without its asset. ``is_blocking`` is null before Dagster 1.7.
    """

    asset_key: AssetKey
    name: str
    description: str | None
    is_blocking: bool | None
    is_executable: bool
    location_name: str
    repository_name: str
    job_names: list[str]
    latest: CheckExecution | None
    url: str


class AssetCheckPage(Page[AssetCheck]):
    """Some checks, and the code locations that do not load: their checks are not in the list (not in JSON)."""

    broken: list[CodeLocation] = Field(default_factory=list, exclude=True)


class CheckHistory(Model):
    """A check with some of its executions, newest first."""

    check: AssetCheck
    executions: Page[CheckExecution]


class RunCheck(Model):
    """The result of a check in one run; ``status`` is NO_RESULT if the run ended without one."""

    asset_key: AssetKey
    name: str
    status: str
    severity: str | None = None
    description: str | None = None

    @property
    def is_bad(self) -> bool:
        """Whether the check failed with severity ERROR, or has no result."""
        return self.status in (CRASHED, NO_RESULT) or (self.status == FAILED and self.severity == _ERROR)

    @property
    def place(self) -> str:
        """Where it failed, for messages about several runs."""
        return ""


class FailedCheck(RunCheck):
    """A check that failed in a run; ``partition`` is the run's."""

    run_id: str
    partition: str | None = None

    @property
    def place(self) -> str:
        """The partition, or the run's id if it has none."""
        return self.partition or self.run_id


class CheckedRun(Model):
    """A run with the asset keys and names of the checks that it was to execute; null if the server does not say."""

    id: str
    partition: str | None = None
    checks: list[tuple[str, str]] | None = None
