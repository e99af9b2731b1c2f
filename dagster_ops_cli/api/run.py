"""What a user asks of runs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import sleep
from typing import Any

from dagster_ops_cli.adapters.partition import get_partition_tags
from dagster_ops_cli.adapters.run import get_run, launch_run, list_runs_by_id
from dagster_ops_cli.api.read_ahead import read_ahead
from dagster_ops_cli.api.run_list import walk_runs
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.page import Page
from dagster_ops_cli.schemas.run import LaunchedRun, Run, RunRow
from dagster_ops_cli.schemas.run_filter import RunFilter


@dataclass(frozen=True)
class RunApi:
    """Runs of one Dagster."""

    client: GraphQLClient
    sleep: Callable[[float], None] = field(default=sleep)

    def get(self, run_id: str) -> Run:
        """Return one run. Raises NotFoundError."""
        return get_run(self.client, run_id)

    def stream(
        self, run_filter: RunFilter, limit: int | None = None, cursor: str | None = None
    ) -> Iterator[Page[RunRow]]:
        """Yield the runs that pass the filter, newest first, page by page as the server gives them.

        ``limit`` counts runs, none is all. The cursor and ``has_more`` of the last page are exact. Raises
        InvalidRequestError for a cursor that is no run.
        """
        return read_ahead(walk_runs(self.client, run_filter, limit, cursor))

    def list(self, run_filter: RunFilter, limit: int | None = None, cursor: str | None = None) -> Page[RunRow]:
        """Return in one page what ``stream`` yields in many."""
        pages = [*self.stream(run_filter, limit, cursor)]
        items = [row for page in pages for row in page.items]
        return pages[-1].model_copy(update={"items": items, "total": len(items)})

    def launch(
        self,
        location_name: str,
        repository_name: str,
        job_name: str,
        partition: str | None = None,
        run_config: Mapping[str, Any] | None = None,
    ) -> LaunchedRun:
        """Launch one run of a job, of one of its partitions where it has them."""
        tags = {}
        if partition is not None:
            tags = get_partition_tags(self.client, location_name, repository_name, job_name, partition)
        return launch_run(self.client, location_name, repository_name, job_name, run_config or {}, tags)

    def watch(self, run_ids: Sequence[str], interval: float = 1.0) -> Iterator[Sequence[RunRow]]:
        """Yield the runs as they are, every ``interval`` seconds with one request for all, until none is unfinished."""
        while True:
            runs = list_runs_by_id(self.client, run_ids)
            yield runs
            if all(run.status in FINISHED_RUN_STATUSES for run in runs):
                return
            self.sleep(interval)
