"""What a run was launched with."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from dagster_ops_cli.schemas.asset import keys_of_paths
from dagster_ops_cli.schemas.model import Model


class RunOrigin(Model):
    """What a run was launched with, and where its job is defined; ``asset_keys`` if it materializes chosen assets."""

    job_name: str = Field(validation_alias="jobName")
    run_config: dict[str, Any] = Field(validation_alias="runConfig")
    location_name: str
    repository_name: str
    asset_keys: Annotated[list[str] | None, BeforeValidator(keys_of_paths)] = Field(
        None, validation_alias="assetSelection"
    )
