"""The operation on what a run was launched with."""

from dagster_ops_cli.adapters.union import expect, parse, reading_answer
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.run.origin import RunOrigin

GET_RUN_ORIGIN = """
query OpsGetRunOrigin($runId: ID!) {
  runOrError(runId: $runId) {
    __typename
    ... on Run {
      runConfig
      jobName
      assetSelection { path }
      repositoryOrigin { repositoryLocationName repositoryName }
    }
    ... on Error { message }
  }
}
"""


def get_run_origin(client: GraphQLClient, run_id: str) -> RunOrigin:
    """Return the job, the run config and the assets of a run. Raises NotFoundError."""
    answer = expect(client.execute(GET_RUN_ORIGIN, {"runId": run_id}), "runOrError", "Run")
    with reading_answer():
        origin = answer.get("repositoryOrigin") or {}
        place = {
            "location_name": origin.get("repositoryLocationName"),
            "repository_name": origin.get("repositoryName"),
        }
        return parse(RunOrigin, {**answer, **place, "runConfig": answer.get("runConfig") or {}})
