"""Runs that materialize assets."""

from pydantic import Field

from dagster_ops_cli.schemas.asset_check import RunCheck
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.run import Run
from dagster_ops_cli.schemas.run.target import RunTarget


class MaterializationPlan(Model):
    """What ``asset materialize`` launches.

    ``added`` are assets that Dagster only materializes together with those that were chosen; ``left_out`` are assets of
    the selection that no run can materialize.
    """

    target: RunTarget
    added: list[str] = Field(default_factory=list)
    left_out: list[str] = Field(default_factory=list)


class Materialization(Run):
    """A run with the assets that it materializes and, once it has ended, the results of its checks."""

    asset_keys: list[str] = Field(default_factory=list)
    checks: list[RunCheck] = Field(default_factory=list)
