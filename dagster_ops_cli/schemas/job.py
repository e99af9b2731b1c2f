"""Jobs, and the code locations they come from."""

from pydantic import Field

from dagster_ops_cli.schemas.model import Model

# Assets that are launched without a job of their own run in jobs whose names begin so; no user ever wrote them.
ASSET_JOB_PREFIX = "__ASSET_JOB"


class Job(Model):
    """A job as a code location defines it. Source: ``repositoriesOrError``.

    ``is_asset_job`` says that it materializes assets; ``hidden`` that Dagster made it itself, for assets that are
    launched by name.
    """

    name: str
    repository_name: str
    location_name: str
    is_asset_job: bool = Field(validation_alias="isAssetJob")
    hidden: bool = Field(default_factory=lambda data: data["name"].startswith(ASSET_JOB_PREFIX))


class CodeLocation(Model):
    """A code location, and why it can't be used where that is so. Source: ``workspaceOrError``.

    ``error`` is Dagster's own text of what went wrong when it loaded the location; null where all is well.
    ``repositories`` are the names of the repositories in it; none where it does not load.
    """

    name: str
    status: str = Field(validation_alias="loadStatus")
    repositories: list[str]
    error: str | None = None


class Workspace(Model):
    """Everything that can be run: all jobs, the hidden ones too, and all code locations, the broken ones too."""

    jobs: list[Job]
    locations: list[CodeLocation]
