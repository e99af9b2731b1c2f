"""The steps of a run."""

from dagster_ops_cli.schemas.model import Model


class RunPlan(Model):
    """The steps that a run executes, in order, and for each those that it needs. Source: ``executionPlan``."""

    needs: dict[str, list[str]]
