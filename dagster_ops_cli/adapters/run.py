"""The operations on runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_ops_cli.adapters.union import expect, parse
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.schemas.run import LaunchedRun, Run, RunRow
from dagster_ops_cli.schemas.run_filter import RunFilter

GET_RUN = """
query OpsGetRun($runId: ID!) {
  runOrError(runId: $runId) {
    __typename
    ... on Run {
      runId
      status
      creationTime
      startTime
      endTime
      pipelineName
      mode
      jobName
      parentRunId
      rootRunId
      tags { key value }
      stats {
        __typename
        ... on RunStatsSnapshot {
          stepsSucceeded
          stepsFailed
          materializations
          expectations
          enqueuedTime
          launchTime
          startTime
          endTime
        }
      }
    }
    ... on Error { message }
  }
}
"""

LIST_RUNS = """
query OpsListRuns($filter: RunsFilter!, $cursor: String, $limit: Int, $steps: Boolean!) {
  runsOrError(filter: $filter, cursor: $cursor, limit: $limit) {
    __typename
    ... on Runs {
      results {
        runId
        status
        creationTime
        startTime
        endTime
        jobName
        parentRunId
        rootRunId
        tags { key value }
        stepKeysToExecute @include(if: $steps)
        stepStats @include(if: $steps) { stepKey status startTime endTime }
      }
    }
    ... on Error { message }
  }
}
"""

LAUNCH_RUN = """
mutation OpsLaunchRun($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId status } }
    ... on RunConfigValidationInvalid { errors { message } }
    ... on Error { message }
  }
}
"""


def get_run(client: GraphQLClient, run_id: str) -> Run:
    """Return one run. Raises NotFoundError."""
    answer = expect(client.execute(GET_RUN, {"runId": run_id}), "runOrError", "Run")
    return parse(Run, {**answer, "url": f"{client.url}/runs/{run_id}"})


def list_runs(
    client: GraphQLClient, run_filter: RunFilter, limit: int | None = None, cursor: str | None = None
) -> list[RunRow]:
    """Return the runs that pass the filter, newest first, at most ``limit``, behind the run that is the ``cursor``.

    Behind a run that does not exist lies nothing, and Dagster says no word of it.
    """
    wanted = {
        "statuses": run_filter.statuses,
        "pipelineName": run_filter.job_name,
        "tags": [{"key": key, "value": value} for key, value in run_filter.tags.items()],
        "createdAfter": run_filter.created_after and run_filter.created_after.timestamp(),
        "createdBefore": run_filter.created_before and run_filter.created_before.timestamp(),
        "updatedAfter": run_filter.updated_after and run_filter.updated_after.timestamp(),
    }
    return _list(client, {name: value for name, value in wanted.items() if value}, limit, cursor)


def list_runs_by_id(client: GraphQLClient, run_ids: Sequence[str], steps: bool = False) -> list[RunRow]:
    """Return those of the runs that exist, in Dagster's order; with their ``steps``, which cost the server dearly."""
    if not run_ids:
        # Dagster takes an empty list for no filter at all, and would return every run.
        return []
    return _list(client, {"runIds": list(run_ids)}, steps=steps)


def _list(
    client: GraphQLClient,
    wanted: Mapping[str, Any],
    limit: int | None = None,
    cursor: str | None = None,
    steps: bool = False,
) -> list[RunRow]:
    data = client.execute(LIST_RUNS, {"filter": wanted, "cursor": cursor, "limit": limit, "steps": steps})
    return [parse(RunRow, run) for run in expect(data, "runsOrError", "Runs")["results"]]


def launch_run(
    client: GraphQLClient,
    location_name: str,
    repository_name: str,
    job_name: str,
    run_config: Mapping[str, Any],
    tags: Mapping[str, str],
) -> LaunchedRun:
    """Launch one run of a job. Raises NotFoundError, InvalidContentError for a run config that Dagster rejects."""
    params = {
        "selector": {
            "repositoryLocationName": location_name,
            "repositoryName": repository_name,
            "jobName": job_name,
        },
        "runConfigData": run_config,
        "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
    }
    answer = expect(client.execute(LAUNCH_RUN, {"params": params}), "launchRun", "LaunchRunSuccess")
    return parse(LaunchedRun, answer["run"])
