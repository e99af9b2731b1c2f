"""The operations on the events of a run."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dagster_ops_cli.adapters.union import error_of, expect, parse, parse_list, reading_answer
from dagster_ops_cli.errors import invalid_cursor
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.run_events import RunEvent, RunEventPage

EVENTS = """
fragment OpsRunEvents on EventConnection {
  cursor
  hasMore
  events {
    ... on MessageEvent { runId message timestamp level stepKey eventType }
    ... on ErrorEvent {
      error { message className stack errorChain { error { message className stack } } }
    }
  }
}
"""
# The additional fields of some events: why a step is retried, and where its output is kept.
_DETAILS = """
fragment OpsRunEventDetails on EventConnection {
  events {
    ... on LogsCapturedEvent { fileKey stepKeys externalUrl externalStdoutUrl externalStderrUrl }
    ... on ExecutionStepUpForRetryEvent { secondsToWait }
  }
}
"""
_STATUS = """
  runOrError(runId: $runId) {
    __typename
    ... on Run { status }
    ... on Error { message }
  }"""


def _document(name: str, fragments: str, first: str = "") -> str:
    return f"""
query {name}($runId: ID!, $limit: Int!, $cursor: String) {{{first}
  logsForRun(runId: $runId, limit: $limit, afterCursor: $cursor) {{
    __typename
    ... on EventConnection {{ {fragments} }}
    ... on RunNotFoundError {{ message }}
    ... on PythonError {{ message className }}
  }}
}}
"""


LIST_RUN_EVENTS = _document("OpsListRunEvents", "...OpsRunEvents") + EVENTS
# The status is read before the events: the event that ends a run is in the page with its last status, or in the next.
FOLLOW_RUN_EVENTS = _document("OpsFollowRunEvents", "...OpsRunEvents", _STATUS) + EVENTS
LIST_RUN_EVENT_DETAILS = (
    _document("OpsListRunEventDetails", "...OpsRunEvents ...OpsRunEventDetails", _STATUS) + EVENTS + _DETAILS
)


def first_events_document(count: int) -> str:
    """Return the document that lists the first events of each of ``count`` runs."""
    params = "".join(f", $run{number}: ID!" for number in range(count))
    logs = "".join(
        f"\n  log{number}: logsForRun(runId: $run{number}, limit: $limit) {{ ...OpsFirstEvents }}"
        for number in range(count)
    )
    return f"query OpsListFirstEvents($limit: Int!{params}) {{{logs}\n}}\n{_FIRST_EVENTS}{EVENTS}{_DETAILS}"


_FIRST_EVENTS = """
fragment OpsFirstEvents on EventConnectionOrError {
  __typename
  ... on EventConnection { ...OpsRunEvents ...OpsRunEventDetails }
  ... on RunNotFoundError { message }
  ... on PythonError { message className }
}
"""
# Tests hold this one against Dagster's schemas, for any number of runs.
LIST_FIRST_EVENTS = first_events_document(1)

LIST_EVENT_TYPES = """
query OpsListEventTypes {
  __type(name: "DagsterEventType") { enumValues { name } }
}
"""

# The message of servers before 1.13.26 for a limit above their maximum. Newer ones return fewer events; those before
# 1.11.10 have no maximum.
_TOO_LARGE = re.compile(r"Limit of \d+ is too large\. Max is (\d+)")
# The errors with which Dagster fails to decode a cursor: base64 of a JSON object with a type and a value.
_CURSOR_FAULTS = {
    "Error",
    "JSONDecodeError",
    "KeyError",
    "OverflowError",
    "TypeError",
    "UnicodeDecodeError",
    "ValueError",
}


def list_run_events(client: GraphQLClient, run_id: str, limit: int, cursor: str | None = None) -> RunEventPage:
    """Return the events after ``cursor``: at most ``limit``, and no more than the server's maximum.

    ``has_more`` is the server's: it is true for every full page. Raises NotFoundError, and InvalidRequestError for a
    cursor that Dagster can't read.
    """
    return _list(client, LIST_RUN_EVENTS, run_id, limit, cursor)


def follow_run_events(client: GraphQLClient, run_id: str, limit: int, cursor: str | None = None) -> RunEventPage:
    """Return what ``list_run_events`` returns, and the status that the run had just before."""
    return _list(client, FOLLOW_RUN_EVENTS, run_id, limit, cursor)


def list_run_event_details(client: GraphQLClient, run_id: str, limit: int, cursor: str | None = None) -> RunEventPage:
    """Return what ``follow_run_events`` returns, with the fields that only some types of events have."""
    return _list(client, LIST_RUN_EVENT_DETAILS, run_id, limit, cursor)


def _list(client: GraphQLClient, query: str, run_id: str, limit: int, cursor: str | None) -> RunEventPage:
    data = client.execute(query, {"runId": run_id, "limit": limit, "cursor": cursor})
    answer = data.get("logsForRun")
    if isinstance(answer, dict) and answer.get("__typename") == "PythonError":
        message = str(answer.get("message"))
        lower = _TOO_LARGE.search(message)
        if lower and 0 < int(lower[1]) < limit:
            return _list(client, query, run_id, int(lower[1]), cursor)
        if cursor is not None and str(answer.get("className")) in _CURSOR_FAULTS:
            raise invalid_cursor(cursor) from error_of(answer)
    page = expect(data, "logsForRun", "EventConnection")
    run = expect(data, "runOrError", "Run") if "runOrError" in data else {}
    return read_events(page, run_id, limit, run.get("status"))


def read_events(page: Mapping[str, Any], run_id: str, limit: int, status: str | None = None) -> RunEventPage:
    """Return a page from its ``EventConnection``."""
    return parse(
        RunEventPage,
        {
            "run_id": run_id,
            "events": page.get("events"),
            "cursor": page.get("cursor"),
            "has_more": page.get("hasMore"),
            "limit": limit,
            "status": status,
        },
    )


def list_first_events(client: GraphQLClient, run_ids: Sequence[str], limit: int) -> dict[str, list[RunEvent]]:
    """Return the first events of each run, at most ``limit``; runs whose log can't be read are left out."""
    if not run_ids:
        return {}
    variables = {f"run{number}": run_id for number, run_id in enumerate(run_ids)}
    data = client.execute(first_events_document(len(run_ids)), {"limit": limit, **variables})
    pages = {run_id: data.get(f"log{number}") for number, run_id in enumerate(run_ids)}
    return {
        run_id: parse_list(RunEvent, page.get("events"))
        for run_id, page in pages.items()
        if isinstance(page, dict) and page.get("__typename") == "EventConnection"
    }


def list_event_types(client: GraphQLClient) -> list[str]:
    """Return the names of the event types that the server knows."""
    data = client.execute(LIST_EVENT_TYPES)
    with reading_answer():
        values = (data.get("__type") or {}).get("enumValues") or []
        return parse_list(str, [value["name"] for value in values])
