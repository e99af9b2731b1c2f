"""Jobs, and the code locations they come from."""

from pydantic import Field

from dagster_ops_cli.schemas.asset import AssetKey, BackfillPolicy
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.page import Page
from dagster_ops_cli.schemas.selectors import JobSelector

# Dagster itself creates jobs whose names begin like this, to run assets without a job of their own.
ASSET_JOB_PREFIX = "__ASSET_JOB"


class Job(Model):
    """A job as a code location defines it. Source: ``repositoriesOrError``.

    ``is_asset_job`` says that it materializes assets, ``hidden`` that Dagster created it itself to run assets.
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
    """A code location. Source: ``workspaceOrError``.

    ``error`` is why it is not loaded; null if it is. ``repositories`` are the names of its repositories, an empty list
    if it is not loaded.
    """

    name: str
    status: str = Field(validation_alias="loadStatus")
    repositories: list[str] = Field(default_factory=list)
    error: str | None = None


class Workspace(Model):
    """All jobs, including hidden ones, and all code locations, including those that do not load."""

    jobs: list[Job]
    locations: list[CodeLocation]


class JobRow(Model):
    """One job in a list; ``url`` is its page in Dagster's UI."""

    name: str
    repository_name: str
    location_name: str
    is_asset_job: bool
    is_partitioned: bool
    url: str


class JobPage(Page[JobRow]):
    """Jobs. ``broken`` are the code locations that do not load, whose jobs are missing here (not in JSON)."""

    broken: list[CodeLocation] = Field(exclude=True)


class JobDimension(Model):
    """One dimension of a job's partitions: how many keys it has, and the ``first`` and ``last`` few of them.

    ``type`` is TIME_WINDOW, STATIC or DYNAMIC; null for jobs of ops, for which Dagster does not return it.
    """

    name: str
    type: str | None
    total: int
    first: list[str]
    last: list[str]


class JobAsset(Model):
    """An asset that a job materializes.

    Without a ``backfill_policy``, a backfill launches one run for each partition. ``dimension_types`` are the types of
    its partition dimensions by name (not in JSON).
    """

    key: AssetKey = Field(validation_alias="assetKey")
    backfill_policy: BackfillPolicy | None = Field(None, validation_alias="backfillPolicy")
    dimension_types: dict[str, str] = Field(exclude=True)


class ConfigField(Model):
    """A required field of a run config: its path, such as ``ops.fetch.config``, and its type in Dagster's words."""

    path: str
    type: str


class JobDetail(Model):
    """What you need to know to launch a job, or to write a configuration file for a backfill of it.

    ``partitions`` is the number of keys over all dimensions; null if the job is not partitioned.
    ``has_partition_config`` says that the job makes a run config for each partition: Dagster then fills in the required
    fields, and ignores the run config of a backfill. ``required_config`` is empty if all fields have defaults.
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
