"""What runs were launched of: the part of a job that each of them runs, and where the job is."""

from collections.abc import Sequence
from typing import Any

from dagster_ops_cli.adapters.union import as_promised, expect, expect_list
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
    """Return for each of the runs that exist a text that is the same for runs of the same part of the same job.

    Two runs of a job may be of different assets; so may two runs of the same partition.
    """
    if not run_ids:
        # Dagster takes an empty list for no filter at all, and would return every run.
        return {}
    data = client.execute(LIST_RUN_SELECTIONS, {"filter": {"runIds": list(run_ids)}})
    runs = expect_list(expect(data, "runsOrError", "Runs"), "results")
    with as_promised():
        return {run["runId"]: _selection(run) for run in runs}


def _selection(run: dict[str, Any]) -> str:
    assets = sorted(asset_key(key["path"]) for key in run["assetSelection"] or [])
    return repr((run["repositoryOrigin"], assets, sorted(run["solidSelection"] or [])))
