"""The API for runs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dagster_ops_cli.adapters.run import find_run_of_request, get_run
from dagster_ops_cli.api.waiting.lost_answer import make_change, new_request_value
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.ops_tags import TAG_REQUEST
from dagster_ops_cli.schemas.run import Run, RunRow

# Methods import what they need, so that a command loads only the modules of its own method.
if TYPE_CHECKING:
    from dagster_ops_cli.schemas.asset_check import FailedCheck
    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.run.file_run import FileRun
    from dagster_ops_cli.schemas.run.filter import RunFilter
    from dagster_ops_cli.schemas.run.result import WatchedRun
    from dagster_ops_cli.schemas.run.stats import RunStatistics
    from dagster_ops_cli.schemas.run.target import RunTarget
    from dagster_ops_cli.schemas.run.timeline import JobsTimeline, RunTimeline


@dataclass(frozen=True)
class RunApi:
    """The runs of one Dagster."""

    client: GraphQLClient
    poll: Poll = field(default_factory=Poll)
    request_value: Callable[[], str] = field(default_factory=lambda: new_request_value)

    def get(self, run_id: str) -> Run:
        """Return one run. Raises NotFoundError."""
        return get_run(self.client, run_id)

    def stream(
        self,
        run_filter: "RunFilter",
        limit: int | None = None,
        cursor: str | None = None,
    ) -> "Iterator[Page[RunRow]]":
        """Yield the runs that pass the filter, newest first, page by page.

        ``limit`` is the most runs to return (None: all). The cursor of the last page is exact, but its ``has_more``
        also counts runs of other locations and durations. Raises InvalidRequestError for a cursor that is not the id
        of a run, and NotFoundError for a job or code location that neither exists nor has runs.
        """
        from dagster_ops_cli.api.run.listing import walk_runs

        return walk_runs(self.client, run_filter, limit, cursor, ahead=True)

    def list(
        self,
        run_filter: "RunFilter",
        limit: int | None = None,
        cursor: str | None = None,
    ) -> "Page[RunRow]":
        """Return all runs that ``stream`` yields, in one page."""
        pages = [*self.stream(run_filter, limit, cursor)]
        items = [row for page in pages for row in page.items]
        return pages[-1].model_copy(update={"items": items, "count": len(items)})

    def find(self, config_hash: str) -> "FileRun | None":
        """Return the newest run that was launched from a file, or None; see ``launch``."""
        from dagster_ops_cli.api.run.once import find_file_run

        return find_file_run(self.client, config_hash)

    def find_ids(self, words: Sequence[str], job_name: str | None = None) -> Sequence[str]:
        """Return the ids of the runs that words stand for: the beginning of an id, @latest or @failed (of this job).

        The beginning of an id is looked for among the newest 1,000 runs; one that is not found is returned unchanged.
        Raises InvalidRequestError if several ids begin with it, and NotFoundError if there is no such run.
        """
        from dagster_ops_cli.api.ids import find_run_ids

        return find_run_ids(self.client, words, job_name)

    def plan(
        self,
        location_name: str | None = None,
        repository_name: str | None = None,
        job_name: str | None = None,
        partition: str | Sequence[str] | None = None,
        asset_keys: Sequence[str] = (),
        unpartitioned: bool = False,
    ) -> "RunTarget":
        """Return what ``launch`` would launch, without launching it. Raises NotFoundError, InvalidRequestError."""
        from dagster_ops_cli.api.run.target import find_asset_target, find_job_target

        parts = [partition] if isinstance(partition, str) else partition or []
        if job_name is None:
            return find_asset_target(self.client, asset_keys, repository_name, location_name, parts, unpartitioned)
        return find_job_target(self.client, job_name, repository_name, location_name, parts, unpartitioned)

    def launch(
        self,
        location_name: str | None = None,
        repository_name: str | None = None,
        job_name: str | None = None,
        partition: str | Sequence[str] | None = None,
        run_config: str | Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        asset_keys: Sequence[str] = (),
        unpartitioned: bool = False,
        config_hash: str | None = None,
        attempt: int = 1,
        target: "RunTarget | None" = None,
        add_missing: bool = False,
    ) -> Run:
        """Launch one run of a job, or of assets if ``job_name`` is None, and return the new run.

        ``location_name`` and ``repository_name`` are needed only if the job or assets are ambiguous. ``partition`` is a
        key, or ``dimension=key`` for each dimension; without it, a partitioned target needs ``unpartitioned``. Without
        ``run_config`` (a mapping, or YAML), the run gets the job's own run config for that partition. Everything is
        looked up before anything is launched. ``target`` was looked up before and replaces all of these.
        ``add_missing`` adds the keys of dynamic dimensions that the partition needs and that do not exist yet.

        ``config_hash`` and ``attempt`` identify a run that must be launched only once, such as the run of a file: if
        several are launched at the same moment, the first is returned and the others are canceled. Raises
        NotFoundError, InvalidRequestError, and InvalidContentError for a run config that Dagster rejects.
        """
        from dagster_ops_cli.adapters.run.launch import launch_run

        if add_missing and partition:
            from dagster_ops_cli.api.run.missing import add_missing_partition

            parts = [partition] if isinstance(partition, str) else partition
            place = (repository_name, location_name)
            add_missing_partition(self.client, self.poll, job_name, asset_keys, parts, *place)
        target = target or self.plan(location_name, repository_name, job_name, partition, asset_keys, unpartitioned)
        config = target.run_config if run_config is None else run_config
        value = self.request_value()
        identity: dict[str, str] = {}
        if config_hash is not None:
            from dagster_ops_cli.api.run.once import first_launched, identity_tags

            identity = identity_tags(config_hash, attempt)
        yours = tags or {}
        # Your tags replace those that the job's own code gives to the partition.
        others = {name: tag for name, tag in target.tags.items() if name not in yours}
        written = {**yours, **others, **identity, TAG_REQUEST: value}

        def look() -> Run | None:
            found = find_run_of_request(self.client, value)
            return get_run(self.client, found) if found else None

        run = make_change(
            self.poll,
            lambda: launch_run(self.client, target, {} if config is None else config, written),
            look,
            "Dagster has no such run: it was not launched",
            {"To check again later": ["ops", "run", "list", "--tag", f"{TAG_REQUEST}={value}"]},
        )
        if not identity:
            return run
        first = first_launched(self.client, self.poll, identity, run.id)
        return run if first == run.id else self.get(first)

    def watch(
        self,
        run_ids: Sequence[str],
        interval: float = 1.0,
        timeout: float | None = None,
        retry_first: bool = False,
        steps: bool = False,
    ) -> "Iterator[Sequence[WatchedRun]]":
        """Yield the current state of the runs every ``interval`` seconds until all have ended. A poll is one request.

        If Dagster retries a run by itself, the new run is followed too. With ``retry_first``, the first poll is
        repeated too if it fails; later polls always are. ``steps`` includes the steps of each run. Raises
        WaitTimeoutError after ``timeout`` seconds.
        """
        from dagster_ops_cli.api.run.watch import watch_runs

        poll = replace(self.poll, interval=interval, timeout=timeout)
        return watch_runs(self.client, poll, run_ids, retry_first, steps)

    def list_failed_checks(self, run_ids: Sequence[str]) -> "Sequence[FailedCheck]":
        """Return the checks of runs that have ended that failed with severity ERROR, or have no result.

        Sends a request for each 100 runs, and then one for each check and 250 of its results, or one for each run if
        these are fewer.
        """
        from dagster_ops_cli.api.run.checks import failed_checks

        return failed_checks(self.client, run_ids)

    def summarize(self, since: datetime, job_name: str | None = None, errors: int = 100) -> "RunStatistics":
        """Return statistics of the runs created since then, of one job or of all.

        ``errors`` is the number of failed runs whose logs are searched for the error. Raises NotFoundError for a job
        that never existed.
        """
        from dagster_ops_cli.api.run.stats import summarize_runs
        from dagster_ops_cli.schemas.run.filter import RunFilter

        wanted = RunFilter(created_after=since, job_name=job_name)
        runs = (run for page in self.stream(wanted) for run in page.items)
        return summarize_runs(self.client, since, runs, errors)

    def get_timeline(self, run_id: str) -> "RunTimeline":
        """Return when the steps of a run waited and worked. Raises NotFoundError."""
        from dagster_ops_cli.api.run.timeline import RunTimelines

        return RunTimelines(self.client, run_id).look()

    def follow_timeline(self, run_id: str, interval: float = 2.0) -> "Iterator[RunTimeline]":
        """Yield the timeline of a run every ``interval`` seconds until the run has ended. Raises NotFoundError."""
        from dagster_ops_cli.api.run.timeline import follow_run_timeline

        return follow_run_timeline(self.client, replace(self.poll, interval=interval), run_id)

    def list_timelines(self, since: datetime, job_name: str | None = None) -> "JobsTimeline":
        """Return the runs that were unfinished at some time since then, by job.

        Raises NotFoundError for a job that never existed.
        """
        from dagster_ops_cli.api.run.timeline import jobs_timeline

        return jobs_timeline(self.client, since, job_name)

    def follow_timelines(
        self, since: datetime, job_name: str | None = None, interval: float = 2.0
    ) -> "Iterator[JobsTimeline]":
        """Yield what ``list_timelines`` returns every ``interval`` seconds, without an end.

        The time between ``since`` and now stays as long as it was at the beginning.
        """
        from dagster_ops_cli.api.run.timeline import follow_jobs_timeline

        return follow_jobs_timeline(self.client, replace(self.poll, interval=interval), since, job_name)
