"""The API for jobs."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from dagster_ops_cli.adapters.job import list_job_assets, list_jobs, list_partitioned_jobs
from dagster_ops_cli.adapters.partition import get_job_partitioning
from dagster_ops_cli.adapters.run.config import list_partition_launches
from dagster_ops_cli.adapters.run.config_schema import list_required_config
from dagster_ops_cli.api.job.find import check_location, find_job
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.job import Job, JobAsset, JobDetail, JobDimension, JobPage, JobRow
from dagster_ops_cli.schemas.partition import Dimension

# How many first and last keys are returned.
_ENDS = 3


@dataclass(frozen=True)
class JobApi:
    """The jobs of one Dagster."""

    client: GraphQLClient

    def list(self, repository_name: str | None = None, location_name: str | None = None) -> JobPage:
        """Return all jobs that users defined, sorted by location, repository and name.

        Raises NotFoundError for a repository or code location that does not exist, and BadResponseError for one that
        does not load.
        """
        workspace = list_jobs(self.client)
        check_location(workspace, repository_name, location_name)
        partitioned = list_partitioned_jobs(self.client)
        jobs = [
            JobRow(
                name=job.name,
                repository_name=job.repository_name,
                location_name=job.location_name,
                is_asset_job=job.is_asset_job,
                is_partitioned=(job.location_name, job.repository_name, job.name) in partitioned,
                url=self._url(job),
            )
            for job in workspace.jobs
            if not job.hidden
            and repository_name in (None, job.repository_name)
            and location_name in (None, job.location_name)
        ]
        jobs.sort(key=lambda job: (job.location_name, job.repository_name, job.name))
        unread = [each for each in workspace.locations if each.error is not None and location_name is None]
        return JobPage(items=jobs, broken=unread)

    def _url(self, job: Job) -> str:
        repository, location, name = (
            quote(text, safe="") for text in (job.repository_name, job.location_name, job.name)
        )
        return f"{self.client.url}/locations/{repository}@{location}/jobs/{name}"

    def get(self, job_name: str, repository_name: str | None = None, location_name: str | None = None) -> JobDetail:
        """Return what you need to know to launch a job. Raises what ``find_job`` raises."""
        job = find_job(self.client, job_name, repository_name, location_name)
        partitioning = get_job_partitioning(self.client, job.selector)
        assets = list_job_assets(self.client, job.selector) if job.is_asset_job else []
        has_config = False
        if partitioning.keys:
            (first,) = list_partition_launches(self.client, job.selector, partitioning.keys[:1])
            has_config = first.has_run_config
        return JobDetail(
            name=job.name,
            repository_name=job.repository_name,
            location_name=job.location_name,
            is_asset_job=job.is_asset_job,
            assets=assets,
            partitions=len(partitioning.keys) if partitioning.dimensions else None,
            dimensions=[_dimension(each, _types(partitioning.dimensions, assets)) for each in partitioning.dimensions],
            has_partition_config=has_config,
            required_config=list_required_config(self.client, job.selector),
        )


def _types(dimensions: Sequence[Dimension], assets: Sequence[JobAsset]) -> dict[str, str]:
    """Return the type of each dimension, from an asset that has the same dimensions as its job."""
    names = {dimension.name for dimension in dimensions}
    return next((asset.dimension_types for asset in assets if asset.dimension_types.keys() == names), {})


def _dimension(dimension: Dimension, types: dict[str, str]) -> JobDimension:
    return JobDimension(
        name=dimension.name,
        type=dimension.type or types.get(dimension.name),
        total=len(dimension.keys),
        first=dimension.keys[:_ENDS],
        last=dimension.keys[-_ENDS:],
    )
