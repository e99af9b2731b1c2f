"""The job or assets that a run executes."""

from pydantic import Field

from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.selectors import JobSelector


class RunTarget(Model):
    """A job, or some assets of it, and the tags and run config that Dagster itself gives to a run of the partition.

    ``asset_keys`` are written with slashes; an empty list means the whole job. ``run_config`` is YAML; null if the job
    does not make one for the partition. ``checks`` are asset keys and names of the checks to execute (not in JSON):
    null means those of the assets, an empty list none; checks without assets are executed alone.
    """

    job_name: str
    repository_name: str
    location_name: str
    asset_keys: list[str] = Field(default_factory=list)
    tags: dict[str, str] = Field(default_factory=dict)
    run_config: str | None = None
    checks: list[tuple[str, str]] | None = Field(None, exclude=True)

    @property
    def selector(self) -> JobSelector:
        """The names by which Dagster finds the job."""
        return JobSelector(self.location_name, self.repository_name, self.job_name)
