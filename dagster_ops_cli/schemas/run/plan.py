"""The steps of a run."""

from dagster_ops_cli.schemas.model import Model


class RunPlan(Model):
    """The steps of a run, in order, each with the steps that it depends on. Source: ``executionPlan``."""

    needs: dict[str, list[str]]
