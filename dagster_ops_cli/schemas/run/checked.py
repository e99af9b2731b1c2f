"""Runs whose checks count, too."""

from collections.abc import Sequence

from typing_extensions import Self

from dagster_ops_cli.schemas.asset_check import FailedCheck
from dagster_ops_cli.schemas.run import Run
from dagster_ops_cli.schemas.run.result import RunResult


class RunWithChecks(Run):
    """A run with its checks that failed with severity ERROR, or have no result although the run has ended."""

    failed_checks: list[FailedCheck]


class ResultWithChecks(RunResult):
    """The result of waiting for a run and its checks; it is not done if a check failed."""

    failed_checks: list[FailedCheck]

    @classmethod
    def of(cls, result: RunResult, failed: Sequence[FailedCheck]) -> Self:
        """Return the result with those of the failed checks that are its run's."""
        own = [each for each in failed if each.run_id == (result.new_run_id or result.id)]
        return cls(**{**dict(result), "done": result.done and not own, "failed_checks": own})
