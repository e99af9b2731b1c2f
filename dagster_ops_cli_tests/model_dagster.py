"""A model of Dagster in memory: runs, backfills and the backfill daemon, as far as launching needs them.

It answers any query for the fields below. Runs start and end, and the daemon works, only when a test says so. Its
behaviour is that of a real Dagster.
"""

# ruff: noqa: A002, N802, N803, N815 - methods and arguments have the names of Dagster's fields

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from dagster_ops_cli_tests.projection import Tags, project, read

EPOCH = 1_700_000_000.0
LOCATION, REPOSITORY = "here.py", "__repository__"
DAILY_JOB, GRID_JOB, GRID_ASSET, ASSET_JOB = "daily_job", "grid_job", "grid_asset", "__ASSET_JOB"
FINISHED = frozenset({"SUCCESS", "FAILURE", "CANCELED"})
UNSTOPPABLE = FINISHED | {"STARTING", "CANCELING"}
CLOSED = frozenset({"COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED"})
TAG_PARTITION, TAG_SET, TAG_BACKFILL = "dagster/partition", "dagster/partition_set", "dagster/backfill"

Answer = dict[str, Any]


@dataclass(eq=False)
class ModelRun:
    """A run. ``by`` is the actor that launched it."""

    id: str
    number: int
    job: str
    tags: dict[str, str]
    created: float
    config: Any
    by: Any = None
    parent: str | None = None
    root: str | None = None
    assets: list[Answer] | None = None
    status: str = "QUEUED"
    started: float | None = None
    ended: float | None = None
    canceled_by: Any = None
    # When it was launched and ended, as numbered by the test that records it.
    launched_at: int = 0
    ended_at: int = 0

    @property
    def partition(self) -> str | None:
        return self.tags.get(TAG_PARTITION)

    @property
    def is_finished(self) -> bool:
        return self.status in FINISHED


@dataclass(eq=False)
class ModelBackfill:
    """A backfill record. ``by`` is the actor that launched it."""

    id: str
    keys: list[str]
    tags: dict[str, str]
    created: float
    config: Any
    by: Any = None
    job: str | None = None
    assets: list[Answer] | None = None
    status: str = "REQUESTED"
    ended: float | None = None
    error: str | None = None
    canceled_by: Any = None
    submitted: set[str] = field(default_factory=set)
    launched_at: int = 0
    asset_counts: Counter[str] = field(default_factory=Counter)


@dataclass(eq=False)
class ModelDagster:
    """Answers queries and mutations. A test changes its state with the methods.

    ``actor`` is the current client. ``clock`` returns seconds. ``launched`` is called with each new run and backfill,
    ``stopped`` with each run or backfill before it stops, and ``ended`` with each run that has ended. ``rejected`` are
    partitions with an invalid run config; ``is_broken`` says that the code location does not load.
    """

    clock: Callable[[], float]
    days: int = 12
    zones: Sequence[str] = ("a", "b")
    actor: Any = None
    launched: Callable[[ModelRun | ModelBackfill], None] = lambda launched: None
    stopped: Callable[[ModelRun | ModelBackfill], None] = lambda stopped: None
    ended: Callable[[ModelRun], None] = lambda run: None
    rejected: set[str] = field(default_factory=set)
    is_broken: bool = False
    runs: dict[str, ModelRun] = field(default_factory=dict)
    backfills: dict[str, ModelBackfill] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    _by_tag: dict[tuple[str, str], dict[str, ModelRun]] = field(default_factory=dict)
    _ids: int = 0

    # Methods for tests.

    def keys_of(self, job: str) -> list[str]:
        """Return the existing partitions of a job or asset."""
        days = [str(date(2024, 1, 1) + timedelta(days=number)) for number in range(self.days)]
        return days if job == DAILY_JOB else [f"{day}|{zone}" for day in days for zone in self.zones]

    def with_tags(self, tags: Mapping[str, str]) -> list[ModelRun]:
        """Return the runs with all of the tags, oldest first."""
        if not tags:
            return list(self.runs.values())
        found = [self._by_tag.get(pair, {}) for pair in tags.items()]
        least = min(found, key=len)
        return [run for run_id, run in least.items() if all(run_id in other for other in found)]

    def unfinished(self) -> list[ModelRun]:
        """Return the unfinished runs, oldest first."""
        return [run for run in self.runs.values() if not run.is_finished]

    def start(self, run: ModelRun, status: str = "STARTED") -> None:
        """Take a run out of the queue: ``status`` is STARTING or STARTED."""
        if run.status in ("QUEUED", "STARTING"):
            run.status, run.started = status, self.clock()

    def end(self, run: ModelRun, status: str = "SUCCESS") -> None:
        """End an unfinished run. A run that is being canceled ends as canceled."""
        if not run.is_finished:
            run.status = "CANCELED" if run.status == "CANCELING" else status
            run.ended = self.clock()
            run.started = run.started or run.ended
            self.ended(run)

    def fail_and_retry_later(self, run: ModelRun) -> None:
        """Fail a run that Dagster will retry."""
        if not run.is_finished and run.status != "CANCELING":
            self.end(run, "FAILURE")
            self._tag(run, "dagster/will_retry", "true")

    def retry(self, run: ModelRun) -> ModelRun | None:
        """Retry a failed run, as Dagster does."""
        if run.tags.get("dagster/will_retry") != "true" or "dagster/auto_retry_run_id" in run.tags:
            return None
        child = self.reexecute(run, {"dagster/retry_number": "1"})
        self._tag(run, "dagster/auto_retry_run_id", child.id)
        return child

    def reexecute(self, run: ModelRun, extra: Mapping[str, str] | None = None, by: Any = None) -> ModelRun:
        """Re-execute a run. The new run does not get the tags of a backfill."""
        left_out = {TAG_BACKFILL, "dagster/will_retry", "dagster/auto_retry_run_id"}
        root = run.root or run.id
        tags = {key: value for key, value in run.tags.items() if key not in left_out}
        tags |= {"dagster/parent_run_id": run.id, "dagster/root_run_id": root, **(extra or {})}
        return self._add_run(run.job, tags, run.config, run.assets, run.id, root, by)

    def delete(self, run: ModelRun) -> None:
        """Delete a run."""
        self.runs.pop(run.id, None)
        for pair in run.tags.items():
            self._by_tag.get(pair, {}).pop(run.id, None)

    def cancel(self, run: ModelRun, by: Any = None, force: bool = False) -> bool:
        """Cancel a run. Return False if Dagster refuses."""
        if run.is_finished or (run.status in UNSTOPPABLE and not force):
            return False
        run.canceled_by = by
        self.stopped(run)
        if run.status == "QUEUED" or force:
            run.status = "CANCELING"
            self.end(run)
        else:
            run.status = "CANCELING"
        return True

    def tick(self, most: int = 25) -> None:
        """Run one iteration of the daemon, which submits at most ``most`` runs of each backfill."""
        for backfill in list(self.backfills.values()):
            runs = self._runs_of(backfill)
            if backfill.status == "REQUESTED":
                self._submit(backfill, most)
            elif backfill.status == "CANCELING":
                for run in runs:
                    self.cancel(run, by="daemon")
                if all(run.is_finished for run in runs):
                    backfill.status, backfill.ended = "CANCELED", self.clock()
            self._count(backfill)

    # Queries and mutations of clients.

    def execute(
        self, query: str, variables: Mapping[str, Any] | None = None, between: Callable[[], None] = lambda: None
    ) -> Answer:
        """Answer one document. ``between`` is called between two root fields of a mutation."""
        document = read(query)
        given = {**document.defaults, **(variables or {})}
        self.asked[document.name] += 1
        actor = self.actor
        answer: Answer = {}
        for number, (selected, arguments) in enumerate(document.roots(given)):
            if document.is_mutation and number:
                between()
                self.actor = actor
            handler = getattr(self, f"_answer_{selected.name}", None)
            if handler is None:
                raise AssertionError(f"the model does not know {selected.name}")
            answer[selected.key] = project(handler(**arguments), selected.selections, given)
        return answer

    def _answer_version(self) -> str:
        return "1.13.27"

    def _answer_runsOrError(
        self,
        filter: Mapping[str, Any] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Answer:
        found = self._filtered(filter or {})
        return {
            "__typename": "Runs",
            "count": lambda _: len(found),
            "results": lambda _: [_run(run) for run in self._page(found, cursor, limit)],
        }

    def _answer_runIdsOrError(
        self,
        filter: Mapping[str, Any] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Answer:
        found = self._filtered(filter or {})
        return {"__typename": "RunIds", "results": [run.id for run in self._page(found, cursor, limit)]}

    def _answer_runOrError(self, runId: str) -> Answer:
        run = self.runs.get(runId)
        return _run(run) if run else _run_not_found(runId)

    def _answer_runGroupOrError(self, runId: str) -> Answer:
        run = self.runs.get(runId)
        if run is None:
            return {"__typename": "RunGroupNotFoundError", "message": f"Run group of run {runId} could not be found."}
        root = run.root or run.id
        family = [_run(each) for each in self.runs.values() if root in (each.id, each.root)]
        return {"__typename": "RunGroup", "rootRunId": root, "runs": family}

    def _answer_runTagsOrError(
        self,
        tagKeys: Sequence[str] | None = None,
        valuePrefix: str | None = None,
        limit: int | None = None,
    ) -> Answer:
        values: dict[str, set[str]] = {}
        for (key, value), runs in self._by_tag.items():
            if runs and (not tagKeys or key in tagKeys) and value.startswith(valuePrefix or ""):
                values.setdefault(key, set()).add(value)
        tags = [{"__typename": "PipelineTagAndValues", "key": key, "values": sorted(values[key])} for key in values]
        return {"__typename": "RunTags", "tags": tags}

    def _answer_logsForRun(
        self,
        runId: str,
        afterCursor: str | None = None,
        limit: int | None = None,
    ) -> Answer:
        run = self.runs.get(runId)
        if run is None:
            return _run_not_found(runId)
        told = {"FAILURE": "RUN_FAILURE", "CANCELED": "RUN_CANCELED"}.get(run.status)
        event = {
            "__typename": "RunFailureEvent",
            "runId": runId,
            "message": f"{run.partition} did not go well",
            "timestamp": str(int((run.ended or EPOCH) * 1000)),
            "level": "ERROR",
            "stepKey": None,
            "eventType": told,
            "error": None,
        }
        events = [event] if told and afterCursor is None else []
        return {"__typename": "EventConnection", "cursor": "end", "hasMore": False, "events": events}

    def _answer_launchRun(self, executionParams: Mapping[str, Any]) -> Answer:
        selector = executionParams["selector"]
        job = selector.get("jobName") or selector.get("pipelineName")
        tags = _tags_of((executionParams.get("executionMetadata") or {}).get("tags"))
        if not self._is_here(selector) or job not in (DAILY_JOB, GRID_JOB, ASSET_JOB):
            return _pipeline_not_found(job)
        if tags.get(TAG_PARTITION) in self.rejected:
            return _config_invalid()
        assets = selector.get("assetSelection")
        run = self._add_run(job, tags, executionParams.get("runConfigData"), assets, by=self.actor)
        return {"__typename": "LaunchRunSuccess", "run": _run(run)}

    _answer_launchPipelineExecution = _answer_launchRun

    def _answer_launchRunReexecution(self, reexecutionParams: Mapping[str, Any]) -> Answer:
        parent = self.runs.get(reexecutionParams["parentRunId"])
        if parent is None:
            told = f"Could not find parent run with id: {reexecutionParams['parentRunId']}"
            return _python_error(told, "CheckError")
        if self.is_broken:
            return _pipeline_not_found(parent.job)
        strategy = reexecutionParams.get("strategy")
        if strategy == "FROM_FAILURE" and parent.status not in ("FAILURE", "CANCELED"):
            told = "Cannot reexecute from failure a run that is not failed or canceled"
            return _python_error(told, "DagsterInvariantViolationError")
        run = self.reexecute(parent, _tags_of(reexecutionParams.get("extraTags")), self.actor)
        return {"__typename": "LaunchRunSuccess", "run": _run(run)}

    def _answer_terminateRun(self, runId: str, terminatePolicy: str | None = None) -> Answer:
        run = self.runs.get(runId)
        if run is None:
            return _run_not_found(runId)
        stale = _run(run)
        if self.cancel(run, self.actor, terminatePolicy == "MARK_AS_CANCELED_IMMEDIATELY"):
            return {"__typename": "TerminateRunSuccess", "run": stale}
        told = f"Run {run.id} could not be terminated due to having status {run.status}."
        return {"__typename": "TerminateRunFailure", "message": told, "run": stale}

    def _answer_terminateRuns(
        self,
        runIds: Sequence[str],
        terminatePolicy: str | None = None,
    ) -> Answer:
        results = [self._answer_terminateRun(run_id, terminatePolicy) for run_id in runIds]
        return {"__typename": "TerminateRunsResult", "terminateRunResults": results}

    def _answer_deleteRun(self, runId: str) -> Answer:
        run = self.runs.get(runId)
        if run is None:
            return _run_not_found(runId)
        self.delete(run)
        return {"__typename": "DeletePipelineRunSuccess", "runId": runId}

    _answer_deletePipelineRun = _answer_deleteRun

    def _answer_launchPartitionBackfill(self, backfillParams: Mapping[str, Any]) -> Answer:
        params = backfillParams
        selector, assets = params.get("selector"), params.get("assetSelection")
        job = None
        if selector:
            job = self._job_of(selector["repositorySelector"], selector["partitionSetName"])
            if job is None:
                return _set_not_found(selector["partitionSetName"])
        elif assets != [{"path": [GRID_ASSET]}]:
            return _python_error("KeyError: AssetKey", "KeyError")
        known = self.keys_of(job or GRID_ASSET)
        keys = known if params.get("allPartitions") else list(params.get("partitionNames") or [])
        if not keys:
            return _python_error("Backfill requested without specifying either", "DagsterError")
        unknown = [key for key in keys if key not in known]
        if unknown:
            told = f"Partition keys `{unknown}` do not exist"
            return {"__typename": "PartitionKeysNotFoundError", "message": told, "partitionKeys": unknown}
        backfill = ModelBackfill(
            id=self._new_id("backfill", "abcdefghijklmnop"),
            keys=keys,
            tags=_tags_of(params.get("tags")),
            created=EPOCH + self.clock(),
            config=params.get("runConfigData"),
            by=self.actor,
            job=job,
            assets=assets,
        )
        self.backfills[backfill.id] = backfill
        self.launched(backfill)
        return {"__typename": "LaunchBackfillSuccess", "backfillId": backfill.id, "launchedRunIds": None}

    def _answer_cancelPartitionBackfill(self, backfillId: str) -> Answer:
        backfill = self.backfills.get(backfillId)
        if backfill is None:
            return _python_error(f"No backfill found for id: {backfillId}", "CheckError")
        backfill.canceled_by = self.actor
        self.stopped(backfill)
        # Dagster does so to one that has ended, too.
        backfill.status = "CANCELING"
        return {"__typename": "CancelBackfillSuccess", "backfillId": backfillId}

    def _answer_resumePartitionBackfill(self, backfillId: str) -> Answer:
        backfill = self.backfills.get(backfillId)
        if backfill is None:
            return _python_error(f"No backfill found for id: {backfillId}", "CheckError")
        backfill.status = "REQUESTED"
        return {"__typename": "ResumeBackfillSuccess", "backfillId": backfillId}

    def _answer_partitionBackfillsOrError(
        self,
        status: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        filters: Mapping[str, Any] | None = None,
    ) -> Answer:
        wanted = {status} if status else set((filters or {}).get("statuses") or [])
        newest_first = list(reversed(self.backfills.values()))
        if cursor:
            ids = [backfill.id for backfill in newest_first]
            newest_first = newest_first[ids.index(cursor) + 1 :] if cursor in ids else []
        passed = [each for each in newest_first if not wanted or each.status in wanted]
        return {
            "__typename": "PartitionBackfills",
            "results": [self._backfill(backfill) for backfill in passed[: limit or None]],
        }

    def _answer_partitionBackfillOrError(self, backfillId: str) -> Answer:
        backfill = self.backfills.get(backfillId)
        if backfill is None:
            return {"__typename": "BackfillNotFoundError", "message": f"Backfill {backfillId} could not be found."}
        return self._backfill(backfill)

    def _answer_partitionSetOrError(
        self,
        repositorySelector: Mapping[str, Any],
        partitionSetName: str | None = None,
    ) -> Answer:
        job = self._job_of(repositorySelector, str(partitionSetName))
        if job is None:
            return _set_not_found(str(partitionSetName))
        return {
            "__typename": "PartitionSet",
            "name": partitionSetName,
            "pipelineName": job,
            "partitionsOrError": lambda given: {
                "__typename": "Partitions",
                "results": [self._partition(job, key) for key in self.keys_of(job)[: given.get("limit") or None]],
            },
            "partition": lambda given: self._partition(job, given["partitionName"]),
            "partitionStatusesOrError": lambda _: self._statuses(job),
        }

    def _answer_pipelineOrError(self, params: Mapping[str, Any]) -> Answer:
        job = params.get("pipelineName") or params.get("jobName")
        if not self._is_here(params) or job not in (DAILY_JOB, GRID_JOB, ASSET_JOB):
            return _pipeline_not_found(job)
        keys = [] if job == ASSET_JOB else self.keys_of(job)
        return {
            "__typename": "Pipeline",
            "name": job,
            "partitionKeysOrError": {"__typename": "PartitionKeys", "partitionKeys": keys},
            "partition": lambda given: self._partition(job, given["partitionName"]),
        }

    def _answer_isPipelineConfigValid(self, **given: Any) -> Answer:
        return {"__typename": "PipelineConfigValidationValid", "pipelineName": given["pipeline"].get("pipelineName")}

    def _answer_repositoriesOrError(self, **given: Any) -> Answer:
        jobs = [
            {"__typename": "Pipeline", "name": name, "isAssetJob": name == ASSET_JOB, "isJob": True}
            for name in (ASSET_JOB, DAILY_JOB, GRID_JOB)
        ]
        sets = [
            {"__typename": "PartitionSet", "name": f"{name}_partition_set", "pipelineName": name}
            for name in (DAILY_JOB, GRID_JOB)
        ]
        node = {**_repository(), "pipelines": jobs, "jobs": jobs, "partitionSets": sets}
        return {"__typename": "RepositoryConnection", "nodes": [] if self.is_broken else [node]}

    def _answer_workspaceOrError(self) -> Answer:
        loaded = {"__typename": "RepositoryLocation", "name": LOCATION, "repositories": [_repository()]}
        failed = _python_error("ModuleNotFoundError: No module named 'pandas'", "ModuleNotFoundError")
        entry = {
            "__typename": "WorkspaceLocationEntry",
            "name": LOCATION,
            "loadStatus": "LOADED",
            "locationOrLoadError": failed if self.is_broken else loaded,
        }
        return {"__typename": "Workspace", "locationEntries": [entry]}

    def _answer_instance(self) -> Answer:
        daemons: list[Answer] = [
            {
                "__typename": "DaemonStatus",
                "daemonType": name,
                "required": True,
                "healthy": True,
                "lastHeartbeatTime": EPOCH + self.clock(),
                "lastHeartbeatErrors": [],
            }
            for name in ("BACKFILL", "QUEUED_RUN_COORDINATOR")
        ]
        health = {
            "__typename": "DaemonHealth",
            "allDaemonStatuses": daemons,
            "daemonStatus": lambda given: next(each for each in daemons if each["daemonType"] == given["daemonType"]),
        }
        return {"__typename": "Instance", "daemonHealth": health, "concurrencyLimits": []}

    def _answer_permissions(self) -> list[Answer]:
        return []

    def _answer_assetNodes(
        self,
        assetKeys: Sequence[Answer] | None = None,
        pipeline: Mapping[str, Any] | None = None,
    ) -> list[Answer]:
        asked = assetKeys is None or {"path": [GRID_ASSET]} in assetKeys
        has = pipeline is None or pipeline.get("pipelineName") == ASSET_JOB
        return [self._asset()] if asked and has and not self.is_broken else []

    def _answer_assetNodeOrError(self, assetKey: Mapping[str, Any]) -> Answer:
        if assetKey["path"] == [GRID_ASSET] and not self.is_broken:
            return self._asset()
        return {"__typename": "AssetNotFoundError", "message": f"Asset key {assetKey['path']} not found."}

    def _answer_assetNodeDefinitionCollisions(self, assetKeys: Sequence[Answer]) -> list[Answer]:
        return []

    # Internals.

    def _new_id(self, kind: str, letters: str = "0123456789abcdef") -> str:
        self._ids += 1
        digest = hashlib.md5(f"{kind}{self._ids}".encode(), usedforsecurity=False).hexdigest()
        drawn = "".join(letters[int(digit, 16) % len(letters)] for digit in digest)
        return drawn[:8] if kind == "backfill" else "-".join((drawn[:8], drawn[8:12], drawn[12:16], drawn[16:]))

    def _add_run(
        self,
        job: str,
        tags: dict[str, str],
        config: Any,
        assets: list[Answer] | None = None,
        parent: str | None = None,
        root: str | None = None,
        by: Any = None,
    ) -> ModelRun:
        tags = {**tags, "dagster/code_location": LOCATION}
        run = ModelRun(self._new_id("run"), self._ids, job, {}, EPOCH + self.clock(), config, by, parent, root, assets)
        for key, value in tags.items():
            self._tag(run, key, value)
        self.runs[run.id] = run
        self.launched(run)
        return run

    def _tag(self, run: ModelRun, key: str, value: str) -> None:
        run.tags[key] = value
        self._by_tag.setdefault((key, value), {})[run.id] = run

    def _filtered(self, wanted: Mapping[str, Any]) -> list[ModelRun]:
        """Return the runs that pass a filter, newest first. Like Dagster, treat an empty filter as no filter."""
        known = {"tags", "runIds", "statuses", "pipelineName", "createdAfter", "createdBefore", "updatedAfter", "mode"}
        assert wanted.keys() <= known, f"the model has no filter {wanted.keys() - known}"
        if wanted.get("runIds"):
            found: Iterable[ModelRun] = [run for run in self.runs.values() if run.id in set(wanted["runIds"])]
        else:
            found = self.runs.values()
        if wanted.get("tags"):
            tagged = self.with_tags(_tags_of(wanted["tags"]))
            kept = {run.id for run in found} if wanted.get("runIds") else None
            found = tagged if kept is None else [run for run in tagged if run.id in kept]
        passed = [run for run in found if _passes(run, wanted)]
        passed.reverse()
        return passed

    def _page(self, newest_first: list[ModelRun], cursor: str | None, limit: int | None) -> list[ModelRun]:
        """Return the runs after a cursor; none if the cursor's run does not exist. It need not pass the filter."""
        if cursor:
            last = self.runs.get(cursor)
            newest_first = [run for run in newest_first if last and run.number < last.number]
        return newest_first[: limit if limit and limit > 0 else None]

    def _is_here(self, selector: Mapping[str, Any]) -> bool:
        place = (selector.get("repositoryLocationName"), selector.get("repositoryName"))
        return place == (LOCATION, REPOSITORY) and not self.is_broken

    def _job_of(self, repository: Mapping[str, Any], partition_set: str) -> str | None:
        job = partition_set.removesuffix("_partition_set")
        return job if self._is_here(repository) and job in (DAILY_JOB, GRID_JOB) else None

    def _dimension_tags(self, key: str) -> dict[str, str]:
        day, bar, zone = key.partition("|")
        return {f"{TAG_PARTITION}/day": day, f"{TAG_PARTITION}/zone": zone} if bar else {}

    def _partition_tags(self, job: str | None, key: str) -> dict[str, str]:
        of_set = {TAG_SET: f"{job}_partition_set"} if job else {}
        return {TAG_PARTITION: key, **self._dimension_tags(key), **of_set}

    def _partition(self, job: str, key: str) -> Answer:
        tags = _tags(self._partition_tags(job, key))
        return {
            "__typename": "Partition",
            "name": key,
            "runConfigOrError": {"__typename": "PartitionRunConfig", "yaml": "{}\n"},
            "tagsOrError": {"__typename": "PartitionTags", "results": tags},
        }

    def _statuses(self, job: str) -> Answer:
        latest: dict[str | None, ModelRun] = {
            run.partition: run for run in self.with_tags({TAG_SET: f"{job}_partition_set"})
        }
        return {"__typename": "PartitionStatuses", "results": _statuses(self.keys_of(job), latest)}

    def _asset(self) -> Answer:
        keys = self.keys_of(GRID_ASSET)
        latest = {run.partition: run.status for run in self.runs.values() if run.job == ASSET_JOB}
        dimensions = [
            {"__typename": "DimensionPartitionKeys", "name": name, "type": "STATIC", "partitionKeys": values}
            for name, values in (("day", self.keys_of(DAILY_JOB)), ("zone", list(self.zones)))
        ]
        types = [{"__typename": "DimensionDefinitionType", "name": name, "type": "STATIC"} for name in ("day", "zone")]
        return {
            "__typename": "AssetNode",
            "assetKey": {"__typename": "AssetKey", "path": [GRID_ASSET]},
            "repository": _repository(),
            "isExecutable": True,
            "isPartitioned": True,
            "jobNames": [ASSET_JOB],
            "backfillPolicy": None,
            "partitionKeys": keys,
            "partitionKeysByDimension": dimensions,
            "partitionDefinition": {
                "__typename": "PartitionDefinition",
                "type": "MULTIPARTITIONED",
                "dimensionTypes": types,
            },
            "assetPartitionStatuses": lambda _: {
                "__typename": "MultiPartitionStatuses",
                "primaryDimensionName": "day",
                "ranges": [self._asset_range(day, latest) for day in self.keys_of(DAILY_JOB)],
            },
        }

    def _asset_range(self, day: str, latest: Mapping[str | None, str]) -> Answer:
        of_status: dict[str, list[str]] = {}
        for zone in self.zones:
            of_status.setdefault(latest.get(f"{day}|{zone}", ""), []).append(zone)
        return {
            "__typename": "MultiPartitionRangeStatuses",
            "primaryDimStartKey": day,
            "primaryDimEndKey": day,
            "secondaryDim": {
                "__typename": "DefaultPartitionStatuses",
                "materializedPartitions": of_status.get("SUCCESS", []),
                "failedPartitions": of_status.get("FAILURE", []),
                "materializingPartitions": of_status.get("STARTED", []),
            },
        }

    def _runs_of(self, backfill: ModelBackfill) -> list[ModelRun]:
        return self.with_tags({TAG_BACKFILL: backfill.id})

    def _submit(self, backfill: ModelBackfill, most: int) -> None:
        left = [key for key in dict.fromkeys(backfill.keys) if key not in backfill.submitted]
        for key in left[:most]:
            # A user's tags override all others, even the backfill's own id.
            tags = {TAG_BACKFILL: backfill.id, **self._partition_tags(backfill.job, key), **backfill.tags}
            self._add_run(backfill.job or ASSET_JOB, tags, backfill.config, backfill.assets, by="daemon")
            backfill.submitted.add(key)
        runs = self._runs_of(backfill)
        if not left and all(run.is_finished for run in runs):
            well = all(run.status == "SUCCESS" for run in runs)
            backfill.status = "COMPLETED_SUCCESS" if well else "COMPLETED_FAILED"
            backfill.ended = self.clock()

    def _count(self, backfill: ModelBackfill) -> None:
        latest = {run.partition: run.status for run in self._runs_of(backfill)}
        backfill.asset_counts = Counter(latest.values())

    def _backfill(self, backfill: ModelBackfill) -> Answer:
        def latest() -> dict[str | None, ModelRun]:
            return {run.partition: run for run in self._runs_of(backfill)}

        def runs(kept: Callable[[ModelRun], bool]) -> Callable[[Answer], list[Answer]]:
            return lambda given: [_run(run) for run in reversed(self._runs_of(backfill)) if kept(run)][
                : given.get("limit") or None
            ]

        keys = list(dict.fromkeys(backfill.keys))
        error = {"__typename": "PythonError", "message": backfill.error, "stack": []} if backfill.error else None
        return {
            "__typename": "PartitionBackfill",
            "id": backfill.id,
            "status": backfill.status,
            "timestamp": backfill.created,
            "endTimestamp": EPOCH + backfill.ended if backfill.ended else None,
            "numPartitions": len(backfill.keys),
            "numCancelable": len(keys) - len(backfill.submitted),
            "isAssetBackfill": backfill.assets is not None,
            "assetSelection": backfill.assets,
            "partitionSetName": f"{backfill.job}_partition_set" if backfill.job else None,
            "partitionNames": backfill.keys,
            "tags": _tags(backfill.tags),
            "error": error,
            "title": None,
            "description": None,
            "partitionStatusCounts": lambda _: _status_counts(keys, latest()) if backfill.job else [],
            "partitionStatuses": lambda _: (
                {"__typename": "PartitionStatuses", "results": _statuses(keys, latest())} if backfill.job else None
            ),
            "assetBackfillData": lambda _: self._asset_data(backfill, keys) if backfill.assets else None,
            "runs": runs(lambda run: True),
            "unfinishedRuns": runs(lambda run: not run.is_finished),
            "cancelableRuns": runs(lambda run: run.status not in UNSTOPPABLE),
        }

    def _asset_data(self, backfill: ModelBackfill, keys: Sequence[str]) -> Answer:
        counts = backfill.asset_counts
        failed = counts["FAILURE"] + counts["CANCELED"]
        told = {
            "__typename": "AssetPartitionsStatusCounts",
            "assetKey": {"__typename": "AssetKey", "path": [GRID_ASSET]},
            "numPartitionsTargeted": len(keys),
            "numPartitionsInProgress": counts.total() - counts["SUCCESS"] - failed,
            "numPartitionsMaterialized": counts["SUCCESS"],
            "numPartitionsFailed": failed,
        }
        targeted = {"__typename": "AssetBackfillTargetPartitions", "partitionKeys": list(keys), "ranges": None}
        return {
            "__typename": "AssetBackfillData",
            "assetBackfillStatuses": [told],
            "rootTargetedPartitions": targeted,
        }


def _passes(run: ModelRun, wanted: Mapping[str, Any]) -> bool:
    changed = EPOCH + (run.ended or run.started or run.created - EPOCH)
    return (
        run.status in (wanted.get("statuses") or (run.status,))
        and run.job == (wanted.get("pipelineName") or run.job)
        and run.created > (wanted.get("createdAfter") or 0)
        and (not wanted.get("createdBefore") or run.created < wanted["createdBefore"])
        and changed > (wanted.get("updatedAfter") or 0)
    )


def _statuses(keys: Iterable[str], latest: Mapping[str | None, ModelRun]) -> list[Answer]:
    return [
        {
            "__typename": "PartitionStatus",
            "partitionName": key,
            "runId": latest[key].id if key in latest else None,
            "runStatus": latest[key].status if key in latest else None,
            "runDuration": None,
        }
        for key in keys
    ]


def _status_counts(keys: Iterable[str], latest: Mapping[str | None, ModelRun]) -> list[Answer]:
    counts = Counter(latest[key].status if key in latest else "NOT_STARTED" for key in keys)
    return [
        {"__typename": "PartitionStatusCounts", "runStatus": status, "count": count} for status, count in counts.items()
    ]


def _run(run: ModelRun) -> Answer:
    started = EPOCH + run.started if run.started is not None else None
    ended = EPOCH + run.ended if run.ended is not None else None
    return {
        "__typename": "Run",
        "id": run.id,
        "runId": run.id,
        "status": run.status,
        "runStatus": run.status,
        "jobName": run.job,
        "pipelineName": run.job,
        "mode": "default",
        "creationTime": run.created,
        "startTime": started,
        "endTime": ended,
        "updateTime": ended or started or run.created,
        "parentRunId": run.parent,
        "rootRunId": run.root,
        "tags": lambda _: _tags(run.tags),
        "runConfig": lambda _: run.config if isinstance(run.config, dict) else {},
        "runConfigYaml": lambda _: run.config if isinstance(run.config, str) else "{}\n",
        "assetSelection": run.assets,
        "canTerminate": run.status in ("QUEUED", "STARTED"),
        "repositoryOrigin": {
            "__typename": "RepositoryOrigin",
            "repositoryLocationName": LOCATION,
            "repositoryName": REPOSITORY,
        },
        "stepKeysToExecute": None,
        "stepStats": [],
        "stats": {
            "__typename": "RunStatsSnapshot",
            "stepsSucceeded": 0,
            "stepsFailed": 0,
            "materializations": 0,
            "expectations": 0,
            "enqueuedTime": run.created,
            "launchTime": started,
            "startTime": started,
            "endTime": ended,
        },
    }


def _repository() -> Answer:
    location = {"__typename": "RepositoryLocation", "name": LOCATION}
    return {"__typename": "Repository", "name": REPOSITORY, "location": location}


def _tags(tags: Mapping[str, str]) -> Tags:
    return Tags({"key": key, "value": value} for key, value in tags.items())


def _tags_of(pairs: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """Return tags as a mapping. The last value of a repeated key counts."""
    return {pair["key"]: pair["value"] for pair in pairs or ()}


def _run_not_found(run_id: str) -> Answer:
    message = f"Pipeline run {run_id} could not be found."
    return {"__typename": "RunNotFoundError", "message": message, "runId": run_id}


def _pipeline_not_found(job: str | None) -> Answer:
    message = f"Could not find Pipeline {LOCATION}.{REPOSITORY}.{job}"
    return {
        "__typename": "PipelineNotFoundError",
        "message": message,
        "pipelineName": job,
        "repositoryName": REPOSITORY,
        "repositoryLocationName": LOCATION,
    }


def _set_not_found(name: str) -> Answer:
    return {"__typename": "PartitionSetNotFoundError", "message": f"Could not find partition set {name}"}


def _config_invalid() -> Answer:
    error = {"__typename": "FieldNotDefinedConfigError", "message": "no such op", "reason": "FIELD_NOT_DEFINED"}
    return {"__typename": "RunConfigValidationInvalid", "pipelineName": DAILY_JOB, "errors": [error]}


def _python_error(message: str, class_name: str) -> Answer:
    return {
        "__typename": "PythonError",
        "message": message,
        "className": class_name,
        "stack": [],
        "causes": [],
        "cause": None,
    }
