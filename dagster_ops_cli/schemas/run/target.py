"""What a run is launched of."""

from pydantic import Field

from dagster_ops_cli.schemas.model import Model


class RunTarget(Model):
    """A job, or some assets of it, and what Dagster itself gives a run of one of its partitions.

    ``asset_keys`` are written with slashes; none means the whole job. ``run_config`` is YAML, as the job makes it
    for the partition; null where the job makes none.
    """

    job_name: str
    repository_name: str
    location_name: str
    asset_keys: list[str] = Field(default_factory=list)
    tags: dict[str, str] = Field(default_factory=dict)
    run_config: str | None = None
