"""What a run was launched with."""

from typing import Any

from pydantic import Field

from dagster_ops_cli.schemas.model import Model


class RunOrigin(Model):
    """What a run was launched with, and where its job is defined."""

    job_name: str = Field(validation_alias="jobName")
    run_config: dict[str, Any] = Field(validation_alias="runConfig")
    location_name: str
    repository_name: str
