"""What a user asks of runs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import sleep
from typing import Any

from dagster_ops_cli.adapters.partition import get_partition_tags
from dagster_ops_cli.adapters.run import get_run, launch_run, list_runs
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.run import LaunchedRun, Run, RunRow


@dataclass(frozen=True)
class RunApi:
    """Runs of one Dagster."""

    client: GraphQLClient
    sleep: Callable[[float], None] = field(default=sleep)

    def get(self, run_id: str) -> Run:
        """Return one run. Raises NotFoundError."""
        return get_run(self.client, run_id)

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

    def watch(self, run_ids: Sequence[str], interval: float = 1.0) -> Iterator[list[RunRow]]:
        """Yield the runs as they are, every ``interval`` seconds with one request for all, until none is unfinished."""
        while True:
            runs = list_runs(self.client, run_ids)
            yield runs
            if all(run.status in FINISHED_RUN_STATUSES for run in runs):
                return
            self.sleep(interval)
