"""The operations on runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_ops_cli.adapters.union import expect, parse
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.schemas.run import LaunchedRun, Run, RunRow

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
query OpsListRuns($filter: RunsFilter!) {
  runsOrError(filter: $filter) {
    __typename
    ... on Runs { results { runId status jobName } }
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


def list_runs(client: GraphQLClient, run_ids: Sequence[str]) -> list[RunRow]:
    """Return those of the runs that exist, in Dagster's order."""
    if not run_ids:
        # Dagster takes an empty list for no filter at all, and would return every run.
        return []
    data = client.execute(LIST_RUNS, {"filter": {"runIds": list(run_ids)}})
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
