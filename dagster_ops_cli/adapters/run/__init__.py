"""The operations on runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dagster_ops_cli.adapters.union import expect, expect_list, parse, parse_list, reading_answer
from dagster_ops_cli.adapters.versions import execute
from dagster_ops_cli.errors import ServerFaultError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.enums import NEWEST_RUN_STATUS
from dagster_ops_cli.schemas.ops_tags import TAG_REQUEST
from dagster_ops_cli.schemas.run import Run, RunRow
from dagster_ops_cli.schemas.run.filter import RunFilter
from dagster_ops_cli.schemas.selectors import tag_list

# The fields of a RunRow, and of a Run without its statistics.
ROW_FIELDS = "runId status creationTime startTime endTime jobName parentRunId rootRunId tags { key value }"
RUN_FIELDS = f"{ROW_FIELDS} pipelineName mode repositoryOrigin {{ repositoryLocationName }}"

GET_RUN = f"""
query OpsGetRun($runId: ID!) {{
  runOrError(runId: $runId) {{
    __typename
    ... on Run {{
      {RUN_FIELDS}
      stats {{
        __typename
        ... on RunStatsSnapshot {{
          stepsSucceeded
          stepsFailed
          materializations
          expectations
          enqueuedTime
          launchTime
          startTime
          endTime
        }}
      }}
    }}
    ... on Error {{ message }}
  }}
}}
"""

LIST_RUNS = f"""
query OpsListRuns($filter: RunsFilter!, $cursor: String, $limit: Int, $steps: Boolean!) {{
  runsOrError(filter: $filter, cursor: $cursor, limit: $limit) {{
    __typename
    ... on Runs {{
      results {{
        {ROW_FIELDS}
        repositoryOrigin {{ repositoryLocationName }}
        stepKeysToExecute @include(if: $steps)
        stepStats @include(if: $steps) {{ stepKey status startTime endTime attempts {{ startTime endTime }} }}
      }}
    }}
    ... on Error {{ message }}
  }}
}}
"""


def first_runs_document(count: int) -> str:
    """Return the document that lists a few runs, newest first, for each of ``count`` values of a tag."""
    params = ", ".join(f"$tags{number}: [ExecutionTag!]!" for number in range(count))
    runs = "".join(
        f"\n  runs{number}: runsOrError(filter: {{tags: $tags{number}}}, limit: {_FEW}) {{ ...OpsFirstRuns }}"
        for number in range(count)
    )
    return f"query OpsListFirstRuns({params}) {{{runs}\n}}\n{_FIRST_RUNS}"


_FEW = 10
_FIRST_RUNS = f"""
fragment OpsFirstRuns on RunsOrError {{
  __typename
  ... on Runs {{ results {{ {ROW_FIELDS} }} }}
  ... on Error {{ message }}
}}
"""
# Tests hold this one against Dagster's schemas, for any number of values.
LIST_FIRST_RUNS = first_runs_document(1)


def list_first_runs(client: GraphQLClient, tag: str, values: Sequence[str]) -> dict[str, RunRow | None]:
    """Return for each value of a tag the oldest run that has it, or None.

    Only for tags that at most ten runs share.
    """
    if not values:
        return {}
    variables = {f"tags{number}": tag_list({tag: value}) for number, value in enumerate(values)}
    data = execute(client, first_runs_document(len(values)), variables)
    found = {
        value: rows_from(client, expect_list(expect(data, f"runs{number}", "Runs"), "results"))
        for number, value in enumerate(values)
    }
    return {value: runs[-1] if runs else None for value, runs in found.items()}


def get_run(client: GraphQLClient, run_id: str) -> Run:
    """Return one run. Raises NotFoundError."""
    return run_from(client, expect(execute(client, GET_RUN, {"runId": run_id}), "runOrError", "Run"))


def run_from(client: GraphQLClient, answer: Any) -> Run:
    """Return a run from its ``RUN_FIELDS``."""
    return parse(Run, with_urls(client, [answer])[0])


@dataclass(frozen=True)
class UnreadRuns:
    """The runs in an answer, not parsed yet: the next page can be requested before that is done."""

    client: GraphQLClient
    results: list[Any]

    def read(self, start: int = 0, end: int | None = None) -> list[RunRow]:
        """Return the runs from position ``start`` to ``end``. Raises BadResponseError."""
        return rows_from(self.client, self.results[start:end])


def rows_from(client: GraphQLClient, results: list[Any]) -> list[RunRow]:
    """Return the runs that have these fields. Raises BadResponseError."""
    return parse_list(RunRow, with_urls(client, results))


def with_urls(client: GraphQLClient, results: list[Any]) -> list[Any]:
    """Return the fields of runs, each with the address of its page in Dagster's UI. Raises BadResponseError."""
    with reading_answer():
        return [{**run, "url": f"{client.url}/runs/{run.get('runId')}"} for run in results]


def list_runs(
    client: GraphQLClient, run_filter: RunFilter, limit: int | None = None, cursor: str | None = None
) -> list[RunRow]:
    """Return the runs that match the filter, newest first: at most ``limit``, after the run with the id ``cursor``.

    If that run does not exist, Dagster returns no runs and no error.
    """
    return list_unread_runs(client, run_filter, limit, cursor).read()


def find_run_of_request(client: GraphQLClient, value: str, parent_run_id: str | None = None) -> str | None:
    """Return the id of the run that a request launched, or None.

    A re-execution inherits the tags of its parent, so only a run with this ``parent_run_id`` counts.
    """
    runs = list_runs(client, RunFilter(tags={TAG_REQUEST: value}))
    return next((run.id for run in runs if run.parent_run_id == parent_run_id), None)


def list_unread_runs(
    client: GraphQLClient, run_filter: RunFilter, limit: int | None = None, cursor: str | None = None
) -> UnreadRuns:
    """Return what ``list_runs`` returns, not parsed yet."""
    wanted = {
        "statuses": run_filter.statuses,
        "pipelineName": run_filter.job_name,
        "tags": tag_list(run_filter.tags),
        "createdAfter": run_filter.created_after and run_filter.created_after.timestamp(),
        "createdBefore": run_filter.created_before and run_filter.created_before.timestamp(),
        "updatedAfter": run_filter.updated_after and run_filter.updated_after.timestamp(),
        "updatedBefore": run_filter.updated_before and run_filter.updated_before.timestamp(),
    }
    try:
        return _list(client, {name: value for name, value in wanted.items() if value}, limit, cursor)
    except ServerFaultError as error:
        others = [status for status in run_filter.statuses if status != NEWEST_RUN_STATUS]
        if others == run_filter.statuses or "'RunStatus' enum" not in error.message:
            raise
        # A server that does not know a status has no run with it.
        if not others:
            return UnreadRuns(client, [])
        return list_unread_runs(client, run_filter.model_copy(update={"statuses": others}), limit, cursor)


def list_runs_by_id(client: GraphQLClient, run_ids: Sequence[str], steps: bool = False) -> list[RunRow]:
    """Return the runs that exist, in Dagster's order; with their ``steps`` if asked, which is slow for the server."""
    if not run_ids:
        # Dagster takes an empty list for no filter, and would return every run.
        return []
    return _list(client, {"runIds": list(run_ids)}, steps=steps).read()


def _list(
    client: GraphQLClient,
    wanted: Mapping[str, Any],
    limit: int | None = None,
    cursor: str | None = None,
    steps: bool = False,
) -> UnreadRuns:
    variables = {"filter": wanted, "cursor": cursor, "limit": limit, "steps": steps}
    runs = expect(execute(client, LIST_RUNS, variables), "runsOrError", "Runs")
    return UnreadRuns(client, expect_list(runs, "results"))
