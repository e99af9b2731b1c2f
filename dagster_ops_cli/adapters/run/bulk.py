"""The operations that terminate and delete runs."""

from collections.abc import Sequence
from typing import Any

from dagster_ops_cli.adapters.union import error_of, expect, expect_list, reading_answer, wrong_answer
from dagster_ops_cli.errors import ConflictError, OpsError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.run.result import RunResult

TERMINATE_RUNS = """
mutation OpsTerminateRuns($runIds: [String!]!, $policy: TerminateRunPolicy!) {
  terminateRuns(runIds: $runIds, terminatePolicy: $policy) {
    __typename
    ... on TerminateRunsResult {
      terminateRunResults {
        __typename
        ... on TerminateRunSuccess { run { status } }
        ... on TerminateRunFailure { message run { status } }
        ... on Error { message }
      }
    }
    ... on Error { message }
  }
}
"""

DELETE_RUN = """
mutation OpsDeleteRun($runId: String!) {
  deletePipelineRun(runId: $runId) {
    __typename
    ... on DeletePipelineRunSuccess { runId }
    ... on Error { message }
  }
}
"""

_REFUSED = "do not have permission"


def terminate_runs(client: GraphQLClient, run_ids: Sequence[str], force: bool = False) -> list[RunResult]:
    """Request that runs stop, and return for each, in the given order, whether the server accepted that.

    The server handles the runs one by one and answers at the end. A run becomes CANCELED some time later; with
    ``force`` it is marked as CANCELED at once, even if its process continues.
    """
    policy = "MARK_AS_CANCELED_IMMEDIATELY" if force else "SAFE_TERMINATE"
    data = client.execute(TERMINATE_RUNS, {"runIds": list(run_ids), "policy": policy})
    answers = expect_list(expect(data, "terminateRuns", "TerminateRunsResult"), "terminateRunResults")
    if len(answers) != len(run_ids):
        raise wrong_answer(f"{len(answers)} results for {len(run_ids)} runs to terminate")
    with reading_answer():
        return [_result(run_id, answer) for run_id, answer in zip(run_ids, answers, strict=True)]


def _result(run_id: str, answer: dict[str, Any]) -> RunResult:
    if answer["__typename"] == "TerminateRunSuccess":
        return RunResult(id=run_id, done=True)
    status = (answer.get("run") or {}).get("status")
    error: OpsError
    if answer["__typename"] != "TerminateRunFailure":
        error = error_of(answer)
    elif _REFUSED in answer["message"]:
        # Dagster uses the same type for a run that has ended and for a missing permission.
        error = error_of({**answer, "__typename": "UnauthorizedError"})
    else:
        error = ConflictError(_with_status(answer["message"], status))
    return RunResult.failed(run_id, error, status=status)


def _with_status(message: str, status: str | None) -> str:
    """Return the message with the run's status, which Dagster does not always mention."""
    return message if status is None or status in message else f"{message.rstrip('.')} ({status})"


def delete_run(client: GraphQLClient, run_id: str) -> None:
    """Delete a run and its log. If it is unfinished, its process continues and nothing can stop it.

    Raises NotFoundError.
    """
    expect(client.execute(DELETE_RUN, {"runId": run_id}), "deletePipelineRun", "DeletePipelineRunSuccess")
