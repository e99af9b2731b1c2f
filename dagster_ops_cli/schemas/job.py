"""Jobs, and the code locations they come from."""

from pydantic import Field

from dagster_ops_cli.schemas.asset import AssetKey, BackfillPolicy
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.page import Page
from dagster_ops_cli.schemas.selectors import JobSelector

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
    hidden: bool = Field(default_factory=lambda data: data.get("name", "").startswith(ASSET_JOB_PREFIX))

    @property
    def selector(self) -> JobSelector:
        """The names by which Dagster finds the job."""
        return JobSelector(self.location_name, self.repository_name, self.name)


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


class JobRow(Model):
    """One job in a list."""

    name: str
    repository_name: str
    location_name: str
    is_asset_job: bool
    is_partitioned: bool


class JobPage(Page[JobRow]):
    """Jobs, and the code locations whose jobs are not among them, for they do not load (not in JSON)."""

    broken: list[CodeLocation] = Field(exclude=True)


class JobDimension(Model):
    """One dimension of a job's partitions: how many keys it has, and which come first and last.

    ``type`` is TIME_WINDOW, STATIC or DYNAMIC, and null for jobs that are made of ops: Dagster does not tell it.
    ``first`` and ``last`` are some keys each, in Dagster's order; the same ones where there are few.
    """

    name: str
    type: str | None
    total: int
    first: list[str]
    last: list[str]


class JobAsset(Model):
    """An asset that a job materializes, and how a backfill of it spreads partitions over runs.

    ``backfill_policy`` is null where it has none: then each partition has a run of its own. ``dimension_types`` are
    those of its partitions by their names (not in JSON).
    """

    key: AssetKey = Field(validation_alias="assetKey")
    backfill_policy: BackfillPolicy | None = Field(None, validation_alias="backfillPolicy")
    dimension_types: dict[str, str] = Field(exclude=True)


class ConfigField(Model):
    """A field that a run config has to have; ``path`` is where, ``type`` what Dagster calls its type."""

    path: str
    type: str


class JobDetail(Model):
    """What one needs to know of a job to launch it, or to write a backfill's file.

    ``partitions`` counts the keys over all dimensions; null where the job is not partitioned.
    ``has_partition_config`` says that its partitions have a run config of their own: then Dagster itself fills in the
    required fields, and ignores another run config that a backfill brings. ``required_config`` is empty where Dagster
    has defaults for everything.
    """

    name: str
    repository_name: str
    location_name: str
    is_asset_job: bool
    assets: list[JobAsset]
    partitions: int | None
    dimensions: list[JobDimension]
    has_partition_config: bool
    required_config: list[ConfigField]
