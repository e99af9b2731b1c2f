"""The operation on the part of a job that runs execute."""

from collections.abc import Sequence
from typing import Any

from dagster_ops_cli.adapters.union import expect, expect_list, reading_answer
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.selectors import asset_key

LIST_RUN_SELECTIONS = """
query OpsListRunSelections($filter: RunsFilter!) {
  runsOrError(filter: $filter) {
    __typename
    ... on Runs {
      results {
        runId
        assetSelection { path }
        solidSelection
        repositoryOrigin { repositoryLocationName repositoryName }
      }
    }
    ... on Error { message }
  }
}
"""


def list_run_selections(client: GraphQLClient, run_ids: Sequence[str]) -> dict[str, str]:
    """Return a text for each existing run, which is equal for runs of the same part of the same job.

    Two runs of a job, or of a partition, may have different assets.
    """
    if not run_ids:
        # Dagster takes an empty list for no filter, and would return every run.
        return {}
    data = client.execute(LIST_RUN_SELECTIONS, {"filter": {"runIds": list(run_ids)}})
    runs = expect_list(expect(data, "runsOrError", "Runs"), "results")
    with reading_answer():
        return {run["runId"]: _selection(run) for run in runs}


def _selection(run: dict[str, Any]) -> str:
    assets = sorted(asset_key(key["path"]) for key in run["assetSelection"] or [])
    return repr((run["repositoryOrigin"], assets, sorted(run["solidSelection"] or [])))
